/* Two names for one server, and one server that is another one's alternate: they must not bear witness for each other. */
#include "expect.h"

static struct world w;

/* A run against server 0's A1:P1 and one of its other endpoints, given as if it were a second server. */
static void run_with_twin(const char *text, bool is_alternate_ip, uint16_t port)
{
	struct natsonde_sim_spec spec = world_spec(text);
	struct natsonde_sim *sim = natsonde_sim_start(&spec);
	struct natsonde_door door = natsonde_sim_door(sim);
	struct natsonde_plan plan = {.family = NATSONDE_IPV4, .tests = NATSONDE_TESTS_DEFAULT, .sees = NATSONDE_SEES_ICMP,
				     .timeout = 10 * NATSONDE_S, .n_servers = 2};
	struct natsonde_random random = {door.random, door.ctx};
	struct natsonde_engine *engine = &w.engine;

	natsonde_sim_resolve(sim, 0, NATSONDE_IPV4, 3478, &plan.servers[0].addr);
	plan.servers[1].addr = plan.servers[0].addr;
	plan.servers[1].addr.ip[3] = (uint8_t)(plan.servers[0].addr.ip[3] + is_alternate_ip);
	plan.servers[1].addr.port = port;
	plan.servers[1].name = 1;
	natsonde_engine_init(&w.engine, &plan, random, w.probes, NATSONDE_PROBES_MAX, w.addrs, 255);
	natsonde_drive(&engine, 1, &door);
	natsonde_judge(natsonde_engine_evidence(&w.engine), &w.verdicts);
	expect_truth_or_nothing(&w, &spec, text);
}

static void counts_a_server_once(void **state)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&w.engine);

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		char text[120];
		struct natsonde_sim_spec spec;

		snprintf(text, sizeof(text), "mapping=%s,filtering=%s", expect_mappings[i % 4], expect_filterings[i / 4]);
		spec = world_spec(text);
		run_with_twin(text, true, 3478);
		expect_verdict(&w, text, NATSONDE_MAPPING, expect_truth(NATSONDE_MAPPING, &spec), NATSONDE_VERIFIED);
		assert_int_equal(ev->servers[1].same_as, ev->servers[0].addr);
		run_with_twin(text, false, 3479);
		assert_int_equal(ev->servers[1].same_as, ev->servers[0].addr);
	}
}

/* A packet to the second name is a packet to the first one's alternate: it opens a filter that is keyed on the host. */
static void is_not_fooled_into_a_full_cone(void **state)
{
	static const char *const specs[] = {"filter-key=host,filtering=adf", "filter-key=host,filtering=apdf",
					    "filter-key=host,filtering=adf,rtt=100", "filter-key=host,filtering=apdf,rtt=100,mapping=apdm"};

	(void)state;
	for (unsigned i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		run_with_twin(specs[i], true, 3478);
		run_with_twin(specs[i], true, 3479);
		run_with_twin(specs[i], false, 3479);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_a_server_once),
		cmocka_unit_test(is_not_fooled_into_a_full_cone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
