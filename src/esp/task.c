/* The session: when a run may begin, the task it runs on, and how it ends. */
#include "esp.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "esp_event.h"
#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "report/json_pieces.h"
#include "report/json_tree.h"

#define POLL_MS 20
#define EVENT_WAIT_MS 100

struct natsonde_task {
	natsonde_task_config_t config;
	char *servers;                /* config.servers is this copy */
	natsonde_task_result_t result;
	atomic_bool has_result;
	_Atomic(TaskHandle_t) reporting; /* the task that calls on_end, meanwhile */
	struct natsonde_esp_run *run;    /* while it runs */
};

/* One door, one run: the address of the session that has it, 0 for none, and whether that run is asked to end. All of it is one
 * word: so a stop meets the run that it is meant for, or none. */
static atomic_uintptr_t door;

#define STOPPING ((uintptr_t)1) /* no session's address is odd */

ESP_EVENT_DEFINE_BASE(NATSONDE_TASK_EVENTS);

static bool has_good_numbers(const natsonde_task_config_t *config)
{
	return config->tests && config->tests <= NATSONDE_TESTS_ALL && config->probes && config->probes <= NATSONDE_PROBES_MAX &&
	       config->addrs && config->addrs <= NATSONDE_ADDRS_MAX && config->max_lifetime_s <= NATSONDE_ESP_LIFETIME_MAX_S &&
	       config->task_stack_size && (config->ipv4 || config->ipv6);
}

static esp_err_t check(const natsonde_task_config_t *config)
{
	struct natsonde_esp_servers *servers;
	bool is_good;

	if (!has_good_numbers(config))
		return ESP_ERR_INVALID_ARG;
	if (config->tests & ~NATSONDE_TASK_TESTS)
		return ESP_ERR_NOT_SUPPORTED;
	if (!config->servers)
		return ESP_OK;
	servers = malloc(sizeof(*servers));
	if (!servers)
		return ESP_ERR_NO_MEM;
	is_good = natsonde_esp_servers_parse(config->servers, servers);
	free(servers);
	return is_good ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t natsonde_task_new(const natsonde_task_config_t *config, natsonde_task_handle_t *handle)
{
	struct natsonde_task *t;
	esp_err_t error = config && handle ? check(config) : ESP_ERR_INVALID_ARG;

	if (error != ESP_OK)
		return error;
	t = calloc(1, sizeof(*t));
	if (!t)
		return ESP_ERR_NO_MEM;
	t->config = *config;
	if (config->servers) {
		t->servers = strdup(config->servers);
		t->config.servers = t->servers;
	}
	if (config->servers && !t->servers) {
		free(t);
		return ESP_ERR_NO_MEM;
	}
	*handle = t;
	return ESP_OK;
}

bool natsonde_esp_must_stop(void)
{
	return atomic_load(&door) & STOPPING;
}

/* The run's memory goes before the session says that it has ended: whoever waits for that may delete the session at once, or
 * start it again, so from then on it is not looked at. */
static void end(struct natsonde_task *t)
{
	natsonde_esp_run_free(t->run);
	t->run = NULL;
	atomic_store(&door, 0);
}

/* Its handler can do all that whoever waits for the end can. The copy is not to lie on the stack while the run needs it. */
__attribute__((noinline))
static void end_and_post(struct natsonde_task *t)
{
	const natsonde_task_result_t result = t->result;
	esp_err_t error;

	end(t);
	error = esp_event_post(NATSONDE_TASK_EVENTS, NATSONDE_TASK_EVENT_END, &result, sizeof(result), pdMS_TO_TICKS(EVENT_WAIT_MS));
	if (error != ESP_OK)
		ESP_LOGW("natsonde", "the event of the run's end is lost: error 0x%x", (unsigned)error);
}

static void work(void *argument)
{
	struct natsonde_task *t = argument;

	natsonde_esp_run_discover(t->run);
	natsonde_esp_run_result(t->run, &t->result);
	atomic_store(&t->has_result, true);
	atomic_store(&t->reporting, xTaskGetCurrentTaskHandle());
	if (t->config.on_end)
		t->config.on_end(t, &t->result, t->config.cb_args);
	atomic_store(&t->reporting, NULL);
	if (t->config.posts_event)
		end_and_post(t);
	else
		end(t);
	vTaskDelete(NULL);
}

esp_err_t natsonde_task_start(natsonde_task_handle_t t)
{
	uintptr_t nobody = 0;

	if (!t)
		return ESP_ERR_INVALID_ARG;
	if (!atomic_compare_exchange_strong(&door, &nobody, (uintptr_t)t))
		return ESP_ERR_INVALID_STATE;
	t->run = natsonde_esp_run_new(&t->config);
	if (t->run && xTaskCreate(work, "natsonde", t->config.task_stack_size, t, t->config.task_prio, NULL) == pdPASS)
		return ESP_OK;
	end(t);
	return ESP_ERR_NO_MEM;
}

esp_err_t natsonde_task_stop(natsonde_task_handle_t t)
{
	uintptr_t running = (uintptr_t)t;

	if (!t)
		return ESP_ERR_INVALID_ARG;
	(void)atomic_compare_exchange_strong(&door, &running, (uintptr_t)t | STOPPING);
	return ESP_OK;
}

bool natsonde_task_is_running(natsonde_task_handle_t t)
{
	return t && (atomic_load(&door) & ~STOPPING) == (uintptr_t)t;
}

/* Whether the caller is the callback of this session's run. */
static bool is_reporting(const struct natsonde_task *t)
{
	TaskHandle_t reporting = t ? atomic_load(&t->reporting) : NULL;

	return reporting && reporting == xTaskGetCurrentTaskHandle();
}

esp_err_t natsonde_task_delete(natsonde_task_handle_t t)
{
	if (!t)
		return ESP_ERR_INVALID_ARG;
	if (is_reporting(t))
		return ESP_ERR_INVALID_STATE;
	(void)natsonde_task_stop(t);
	while (natsonde_task_is_running(t))
		vTaskDelay(pdMS_TO_TICKS(POLL_MS));
	free(t->servers);
	free(t);
	return ESP_OK;
}

esp_err_t natsonde_task_get_result(natsonde_task_handle_t t, natsonde_task_result_t *result)
{
	if (!t || !result)
		return ESP_ERR_INVALID_ARG;
	if (!atomic_load(&t->has_result) || (natsonde_task_is_running(t) && !is_reporting(t)))
		return ESP_ERR_INVALID_STATE;
	*result = t->result;
	return ESP_OK;
}

esp_err_t natsonde_task_get_tree(natsonde_task_handle_t t, struct cJSON **tree)
{
	if (!t || !tree)
		return ESP_ERR_INVALID_ARG;
	if (!is_reporting(t))
		return ESP_ERR_INVALID_STATE;
	*tree = natsonde_json_tree(natsonde_esp_run_report(t->run));
	return *tree ? ESP_OK : ESP_ERR_NO_MEM;
}

struct buffer {
	char *at;
	size_t left; /* with room for the NUL */
};

static bool take_into_buffer(void *ctx, const char *text, size_t len)
{
	struct buffer *buffer = ctx;

	if (len >= buffer->left)
		return false;
	memcpy(buffer->at, text, len);
	buffer->at += len;
	buffer->left -= len;
	*buffer->at = '\0';
	return true;
}

static bool take_into_stream(void *ctx, const char *text, size_t len)
{
	return fwrite(text, 1, len, ctx) == len;
}

/* not_taken: what it means that the taker could not take it all. */
static esp_err_t write_json(natsonde_task_handle_t t, natsonde_json_taker *take, void *ctx, esp_err_t not_taken)
{
	if (!is_reporting(t))
		return ESP_ERR_INVALID_STATE;
	switch (natsonde_json_pieces(natsonde_esp_run_report(t->run), take, ctx)) {
	case NATSONDE_JSON_DONE: return ESP_OK;
	case NATSONDE_JSON_NO_MEMORY: return ESP_ERR_NO_MEM;
	default: return not_taken;
	}
}

esp_err_t natsonde_task_get_json(natsonde_task_handle_t t, char *out, size_t cap)
{
	struct buffer buffer = { out, cap };

	if (!t || !out)
		return ESP_ERR_INVALID_ARG;
	return write_json(t, take_into_buffer, &buffer, ESP_ERR_INVALID_SIZE);
}

esp_err_t natsonde_task_print_json(natsonde_task_handle_t t, FILE *out)
{
	if (!t || !out)
		return ESP_ERR_INVALID_ARG;
	return write_json(t, take_into_stream, out, ESP_FAIL);
}

esp_err_t natsonde_task_print(natsonde_task_handle_t t, FILE *out)
{
	const struct natsonde_look look = { .format = NATSONDE_TEXT };

	if (!t || !out)
		return ESP_ERR_INVALID_ARG;
	if (!is_reporting(t))
		return ESP_ERR_INVALID_STATE;
	return natsonde_report_write(natsonde_esp_run_report(t->run), &look, out) ? ESP_OK : ESP_FAIL;
}
