/* What ports outside say of how they are given, and which ports inside are taken to find out. */
#include "evidence_fixture.h"

#include <natsonde/names.h>

#include "core/port_draw.h"
#include "core/sample_port.h"

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static struct natsonde_port_draw judge(const uint16_t *ports, unsigned n, enum natsonde_verdict verdict,
				       enum natsonde_certainty certainty)
{
	struct natsonde_port_draw d = natsonde_port_draw(ports, n);

	if (d.verdict != verdict || d.certainty != certainty)
		fail_msg("got %s (%s), not %s (%s)", natsonde_verdict_name((enum natsonde_verdict)d.verdict),
			 natsonde_certainty_name((enum natsonde_certainty)d.certainty), natsonde_verdict_name(verdict),
			 natsonde_certainty_name(certainty));
	return d;
}

static void counts_down_as_well(void **state)
{
	uint16_t ports[16];
	struct natsonde_port_draw d;

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		ports[i] = (uint16_t)(i < 10 ? 1033 - i : 65545 - i); /* round the end of the range */
	d = judge(ports, 16, NATSONDE_SEQUENTIAL, NATSONDE_VERIFIED);
	assert_int_equal(d.step, -1);
	assert_int_equal(d.guess, 1);
}

/* Behind a carrier's NAT others take ports in between: the smallest step is the NAT's, and half of the steps are no larger than
 * the guess. */
static void sees_steps_between_those_of_others(void **state)
{
	static const uint16_t ports[] = {2000, 2002, 2010, 2012, 2030, 2036, 2040, 2060, 2066, 2068, 2080, 2092};
	struct natsonde_port_draw d = judge(ports, 12, NATSONDE_SEQUENTIAL, NATSONDE_VERIFIED);

	(void)state;
	assert_int_equal(d.step, 2);
	assert_int_equal(d.guess, 3);
}

/* Ports that only ever go up, but far: neither can the next one be guessed, nor is it chance. */
static void does_not_call_long_strides_steps(void **state)
{
	uint16_t ports[16];

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		ports[i] = (uint16_t)(1100 + i * 4000 + i * i % 7);
	judge(ports, 16, NATSONDE_RANDOM, NATSONDE_LIKELY);
}

/* OpenWrt's MAP-E rules go through the runs of a set in turn. */
static void knows_a_set_that_is_gone_through_in_turn(void **state)
{
	uint16_t ports[16];
	struct natsonde_port_draw d;

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		ports[i] = (uint16_t)(4096 * (1 + (i + 4) % 15) + 0x5a0 + 3 + i / 11);
	d = judge(ports, 16, NATSONDE_SET, NATSONDE_VERIFIED);
	assert_in_range(d.guess, 8, 120);
}

/* RFC 7597 section 5.1 leaves it to the provider how the bits are shared out: 6 of them number the runs by default. */
static void knows_sets_of_other_measures(void **state)
{
	static const struct { unsigned period, run, first; } sets[] = {
		{1024, 16, 0x150}, {1024, 4, 0x3fc}, {4096, 256, 0x300}, {8192, 64, 0}
	};

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		unsigned period = sets[i % 4].period;
		uint16_t ports[16];

		seed = i;
		for (unsigned k = 0; k < 16; k++)
			ports[k] = (uint16_t)(period * (1 + draw(65536 / period - 1)) + sets[i % 4].first + draw(sets[i % 4].run));
		judge(ports, 16, NATSONDE_SET, NATSONDE_VERIFIED);
	}
}

/* Whatever the range and however many sockets were answered: what is verified is wrong less than once in 10,000. */
static void is_not_fooled_by_chance(void **state)
{
	static const uint16_t sizes[] = {64512, 28232, 4096, 256, 32};
	unsigned wrong = 0, runs = 0;

	(void)state;
	seed = 1;
	for (unsigned n = NATSONDE_DRAWS_MIN; n <= NATSONDE_DRAWS_MAX; n++)
		for (unsigned i = 0; i < 5 * 4000; i++) {
			uint16_t ports[NATSONDE_DRAWS_MAX];
			struct natsonde_port_draw d;

			for (unsigned k = 0; k < n; k++)
				ports[k] = (uint16_t)(1024 + draw(sizes[i % 5]));
			d = natsonde_port_draw(ports, n);
			runs++;
			wrong += d.certainty == NATSONDE_VERIFIED &&
				 (d.verdict == NATSONDE_SEQUENTIAL || d.verdict == NATSONDE_SET ||
				  (d.verdict == NATSONDE_BLOCK) != (sizes[i % 5] <= 4096));
		}
	if (wrong * 10000 > runs)
		fail_msg("%u of %u wrong", wrong, runs);
}

static void says_nothing_of_few(void **state)
{
	static const uint16_t ports[] = {2000, 2001, 2002, 2003, 2004, 2005, 2006, 2007};

	(void)state;
	judge(ports, 8, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
}

/* --- Evidence --- */

/* Sixteen sockets, of which so many keep their port. */
static struct natsonde_verdicts judge_kept(unsigned kept)
{
	struct natsonde_verdicts verdicts;

	seed = 7;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	for (unsigned i = 0; i < 16; i++) {
		char local[NATSONDE_ADDR_TEXT], mapped[NATSONDE_ADDR_TEXT];

		snprintf(local, sizeof(local), HOST ":%u", 52000 + i);
		snprintf(mapped, sizeof(mapped), "192.0.2.1:%u", i >= 16 - kept ? 52000 + i : 2000 + draw(50000));
		probe(NATSONDE_Q_SAMPLE, .local = local, .mapped = mapped, .socket = 10 + i)->instance = (uint8_t)(1 + i);
	}
	natsonde_judge_all(&ev, &verdicts);
	assert_int_equal(verdicts.ports.preserved_percent, kept * 100 / 16);
	return verdicts;
}

/* Where another host has a port already, a NAT that keeps ports has to give another one. */
static void allows_for_conflicts(void **state)
{
	static const struct { unsigned kept; uint8_t verdict, certainty, reason; } rows[] = {
		{16, NATSONDE_PRESERVED, NATSONDE_VERIFIED, NATSONDE_WHY_PORTS_KEPT},
		{15, NATSONDE_PRESERVED, NATSONDE_LIKELY, NATSONDE_WHY_PORTS_MIXED},
		{12, NATSONDE_PRESERVED, NATSONDE_LIKELY, NATSONDE_WHY_PORTS_MIXED},
		{8, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_PORTS_MIXED},
		{1, NATSONDE_RANDOM, NATSONDE_VERIFIED, NATSONDE_WHY_PORTS_SCATTERED},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct natsonde_finding f = judge_kept(rows[i].kept).of[NATSONDE_PORTS];

		assert_int_equal(f.verdict, rows[i].verdict);
		assert_int_equal(f.certainty, rows[i].certainty);
		assert_int_equal(f.reason, rows[i].reason);
	}
}

/* A port that another program on this host has is not asked for again. */
static void takes_another_port_where_one_is_taken(void **state)
{
	struct natsonde_plan plan = {.port_low = 40000, .port_high = 49999};
	struct natsonde_want want = {.ev = &ev, .plan = &plan};
	struct natsonde_probe *p;
	uint16_t port, other;

	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	port = natsonde_sample_port(&want, 1);
	assert_int_equal(natsonde_sample_port(&want, 1), port); /* it does not change by itself */
	assert_int_equal(natsonde_sample_port(&want, 2), port + 1);
	p = probe(NATSONDE_Q_SAMPLE, .outcome = NATSONDE_UNSENT);
	p->instance = 1;
	p->local = 0;
	p->fault = NATSONDE_FAULT_PORT_TAKEN;
	other = natsonde_sample_port(&want, 1);
	assert_int_not_equal(other, port);
	assert_int_equal(other % 2, 0);
	assert_in_range(other, 40000, 49999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_down_as_well),
		cmocka_unit_test(sees_steps_between_those_of_others),
		cmocka_unit_test(does_not_call_long_strides_steps),
		cmocka_unit_test(knows_a_set_that_is_gone_through_in_turn),
		cmocka_unit_test(knows_sets_of_other_measures),
		cmocka_unit_test(is_not_fooled_by_chance),
		cmocka_unit_test(says_nothing_of_few),
		cmocka_unit_test(allows_for_conflicts),
		cmocka_unit_test(takes_another_port_where_one_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
