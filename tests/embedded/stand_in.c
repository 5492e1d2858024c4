#define _DEFAULT_SOURCE
#include "stand_in.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "esp_log.h"
#include "esp_random.h"
#include "esp_wifi.h"
#include "freertos/task.h"
#include "sdkconfig.h"

struct tskTaskControlBlock {
	TaskFunction_t code;
	void *argument;
};

struct esp_netif_obj {
	struct natsonde_addr ip4, ip6;
};

static struct esp_netif_obj interface;
static atomic_uint tasks, warnings;
static atomic_bool is_refusing, is_nameless, is_ip6_full, is_queue_full;
static void (*_Atomic handle_event)(void);
static uint32_t stack;
static struct stand_in_event event;
static esp_console_cmd_t command;
static _Thread_local TaskHandle_t current;

void stand_in_addresses(const struct natsonde_addr *ip4, const struct natsonde_addr *ip6)
{
	memset(&interface, 0, sizeof(interface));
	if (ip4)
		interface.ip4 = *ip4;
	if (ip6)
		interface.ip6 = *ip6;
}

void stand_in_fill_ip6(bool is_full)
{
	atomic_store(&is_ip6_full, is_full);
}

void stand_in_refuse_interface(bool is_refused)
{
	atomic_store(&is_nameless, is_refused);
}

unsigned stand_in_tasks(void)
{
	return atomic_load(&tasks);
}

void stand_in_refuse_tasks(bool is_refused)
{
	atomic_store(&is_refusing, is_refused);
}

uint32_t stand_in_stack(void)
{
	return stack;
}

const struct stand_in_event *stand_in_event(void)
{
	return &event;
}

void stand_in_handle_event(void (*handler)(void))
{
	atomic_store(&handle_event, handler);
}

void stand_in_fill_queue(bool is_full)
{
	atomic_store(&is_queue_full, is_full);
}

unsigned stand_in_warnings(void)
{
	return atomic_load(&warnings);
}

const esp_console_cmd_t *stand_in_command(void)
{
	return command.func ? &command : NULL;
}

static void *run(void *argument)
{
	struct tskTaskControlBlock *task = argument;

	current = task;
	task->code(task->argument);
	assert(!"a FreeRTOS task must not return");
	return NULL;
}

BaseType_t xTaskCreate(TaskFunction_t pxTaskCode, const char *const pcName, const uint32_t usStackDepth, void *const pvParameters,
		       UBaseType_t uxPriority, TaskHandle_t *const pxCreatedTask)
{
	struct tskTaskControlBlock *task = calloc(1, sizeof(*task));
	pthread_t thread;

	(void)pcName;
	(void)uxPriority;
	stack = usStackDepth;
	if (!task || atomic_load(&is_refusing)) {
		free(task);
		return pdFAIL;
	}
	task->code = pxTaskCode;
	task->argument = pvParameters;
	atomic_fetch_add(&tasks, 1);
	if (pxCreatedTask)
		*pxCreatedTask = task;
	if (pthread_create(&thread, NULL, run, task) != 0)
		abort();
	pthread_detach(thread);
	return pdPASS;
}

void vTaskDelete(TaskHandle_t xTaskToDelete)
{
	assert(!xTaskToDelete && current);
	free(current);
	current = NULL;
	atomic_fetch_sub(&tasks, 1);
	pthread_exit(NULL);
}

void vTaskDelay(const TickType_t xTicksToDelay)
{
	struct timespec t = { xTicksToDelay / configTICK_RATE_HZ,
			      (long)(xTicksToDelay % configTICK_RATE_HZ) * (1000000000 / configTICK_RATE_HZ) };

	nanosleep(&t, NULL);
}

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
	return current;
}

esp_err_t esp_event_post(esp_event_base_t event_base, int32_t event_id, const void *event_data, size_t event_data_size,
			 TickType_t ticks_to_wait)
{
	void (*handler)(void) = atomic_load(&handle_event);

	(void)ticks_to_wait;
	if (atomic_load(&is_queue_full))
		return ESP_ERR_TIMEOUT;
	assert(event_data_size <= sizeof(event.data));
	event.count++;
	event.base = event_base;
	event.id = event_id;
	event.size = event_data_size;
	memcpy(event.data, event_data, event_data_size);
	if (handler)
		handler();
	return ESP_OK;
}

void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...)
{
	(void)tag;
	(void)format;
	atomic_fetch_add(&warnings, level == ESP_LOG_WARN);
}

void esp_fill_random(void *buf, size_t len)
{
	if (getrandom(buf, len, 0) != (ssize_t)len)
		abort();
}

esp_err_t esp_wifi_get_ps(wifi_ps_type_t *type)
{
	*type = WIFI_PS_MIN_MODEM;
	return ESP_OK;
}

esp_err_t esp_console_cmd_register(const esp_console_cmd_t *cmd)
{
	command = *cmd;
	return ESP_OK;
}

esp_netif_t *esp_netif_get_default_netif(void)
{
	return interface.ip4.family || interface.ip6.family ? &interface : NULL;
}

bool esp_netif_is_netif_up(esp_netif_t *esp_netif)
{
	return esp_netif != NULL;
}

esp_err_t esp_netif_get_ip_info(esp_netif_t *esp_netif, esp_netif_ip_info_t *ip_info)
{
	memset(ip_info, 0, sizeof(*ip_info));
	memcpy(&ip_info->ip.addr, esp_netif->ip4.ip, 4);
	return ESP_OK;
}

/* A link-local address comes first, as on a device; unique local ones fill the rest. */
int esp_netif_get_all_ip6(esp_netif_t *esp_netif, esp_ip6_addr_t if_ip6[])
{
	static const uint8_t link_local[16] = { 0xfe, 0x80, [15] = 1 };
	int n = 0;

	memcpy(if_ip6[n++].addr, link_local, sizeof(link_local));
	while (is_ip6_full && n < CONFIG_LWIP_IPV6_NUM_ADDRESSES - 1) {
		const uint8_t unique_local[16] = { 0xfd, [15] = (uint8_t)n };

		memcpy(if_ip6[n++].addr, unique_local, sizeof(unique_local));
	}
	if (esp_netif->ip6.family)
		memcpy(if_ip6[n++].addr, esp_netif->ip6.ip, 16);
	return n;
}

esp_err_t esp_netif_get_netif_impl_name(esp_netif_t *esp_netif, char *name)
{
	(void)esp_netif;
	if (atomic_load(&is_nameless))
		return ESP_FAIL;
	strcpy(name, "lo");
	return ESP_OK;
}

const char *esp_netif_get_desc(esp_netif_t *esp_netif)
{
	(void)esp_netif;
	return "sta";
}
