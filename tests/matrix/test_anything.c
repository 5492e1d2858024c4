/* Whatever is combined with whatever: NATs, servers and paths drawn at random. What is called verified is so. */
#include "faults.h"

static struct world w;
static uint32_t chance = 1;

static unsigned draw(unsigned n)
{
	chance = chance * 1664525u + 1013904223u;
	return (chance >> 8) % n;
}

static const char *draw_word(const char *const *words, unsigned n)
{
	return words[draw(n)];
}
#define DRAW(words) draw_word(words, sizeof(words) / sizeof((words)[0]))

/* Appends to text. Half of the runs go without the oddity in question. */
static void add(char *text, size_t cap, const char *const *words, unsigned n)
{
	size_t len = strlen(text);

	if (draw(2))
		snprintf(text + len, cap - len, ",%s", draw_word(words, n));
}
#define ADD(text, cap, words) add(text, cap, words, sizeof(words) / sizeof((words)[0]))

static void draw_spec(char *text, size_t cap)
{
	static const char *const ports[] = {"preserved", "sequential", "random", "overloaded"};
	static const char *const rtts[] = {"1", "20", "60", "200"};
	static const char *const paths[] = {"loss=1", "loss=5", "loss=20", "loss=5,burst=10", "loss=20,burst=4", "jitter=40,dup=30"};
	static const char *const nats[] = {"uplinks=2", "uplinks=3,balance=destination", "conflict=a2p1", "conflict=a2p2", "pool=4",
					   "pool=4,pooling=arbitrary", "lifetime=10"};
	static const char *const oddities[] = {"wan-input=open", "alg=rewrites", "alg=rewrites,wan-input=open", "parity=yes", "block=64"};

	snprintf(text, cap, "mapping=%s,filtering=%s,ports=%s,rtt=%s,seed=%u", DRAW(expect_mappings), DRAW(expect_filterings), DRAW(ports),
		 DRAW(rtts), draw(1000000));
	ADD(text, cap, paths);
	ADD(text, cap, nats);
	ADD(text, cap, oddities);
	w.n_servers = 1 + draw(3);
	for (unsigned i = 0; i < w.n_servers; i++) {
		size_t len = strlen(text);

		snprintf(text + len, cap - len, "%s%s", i == 0 ? ",server=" : "+", draw(3) == 0 ? "ok" : faults[draw(FAULTS)].name);
	}
}

static void is_never_wrong_where_it_is_sure(void **state)
{
	static const uint16_t tests[] = {NATSONDE_TESTS_DEFAULT, NATSONDE_TESTS_DEFAULT, NATSONDE_TEST(NATSONDE_MAPPING),
					 NATSONDE_TEST(NATSONDE_NAT)};
	unsigned verified = 0, runs = 0;
	char text[300];

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		struct natsonde_sim_spec spec;

		draw_spec(text, sizeof(text));
		w.tests = tests[draw(4)];
		spec = world_spec(text);
		world_run_spec(&w, &spec);
		for (enum natsonde_behaviour b = NATSONDE_NAT; b <= NATSONDE_FILTERING; b++) {
			const struct natsonde_finding *f = &w.verdicts.of[b];

			if (f->certainty == NATSONDE_VERIFIED && f->verdict != NATSONDE_UNSTABLE &&
			    !expect_is_true((enum natsonde_verdict)f->verdict, expect_truth(b, &spec)))
				expect_complain(&w, text, "a verified verdict is wrong");
			verified += f->certainty == NATSONDE_VERIFIED;
			runs++;
		}
	}
	/* And it is not for want of verdicts. */
	assert_true(verified * 3 > runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_never_wrong_where_it_is_sure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
