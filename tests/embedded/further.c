/* The tests that have packets of their own, as a microcontroller runs them: with three sockets at a time. Prints a line for each
 * discovery; the host and every target must print the same. */
#include "../matrix/world.h"

static struct world w;

static const struct {
	const char *spec;
	uint16_t tests;
	uint16_t max_lifetime_s;
	enum natsonde_verdict truth[NATSONDE_BEHAVIOURS - NATSONDE_BEHAVIOURS_FIRST]; /* UNKNOWN: not looked at */
} runs[] = {
#define AT(behaviour) [NATSONDE_##behaviour - NATSONDE_BEHAVIOURS_FIRST]
	{"ports=preserved", NATSONDE_TEST(NATSONDE_PORTS), 0, {AT(PORTS) = NATSONDE_PRESERVED}},
	{"ports=sequential,mapping=apdm,filtering=apdf", NATSONDE_TEST(NATSONDE_PORTS), 0, {AT(PORTS) = NATSONDE_SEQUENTIAL}},
	{"ports=random", NATSONDE_TEST(NATSONDE_PORTS), 0, {AT(PORTS) = NATSONDE_RANDOM}},
	{"hairpin=external", NATSONDE_TEST(NATSONDE_HAIRPIN), 0, {AT(HAIRPIN) = NATSONDE_EXTERNAL}},
	{"hairpin=no,filtering=apdf", NATSONDE_TEST(NATSONDE_HAIRPIN), 0, {AT(HAIRPIN) = NATSONDE_NO}},
	{"lifetime=6,stream-lifetime=12,filtering=apdf", NATSONDE_TEST(NATSONDE_LIFETIME), 20, {AT(LIFETIME) = NATSONDE_MEASURED}},
	{"lifetime=60", NATSONDE_TEST(NATSONDE_LIFETIME), 10, {AT(LIFETIME) = NATSONDE_BEYOND}},
	{"ports=random,lifetime=8,stream-lifetime=8,filtering=adf", NATSONDE_TESTS_ALL, 15,
	 {AT(INTERCEPT) = NATSONDE_NONE, AT(TCP_MAPPING) = NATSONDE_ENDPOINT_INDEPENDENT, AT(FRAGMENTS) = NATSONDE_PASS_ALL,
	  AT(PORTS) = NATSONDE_RANDOM, AT(LIFETIME) = NATSONDE_MEASURED, AT(HAIRPIN) = NATSONDE_NO}},
	{"mapping=apdm,filtering=apdf,ports=random,family=6", NATSONDE_TESTS_ALL & ~NATSONDE_TEST(NATSONDE_LIFETIME), 0,
	 {AT(INTERCEPT) = NATSONDE_NONE, AT(FRAGMENTS) = NATSONDE_PASS_ALL, AT(PORTS) = NATSONDE_RANDOM}},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* FNV-1a over bytes that mean the same on every little-endian machine. */
static uint32_t digest(const struct natsonde_evidence *ev)
{
	uint32_t hash = 2166136261u;
	const uint8_t *bytes = (const uint8_t *)ev->probes;

	for (size_t i = 0; i < ev->n_probes * sizeof(ev->probes[0]); i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash;
}

static bool print_findings(unsigned run)
{
	bool is_right = true;

	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		const struct natsonde_finding *found = &w.verdicts.of[b];

		if (b >= NATSONDE_BEHAVIOURS_FIRST && !(runs[run].tests & NATSONDE_TEST(b)))
			continue;
		printf(" %s=%s/%s", natsonde_behaviour_name((enum natsonde_behaviour)b),
		       natsonde_verdict_name((enum natsonde_verdict)found->verdict),
		       natsonde_certainty_name((enum natsonde_certainty)found->certainty));
		if (b >= NATSONDE_BEHAVIOURS_FIRST && runs[run].truth[b - NATSONDE_BEHAVIOURS_FIRST] != NATSONDE_UNKNOWN)
			is_right = is_right && found->verdict == runs[run].truth[b - NATSONDE_BEHAVIOURS_FIRST];
	}
	return is_right;
}

int main(void)
{
	unsigned wrong = 0;

	w.max_open = 3;
	for (unsigned i = 0; i < COUNT(runs); i++) {
		const struct natsonde_sim_spec spec = world_spec(runs[i].spec);
		const struct natsonde_evidence *ev;
		bool is_right;

		w.tests = runs[i].tests;
		w.max_lifetime_s = runs[i].max_lifetime_s;
		world_run_spec(&w, &spec);
		ev = natsonde_engine_evidence(&w.engine);
		printf("%s:", runs[i].spec);
		is_right = print_findings(i);
		printf(", %u probes, %u addresses, %lu us, %08lx%s\n", ev->n_probes, ev->n_addrs, (unsigned long)ev->now_us,
		       (unsigned long)digest(ev), is_right ? "" : " WRONG");
		wrong += !is_right;
	}
	return wrong ? 1 : 0;
}
