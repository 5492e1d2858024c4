/* The console command. It must not stand on the console's own small stack: it waits there, and works in a task. */
#include "esp.h"

#include <stdlib.h>
#include <string.h>

#include "argtable3/argtable3.h"
#include "esp_console.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#define WAIT_MS 50
#define TIMEOUT_MAX_S 3600

#if CONFIG_NATSONDE_FURTHER_TESTS
#define FURTHER "; further ones: intercept,tcp,fragments,ports,lifetime,hairpin,all"
#else
#define FURTHER ""
#endif

static struct {
	struct arg_lit *json, *ipv4, *ipv6;
	struct arg_str *tests;
#if CONFIG_NATSONDE_FURTHER_TESTS
	struct arg_int *max_lifetime;
#endif
	struct arg_int *timeout;
	struct arg_str *servers;
	struct arg_end *end;
} arguments;

/* What the task needs of the command: where to print, and how. */
struct output {
	FILE *out; /* the console's: a task has a stdout of its own */
	bool is_json;
};

static void on_end(natsonde_task_handle_t handle, const natsonde_task_result_t *result, void *args)
{
	const struct output *output = args;

	(void)result;
	if ((output->is_json ? natsonde_task_print_json(handle, output->out) : natsonde_task_print(handle, output->out)) != ESP_OK)
		fprintf(output->out, "\nnatsonde: no memory for the report\n");
	fflush(output->out);
}

/* One name of the list: its test, or all. 0 for anything else. */
static uint16_t find_tests(const char *name, size_t len)
{
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		const char *known = natsonde_behaviour_name((enum natsonde_behaviour)b);

		if (strlen(known) == len && memcmp(known, name, len) == 0)
			return (uint16_t)NATSONDE_TEST(b);
	}
	return len == 3 && memcmp(name, "all", 3) == 0 ? NATSONDE_TASK_TESTS : 0;
}

/* 0 if any name is none. */
static uint16_t read_list(const char *list)
{
	uint16_t tests = 0;

	for (const char *name = list;; name++) {
		size_t len = strcspn(name, ",");
		uint16_t found = find_tests(name, len);

		tests = (uint16_t)(tests | found);
		name += len;
		if (!found || !*name)
			return found ? tests : 0;
	}
}

static bool read_tests(const char *list, uint16_t *tests)
{
	bool is_known;

	*tests = read_list(list);
	is_known = *tests != 0;
	if (is_known && !(*tests & ~NATSONDE_TASK_TESTS))
		return true;
	fprintf(stderr, is_known ? "natsonde: -t '%s': this build does not have all of these; it has" :
				   "natsonde: -t '%s': give a list of tests, or all:", list);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		if (NATSONDE_TASK_TESTS & NATSONDE_TEST(b))
			fprintf(stderr, " %s", natsonde_behaviour_name((enum natsonde_behaviour)b));
	fprintf(stderr, is_known ? " (CONFIG_NATSONDE_FURTHER_TESTS adds the others)\n" : "\n");
	return false;
}

/* False, with the error told, unless it was not given or lies between 1 and that. */
static bool read_seconds(const struct arg_int *argument, const char *option, int max, int *seconds)
{
	if (argument->count == 0)
		return true;
	*seconds = argument->ival[0];
	if (*seconds >= 1 && *seconds <= max)
		return true;
	fprintf(stderr, "natsonde: %s %d: give seconds from 1 to %d\n", option, *seconds, max);
	return false;
}

static bool complain_of_memory(void)
{
	fprintf(stderr, "natsonde: no memory\n");
	return false;
}

/* The servers given, joined into a list that natsonde_task_new can read: the caller's to free. NULL without memory. */
static char *join_servers(void)
{
	size_t len = 1;
	char *list;

	for (int i = 0; i < arguments.servers->count; i++)
		len += strlen(arguments.servers->sval[i]) + 1;
	list = malloc(len);
	if (!list)
		return NULL;
	list[0] = '\0';
	for (int i = 0; i < arguments.servers->count; i++) {
		strcat(list, arguments.servers->sval[i]);
		strcat(list, " ");
	}
	return list;
}

static bool check_servers(const char *list)
{
	struct natsonde_esp_servers *parsed = malloc(sizeof(*parsed));
	bool is_good = parsed && natsonde_esp_servers_parse(list, parsed);

	if (!parsed)
		return complain_of_memory();
	if (!is_good)
		fprintf(stderr, "natsonde: %s\n", parsed->complaint.text);
	free(parsed);
	return is_good;
}

static bool read_max_lifetime(int *seconds)
{
#if CONFIG_NATSONDE_FURTHER_TESTS
	return read_seconds(arguments.max_lifetime, "--max-lifetime", NATSONDE_ESP_LIFETIME_MAX_S, seconds);
#else
	(void)seconds;
	return true;
#endif
}

static bool configure(natsonde_task_config_t *config, const char *list)
{
	int timeout_s = 0, max_lifetime_s = 0;

	if (arguments.ipv4->count > 0 && arguments.ipv6->count > 0) {
		fprintf(stderr, "natsonde: -4 with -6: give neither to have both\n");
		return false;
	}
	config->ipv4 = arguments.ipv6->count == 0;
	config->ipv6 = arguments.ipv4->count == 0;
	config->task_stack_size = CONFIG_NATSONDE_CMD_STACK;
	if (!read_seconds(arguments.timeout, "-w", TIMEOUT_MAX_S, &timeout_s) ||
	    !read_max_lifetime(&max_lifetime_s))
		return false;
	config->timeout_ms = (uint32_t)timeout_s * 1000;
	config->max_lifetime_s = (uint16_t)max_lifetime_s;
	if (arguments.tests->count > 0 && !read_tests(arguments.tests->sval[0], &config->tests))
		return false;
	config->servers = arguments.servers->count > 0 ? list : NULL;
	return check_servers(list);
}

static int run(const natsonde_task_config_t *config)
{
	natsonde_task_handle_t handle;
	esp_err_t error = natsonde_task_new(config, &handle);

	if (error == ESP_OK) {
		error = natsonde_task_start(handle);
		while (natsonde_task_is_running(handle))
			vTaskDelay(pdMS_TO_TICKS(WAIT_MS));
		(void)natsonde_task_delete(handle);
	}
	if (error == ESP_ERR_INVALID_STATE)
		fprintf(stderr, "natsonde: another run is under way\n");
	else if (error != ESP_OK)
		(void)complain_of_memory();
	return error == ESP_OK ? 0 : 1;
}

static int command(int argc, char **argv)
{
	natsonde_task_config_t config = NATSONDE_TASK_DEFAULT_CONFIG();
	struct output output = { .out = stdout };
	char *list;
	int code = 1;

	if (arg_parse(argc, argv, (void **)&arguments) != 0) {
		arg_print_errors(stderr, arguments.end, argv[0]);
		return 1;
	}
	output.is_json = arguments.json->count > 0;
	config.on_end = on_end;
	config.cb_args = &output;
	list = join_servers();
	if (!list)
		(void)complain_of_memory();
	else if (configure(&config, list))
		code = run(&config);
	free(list);
	return code;
}

esp_err_t natsonde_cmd_register(void)
{
	const esp_console_cmd_t cmd = {
		.command = "natsonde",
		.help = "Find out what the NAT or firewall between this device and the Internet does",
		.hint = NULL,
		.func = command,
		.argtable = &arguments,
	};

	arguments.json = arg_lit0("j", "json", "print JSON");
	arguments.ipv4 = arg_lit0("4", NULL, "only IPv4");
	arguments.ipv6 = arg_lit0("6", NULL, "only IPv6");
	arguments.tests = arg_str0("t", "tests", "LIST", "what to find out: nat,mapping,filtering,p2p,alg" FURTHER);
#if CONFIG_NATSONDE_FURTHER_TESTS
	arguments.max_lifetime = arg_int0(NULL, "max-lifetime", "SECONDS", "how long -t lifetime tries (330)");
#endif
	arguments.timeout = arg_int0("w", "timeout", "SECONDS", "bound on the whole run (as long as the tests take)");
	arguments.servers = arg_strn(NULL, NULL, "SERVER", 0, NATSONDE_SERVERS_MAX, "HOST[:PORT]; without any, the built-in ones");
	arguments.end = arg_end(4);
	if (arg_nullcheck((void **)&arguments) != 0)
		return ESP_ERR_NO_MEM;
	return esp_console_cmd_register(&cmd);
}
