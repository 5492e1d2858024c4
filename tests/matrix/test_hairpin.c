/* Does a packet turn round at the NAT, and what does it bear when it comes back? Right, or unknown. */
#include "expect.h"

static struct world w;
static const char *const hairpins[] = {"no", "external", "internal"};
static const enum natsonde_verdict hairpin_verdicts[] = {NATSONDE_NO, NATSONDE_EXTERNAL, NATSONDE_INTERNAL};

static void run(const char *text)
{
	w.tests = NATSONDE_TEST(NATSONDE_HAIRPIN);
	world_run(&w, text);
}

static const struct natsonde_finding *hairpin(void)
{
	return &w.verdicts.of[NATSONDE_HAIRPIN];
}

/* What comes in, as the network is built. A carrier's NAT that leaves the inside address stands there to the inner NAT's filter,
 * which nobody has opened to it: with two NATs in a row that is as if nothing turned round. */
static enum natsonde_verdict truth(const struct natsonde_sim_spec *spec)
{
	if (spec->mapping == NATSONDE_NONE && spec->nats == 1)
		return NATSONDE_EXTERNAL;
	if (spec->nats == 2 && spec->hairpin == NATSONDE_HAIRPIN_INTERNAL && spec->filtering != NATSONDE_ENDPOINT_INDEPENDENT)
		return NATSONDE_NO;
	return hairpin_verdicts[spec->hairpin];
}

/* Which filter lets the two speak at all: the one that must be open is the one toward a mapping that none of them knows. */
static bool is_shut(const struct natsonde_sim_spec *spec)
{
	return spec->mapping != NATSONDE_ENDPOINT_INDEPENDENT && spec->mapping != NATSONDE_NONE &&
	       (spec->filtering != NATSONDE_ENDPOINT_INDEPENDENT || spec->nats == 2);
}

static enum natsonde_reason expected_reason(const struct natsonde_sim_spec *spec)
{
	if (spec->mapping == NATSONDE_NONE && spec->nats == 1)
		return NATSONDE_WHY_HAIR_NO_NAT;
	if (is_shut(spec))
		return NATSONDE_WHY_HAIR_SHUT;
	if (spec->drops_own_source && truth(spec) != NATSONDE_EXTERNAL)
		return NATSONDE_WHY_HAIR_UNSEEN;
	if (truth(spec) == NATSONDE_NO)
		return NATSONDE_WHY_HAIR_SILENT;
	return truth(spec) == NATSONDE_EXTERNAL ? NATSONDE_WHY_HAIR_EXTERNAL : NATSONDE_WHY_HAIR_INTERNAL;
}

static void expect_right(const char *text)
{
	struct natsonde_sim_spec spec = world_spec(text);
	enum natsonde_reason reason = expected_reason(&spec);

	if (reason == NATSONDE_WHY_HAIR_SHUT || reason == NATSONDE_WHY_HAIR_UNSEEN)
		expect_verdict(&w, text, NATSONDE_HAIRPIN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	else if (hairpin()->verdict != truth(&spec))
		expect_complain(&w, text, "another verdict");
	if (hairpin()->reason != reason)
		expect_complain(&w, text, "another reason");
}

static void expect_right_or_nothing(const char *text)
{
	struct natsonde_sim_spec spec = world_spec(text);

	if (hairpin()->verdict != NATSONDE_UNKNOWN && hairpin()->verdict != truth(&spec))
		expect_complain(&w, text, "a wrong verdict");
	if ((hairpin()->verdict == NATSONDE_UNKNOWN) != (hairpin()->certainty == NATSONDE_CERTAINTY_NONE))
		expect_complain(&w, text, "verdict and certainty do not fit");
	if (hairpin()->reason == NATSONDE_WHY_NONE)
		expect_complain(&w, text, "a verdict without a reason");
}

static void finds_each_kind_behind_each_nat(void **state)
{
	char text[200];

	(void)state;
	w.tests = NATSONDE_TEST(NATSONDE_HAIRPIN) | NATSONDE_TEST(NATSONDE_FILTERING);
	for (unsigned i = 0; i < 3 * 4 * 3 * 2 * 2 * 2; i++) {
		snprintf(text, sizeof(text), "hairpin=%s,mapping=%s,filtering=%s,accept-local=%s,ports=%s,family=%s",
			 hairpins[i % 3], expect_mappings[i / 3 % 4], expect_filterings[i / 12 % 3], i / 36 % 2 ? "no" : "yes",
			 i / 72 % 2 ? "random" : "preserved", i / 144 ? "6" : "4");
		world_run(&w, text);
		expect_right(text);
		if (hairpin()->verdict != NATSONDE_UNKNOWN)
			assert_int_equal(hairpin()->certainty, NATSONDE_VERIFIED);
	}
}

/* Without the filtering test it is not known that a filter lets everything in. */
static void does_not_take_a_shut_filter_for_silence(void **state)
{
	char text[200];

	(void)state;
	for (unsigned i = 0; i < 2 * 3; i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=eif,hairpin=%s,ports=random", i % 2 ? "adm" : "apdm",
			 hairpins[i / 2]);
		run(text);
		expect_right_or_nothing(text);
		/* What comes in comes from a third mapping, toward the peer, at the address that servers see. */
		if (i / 2 > 0)
			expect_verdict(&w, text, NATSONDE_HAIRPIN, hairpin_verdicts[i / 2], NATSONDE_VERIFIED);
		else
			assert_int_equal(hairpin()->reason, NATSONDE_WHY_HAIR_SHUT);
	}
}

static void is_not_confused_by_a_second_nat(void **state)
{
	char text[200];

	(void)state;
	w.tests = NATSONDE_TEST(NATSONDE_HAIRPIN) | NATSONDE_TEST(NATSONDE_FILTERING);
	for (unsigned i = 0; i < 3 * 4 * 3 * 2; i++) {
		snprintf(text, sizeof(text), "nats=2,hairpin=%s,mapping=%s,filtering=%s,ports=%s", hairpins[i % 3],
			 expect_mappings[i / 3 % 4], expect_filterings[i / 12 % 3], i / 36 ? "random" : "preserved");
		world_run(&w, text);
		expect_right(text);
	}
}

/* Sockets may have different addresses outside: the packet still bears one of those. */
static void knows_an_address_of_the_pool(void **state)
{
	char text[200];

	(void)state;
	for (unsigned i = 0; i < 3 * 3 * 2 * 10; i++) {
		snprintf(text, sizeof(text), "pool=4,pooling=%s,hairpin=%s,filtering=%s,mapping=%s,seed=%u",
			 i / 9 % 2 ? "arbitrary" : "paired", hairpins[i % 3], expect_filterings[i / 3 % 3],
			 i % 2 ? "eim" : "apdm", i);
		run(text);
		expect_right_or_nothing(text);
		if (i % 2 && i % 3 && hairpin()->verdict == NATSONDE_UNKNOWN)
			expect_complain(&w, text, "what came in is known");
	}
}

static void says_the_truth_or_nothing_on_a_lossy_path(void **state)
{
	static const unsigned losses[] = {1, 5, 10, 20}, bursts[] = {0, 10}, rtts[] = {20, 100, 300};
	unsigned unknown[4] = {0};
	char text[240];

	(void)state;
	for (unsigned i = 0; i < 4 * 3 * 4 * 3 * 3 * 2 * 4; i++) {
		snprintf(text, sizeof(text), "loss=%u,hairpin=%s,mapping=%s,filtering=%s,rtt=%u,burst=%u,accept-local=%s,seed=%u",
			 losses[i % 4], hairpins[i / 4 % 3], expect_mappings[i / 12 % 4], expect_filterings[i / 48 % 3],
			 rtts[i / 144 % 3], bursts[i / 432 % 2], i / 864 % 3 ? "yes" : "no", i);
		run(text);
		expect_right_or_nothing(text);
		unknown[i % 4] += hairpin()->reason == NATSONDE_WHY_HAIR_UNPROVEN;
	}
	print_message("too much loss at 1, 5, 10, 20 %%: %u %u %u %u of 864\n", unknown[0], unknown[1], unknown[2], unknown[3]);
	assert_true(unknown[0] + unknown[1] <= 8);
	assert_true(unknown[3] <= 80);
}

static void does_with_three_sockets(void **state)
{
	char text[120];

	(void)state;
	w.max_open = 3;
	for (unsigned i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "hairpin=%s", hairpins[i]);
		run(text);
		expect_verdict(&w, text, NATSONDE_HAIRPIN, hairpin_verdicts[i], NATSONDE_VERIFIED);
		/* Those of the test before make room for both. */
		w.tests |= NATSONDE_TEST(NATSONDE_LIFETIME);
		w.max_lifetime_s = 10;
		strcat(text, ",lifetime=5");
		world_run(&w, text);
		expect_verdict(&w, text, NATSONDE_HAIRPIN, hairpin_verdicts[i], NATSONDE_VERIFIED);
	}
	w.max_open = w.max_lifetime_s = 0;
}

/* Some NATs take it for an attack: no more packets than it takes, and never one from a socket to its own mapping. */
static void speaks_as_little_as_it_can(void **state)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&w.engine);

	(void)state;
	for (unsigned h = 0; h < 3; h++) {
		natsonde_addr_id own[3] = {0};
		unsigned sent = 0;
		char text[60];

		snprintf(text, sizeof(text), "hairpin=%s", hairpins[h]);
		run(text);
		for (unsigned i = 0; i < ev->n_probes; i++) {
			const struct natsonde_probe *p = &ev->probes[i];

			if (p->question == NATSONDE_Q_PEER_MAP)
				own[p->instance] = p->mapped;
			if (p->question != NATSONDE_Q_PEER_HAIR)
				continue;
			assert_int_not_equal(p->to, own[p->instance]);
			sent++;
		}
		assert_in_range(sent, 2, h == 0 ? 11 : 3);
	}
	/* Without a NAT the host would only speak to itself. */
	run("mapping=none");
	for (unsigned i = 0; i < ev->n_probes; i++)
		assert_int_not_equal(ev->probes[i].question, NATSONDE_Q_PEER_HAIR);
}

static void uses_no_server_that_cannot_be_believed(void **state)
{
	static const char *const faults[] = {"wrong-mapped", "random-mapped", "silent"};
	char text[120];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "hairpin=external,server=%s", faults[i]);
		w.n_servers = 1;
		run(text);
		expect_verdict(&w, text, NATSONDE_HAIRPIN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
		snprintf(text, sizeof(text), "hairpin=external,server=%s+ok", faults[i]);
		w.n_servers = 2;
		run(text);
		expect_verdict(&w, text, NATSONDE_HAIRPIN, NATSONDE_EXTERNAL, NATSONDE_VERIFIED);
	}
	w.n_servers = 1;
}

/* A plain server proves one destination: whether the mapping depends on it is not known, and silence may be the filter's. */
static void needs_to_know_the_mapping_for_a_no(void **state)
{
	(void)state;
	run("server=binding-only,hairpin=no");
	expect_verdict(&w, "no", NATSONDE_HAIRPIN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(hairpin()->reason, NATSONDE_WHY_HAIR_SHUT);
	run("server=binding-only,hairpin=internal");
	expect_verdict(&w, "internal", NATSONDE_HAIRPIN, NATSONDE_INTERNAL, NATSONDE_VERIFIED);
}

/* The plain requests beside the packets were lost: so may these have been. */
static void does_not_believe_silence_on_a_path_that_was_shut(void **state)
{
	struct natsonde_evidence *ev = &w.engine.ev;
	bool has_spoken = false;

	(void)state;
	run("hairpin=no");
	expect_verdict(&w, "open", NATSONDE_HAIRPIN, NATSONDE_NO, NATSONDE_VERIFIED);
	for (unsigned i = 0; i < ev->n_probes; i++) {
		has_spoken = has_spoken || ev->probes[i].question == NATSONDE_Q_PEER_HAIR;
		if (has_spoken && ev->probes[i].question == NATSONDE_Q_PEER_MAP)
			ev->probes[i].outcome = NATSONDE_SILENT;
	}
	natsonde_judge_all(ev, &w.verdicts);
	expect_verdict(&w, "shut", NATSONDE_HAIRPIN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(hairpin()->reason, NATSONDE_WHY_HAIR_UNPROVEN);
}

/* Linux answers for the NAT itself: nothing listens there. Then there is nothing to see, whatever this host can see. */
static void takes_a_refusal_for_a_no(void **state)
{
	struct natsonde_evidence *ev = &w.engine.ev;

	(void)state;
	run("hairpin=no,accept-local=no");
	expect_verdict(&w, "silent", NATSONDE_HAIRPIN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].question == NATSONDE_Q_PEER_HAIR)
			ev->probes[i].outcome = NATSONDE_UNREACHABLE;
	natsonde_judge_all(ev, &w.verdicts);
	expect_verdict(&w, "refused", NATSONDE_HAIRPIN, NATSONDE_NO, NATSONDE_VERIFIED);
	assert_int_equal(hairpin()->reason, NATSONDE_WHY_HAIR_REFUSED);
	/* This host's own refusal is no refusal of the NAT. */
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].question == NATSONDE_Q_PEER_HAIR)
			ev->probes[i].outcome = NATSONDE_UNSENT;
	natsonde_judge_all(ev, &w.verdicts);
	expect_verdict(&w, "unsent", NATSONDE_HAIRPIN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(hairpin()->reason, NATSONDE_WHY_LOCAL_FAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_kind_behind_each_nat),
		cmocka_unit_test(does_not_take_a_shut_filter_for_silence),
		cmocka_unit_test(is_not_confused_by_a_second_nat),
		cmocka_unit_test(knows_an_address_of_the_pool),
		cmocka_unit_test(says_the_truth_or_nothing_on_a_lossy_path),
		cmocka_unit_test(does_with_three_sockets),
		cmocka_unit_test(speaks_as_little_as_it_can),
		cmocka_unit_test(uses_no_server_that_cannot_be_believed),
		cmocka_unit_test(needs_to_know_the_mapping_for_a_no),
		cmocka_unit_test(does_not_believe_silence_on_a_path_that_was_shut),
		cmocka_unit_test(takes_a_refusal_for_a_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
