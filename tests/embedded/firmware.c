/* A firmware in miniature: one run of the task API, its JSON on stdout, its one-line fact on stderr.
 * usage: firmware IP4 IP6 SERVER ...   (the interface's own addresses; "-" for none). LANE_TESTS: names of tests in place of the
 * default ones; LANE_LIFETIME: how long lifetime tries. */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <string.h>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "firmware.h"
#include "natsonde_esp.h"
#include "stand_in.h"

static char json[256 * 1024];

static void on_end(natsonde_task_handle_t handle, const natsonde_task_result_t *result, void *args)
{
	const natsonde_task_family_t *best = &result->family[result->best];
	esp_err_t error = natsonde_task_get_json(handle, json, sizeof(json));

	(void)args;
	if (error != ESP_OK)
		fprintf(stderr, "no JSON: error 0x%x\n", (unsigned)error);
	fprintf(stderr, "p2p=%s mapping=%s%s\n", natsonde_verdict_name(best->p2p.verdict),
		natsonde_verdict_short(NATSONDE_MAPPING, best->mapping.verdict), result->needs_relay ? ": go straight to relay" : "");
}

static const struct natsonde_addr *read_addr(const char *text, struct natsonde_addr *addr)
{
	return natsonde_addr_parse_ip(text, addr) ? addr : NULL;
}

static unsigned setting(const char *name)
{
	const char *value = getenv(name);

	return value ? (unsigned)strtoul(value, NULL, 10) : 0;
}

/* The set of the tests that LANE_TESTS names. */
static uint16_t wanted_tests(void)
{
	const char *names = getenv("LANE_TESTS");
	uint16_t tests = 0;

	for (unsigned b = 0; names && b < NATSONDE_BEHAVIOURS; b++)
		if (strstr(names, natsonde_behaviour_name((enum natsonde_behaviour)b)))
			tests = (uint16_t)(tests | NATSONDE_TEST(b));
	return tests ? tests : NATSONDE_TESTS_DEFAULT;
}

int main(int argc, char **argv)
{
	natsonde_task_config_t config = NATSONDE_TASK_DEFAULT_CONFIG();
	natsonde_task_handle_t handle;
	struct natsonde_addr ip4, ip6;
	char servers[1024] = "";

	if (argc < 4)
		return 2;
	for (int i = 3; i < argc; i++) {
		strncat(servers, argv[i], sizeof(servers) - strlen(servers) - 1);
		strncat(servers, " ", sizeof(servers) - strlen(servers) - 1);
	}
	stand_in_addresses(read_addr(argv[1], &ip4), read_addr(argv[2], &ip6));
	firmware_network(argv[1], argv[2]);
	config.servers = servers;
	config.tests = wanted_tests();
	config.max_lifetime_s = (uint16_t)setting("LANE_LIFETIME");
	config.probes = NATSONDE_PROBES_MAX;
	config.addrs = NATSONDE_ADDRS_MAX;
	config.on_end = on_end;
	if (natsonde_task_new(&config, &handle) != ESP_OK || natsonde_task_start(handle) != ESP_OK)
		return 5;
	while (natsonde_task_is_running(handle))
		vTaskDelay(pdMS_TO_TICKS(20));
	puts(json);
	firmware_network_end();
	return natsonde_task_delete(handle) == ESP_OK ? 0 : 5;
}
