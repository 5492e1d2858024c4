/* What is it about this network? One discovery at the start, its one-line fact in the log, its report; then the console. */
#include <stdio.h>

#include "esp_err.h"
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "natsonde_esp.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "sdkconfig.h"

/* ESP-IDF v5.1 has no console for its linux target. */
#if __has_include("esp_console.h") && (CONFIG_ESP_CONSOLE_UART_DEFAULT || CONFIG_ESP_CONSOLE_UART_CUSTOM || \
				       CONFIG_ESP_CONSOLE_USB_CDC || CONFIG_ESP_CONSOLE_USB_SERIAL_JTAG)
#include "esp_console.h"
#define HAS_CONSOLE 1
#endif

#define WAIT_MS 100

static const char TAG[] = "natsonde";

/* A firmware would choose here: offer host and server reflexive candidates, or go straight to the relay. */
static void on_end(natsonde_task_handle_t handle, const natsonde_task_result_t *result, void *args)
{
	const natsonde_task_family_t *best = &result->family[result->best];

	(void)args;
	ESP_LOGI(TAG, "p2p=%s mapping=%s%s", natsonde_verdict_name(best->p2p.verdict),
		 natsonde_verdict_short(NATSONDE_MAPPING, best->mapping.verdict), result->needs_relay ? ": go straight to relay" : "");
	(void)natsonde_task_print(handle, stdout);
}

static void discover_once(void)
{
	natsonde_task_config_t config = NATSONDE_TASK_DEFAULT_CONFIG();
	natsonde_task_handle_t handle;

	config.task_stack_size = CONFIG_NATSONDE_CMD_STACK; /* on_end prints the text */
	config.on_end = on_end;
	ESP_ERROR_CHECK(natsonde_task_new(&config, &handle));
	ESP_ERROR_CHECK(natsonde_task_start(handle));
	while (natsonde_task_is_running(handle))
		vTaskDelay(pdMS_TO_TICKS(WAIT_MS));
	ESP_ERROR_CHECK(natsonde_task_delete(handle));
}

#if HAS_CONSOLE
static void start_console(void)
{
	esp_console_repl_config_t repl_config = ESP_CONSOLE_REPL_CONFIG_DEFAULT();
	esp_console_repl_t *repl = NULL;

	repl_config.prompt = CONFIG_IDF_TARGET ">";
#if CONFIG_ESP_CONSOLE_UART_DEFAULT || CONFIG_ESP_CONSOLE_UART_CUSTOM
	esp_console_dev_uart_config_t device = ESP_CONSOLE_DEV_UART_CONFIG_DEFAULT();
	ESP_ERROR_CHECK(esp_console_new_repl_uart(&device, &repl_config, &repl));
#elif CONFIG_ESP_CONSOLE_USB_CDC
	esp_console_dev_usb_cdc_config_t device = ESP_CONSOLE_DEV_CDC_CONFIG_DEFAULT();
	ESP_ERROR_CHECK(esp_console_new_repl_usb_cdc(&device, &repl_config, &repl));
#else
	esp_console_dev_usb_serial_jtag_config_t device = ESP_CONSOLE_DEV_USB_SERIAL_JTAG_CONFIG_DEFAULT();
	ESP_ERROR_CHECK(esp_console_new_repl_usb_serial_jtag(&device, &repl_config, &repl));
#endif
	ESP_ERROR_CHECK(natsonde_cmd_register());
	ESP_ERROR_CHECK(esp_console_start_repl(repl));
}
#endif

void app_main(void)
{
	ESP_ERROR_CHECK(nvs_flash_init());
	ESP_ERROR_CHECK(esp_netif_init());
	ESP_ERROR_CHECK(esp_event_loop_create_default());
	ESP_ERROR_CHECK(example_connect());
	discover_once();
#if HAS_CONSOLE
	start_console();
#endif
}
