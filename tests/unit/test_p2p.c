/* Who can talk to whom, and the old names: compared with what has been measured (two libjuice agents behind two simulated NATs)
 * and with RFC 3489. */
#include "evidence_fixture.h"

#include "core/behaviour/behaviour.h"

#define EIM NATSONDE_ENDPOINT_INDEPENDENT
#define ADM NATSONDE_ADDRESS_DEPENDENT
#define APDM NATSONDE_ADDRESS_AND_PORT_DEPENDENT
#define EIF NATSONDE_ENDPOINT_INDEPENDENT
#define ADF NATSONDE_ADDRESS_DEPENDENT
#define APDF NATSONDE_ADDRESS_AND_PORT_DEPENDENT

static const enum natsonde_verdict mappings[] = {
	NATSONDE_UNKNOWN, NATSONDE_UNSTABLE, EIM, ADM, APDM, NATSONDE_PORT_DEPENDENT, NATSONDE_ENDPOINT_DEPENDENT
};
static const enum natsonde_verdict filterings[] = {NATSONDE_UNKNOWN, EIF, ADF, APDF};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct { const char *name; enum natsonde_verdict mapping, filtering; } classes[NATSONDE_PEERS] = {
	{"eim/eif", EIM, EIF}, {"eim/adf", EIM, ADF}, {"eim/apdf", EIM, APDF},
	{"adm/eif", ADM, EIF}, {"adm/adf", ADM, ADF}, {"adm/apdf", ADM, APDF},
	{"apdm/eif", APDM, EIF}, {"apdm/adf", APDM, ADF}, {"apdm/apdf", APDM, APDF},
};

static void set(struct natsonde_finding *f, enum natsonde_verdict verdict, enum natsonde_certainty certainty)
{
	f->verdict = (uint8_t)verdict;
	f->certainty = (uint8_t)(verdict == NATSONDE_UNKNOWN ? NATSONDE_CERTAINTY_NONE : certainty);
}

static struct natsonde_verdicts verdicts_of(enum natsonde_verdict mapping, enum natsonde_certainty mapping_certainty,
					    enum natsonde_verdict filtering, enum natsonde_certainty filtering_certainty)
{
	struct natsonde_verdicts v;

	memset(&v, 0, sizeof(v));
	begin();
	set(&v.of[NATSONDE_NAT], NATSONDE_PRESENT, NATSONDE_VERIFIED);
	set(&v.of[NATSONDE_MAPPING], mapping, mapping_certainty);
	set(&v.of[NATSONDE_FILTERING], filtering, filtering_certainty);
	natsonde_judge_row(&ev, &natsonde_behaviours[NATSONDE_P2P], NATSONDE_P2P, &v);
	return v;
}

static struct natsonde_verdicts verified(enum natsonde_verdict mapping, enum natsonde_verdict filtering)
{
	return verdicts_of(mapping, NATSONDE_VERIFIED, filtering, NATSONDE_VERIFIED);
}

static enum natsonde_pair pair_of(unsigned mine, unsigned theirs)
{
	struct natsonde_verdicts v = verified(classes[mine].mapping, classes[mine].filtering);

	return natsonde_pair_with(&v, theirs);
}

static void level_follows_from_the_mapping(void **state)
{
	(void)state;
	for (unsigned f = 0; f < COUNT(filterings); f++) {
		assert_int_equal(verified(EIM, filterings[f]).of[NATSONDE_P2P].verdict,
				 filterings[f] == EIF ? NATSONDE_OPEN : NATSONDE_EASY);
		assert_int_equal(verified(ADM, filterings[f]).of[NATSONDE_P2P].verdict, NATSONDE_HARD);
		assert_int_equal(verified(NATSONDE_ENDPOINT_DEPENDENT, filterings[f]).of[NATSONDE_P2P].verdict, NATSONDE_HARD);
		assert_int_equal(verified(APDM, filterings[f]).of[NATSONDE_P2P].verdict, NATSONDE_TOO_HARD);
		assert_int_equal(verified(NATSONDE_PORT_DEPENDENT, filterings[f]).of[NATSONDE_P2P].verdict, NATSONDE_TOO_HARD);
		assert_int_equal(verified(NATSONDE_UNKNOWN, filterings[f]).of[NATSONDE_P2P].verdict, NATSONDE_UNKNOWN);
		assert_int_equal(verified(NATSONDE_UNSTABLE, filterings[f]).of[NATSONDE_P2P].verdict, NATSONDE_UNKNOWN);
	}
}

/* As certain as the weaker of what it rests on; the level of a dependent mapping rests on the mapping alone. */
static void certainty_is_that_of_the_weakest(void **state)
{
	(void)state;
	for (enum natsonde_certainty m = NATSONDE_LIKELY; m <= NATSONDE_VERIFIED; m++)
		for (enum natsonde_certainty f = NATSONDE_LIKELY; f <= NATSONDE_VERIFIED; f++) {
			assert_int_equal(verdicts_of(EIM, m, EIF, f).of[NATSONDE_P2P].certainty, m < f ? m : f);
			assert_int_equal(verdicts_of(EIM, m, APDF, f).of[NATSONDE_P2P].certainty, m < f ? m : f);
			assert_int_equal(verdicts_of(APDM, m, APDF, f).of[NATSONDE_P2P].certainty, m);
		}
	/* Easy at least: it might be open. */
	assert_int_equal(verified(EIM, NATSONDE_UNKNOWN).of[NATSONDE_P2P].certainty, NATSONDE_LIKELY);
	assert_int_equal(verified(NATSONDE_UNKNOWN, EIF).of[NATSONDE_P2P].certainty, NATSONDE_CERTAINTY_NONE);
}

static void classes_have_their_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NATSONDE_PEERS; i++)
		assert_string_equal(natsonde_peer_class(i), classes[i].name);
	assert_null(natsonde_peer_class(NATSONDE_PEERS));
	assert_int_equal(natsonde_pair_with(&(struct natsonde_verdicts){.of = {{0}}}, NATSONDE_PEERS), NATSONDE_PAIR_UNSAID);
}

static void pairs_are_symmetric(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NATSONDE_PEERS; i++)
		for (unsigned k = 0; k < NATSONDE_PEERS; k++)
			if (pair_of(i, k) != pair_of(k, i) || pair_of(i, k) == NATSONDE_PAIR_UNSAID)
				fail_msg("%s with %s", classes[i].name, classes[k].name);
}

/* d: direct, m: maybe, r: relay; facts.md section 6.1. */
static void every_pair_of_classes(void **state)
{
	static const char *const rows[NATSONDE_PEERS] = {
		/* eif adf apdf of: eim, adm, apdm */
		"ddd" "ddd" "ddd",
		"ddd" "ddd" "ddd",
		"ddd" "mrr" "mrr",
		"ddm" "mmm" "mmm",
		"ddr" "mrr" "mrr",
		"ddr" "mrr" "mrr",
		"ddm" "mmm" "mmm",
		"ddr" "mrr" "mrr",
		"ddr" "mrr" "mrr",
	};
	static const char letters[] = {[NATSONDE_PAIR_UNSAID] = '?', [NATSONDE_PAIR_DIRECT] = 'd', [NATSONDE_PAIR_MAYBE] = 'm',
				       [NATSONDE_PAIR_RELAY] = 'r'};

	(void)state;
	for (unsigned i = 0; i < NATSONDE_PEERS; i++)
		for (unsigned k = 0; k < NATSONDE_PEERS; k++)
			if (letters[pair_of(i, k)] != rows[i][k])
				fail_msg("%s with %s: %c", classes[i].name, classes[k].name, letters[pair_of(i, k)]);
}

/* Pairs in the order of the classes, upper triangle: 'c' connected within 25 s, '-' did not. */
static void nothing_measured_contradicts_the_table(void **state)
{
	static const char *const measured[NATSONDE_PEERS] = {
		"ccccccccc", "cccccccc", "c------", "cc-cc-", "--c--", "----", "---", "--", "-"
	};
	unsigned connected = 0;

	(void)state;
	for (unsigned i = 0; i < NATSONDE_PEERS; i++) {
		assert_int_equal(strlen(measured[i]), NATSONDE_PEERS - i);
		for (unsigned k = i; k < NATSONDE_PEERS; k++) {
			bool did_connect = measured[i][k - i] == 'c';

			connected += did_connect;
			if (pair_of(i, k) == (did_connect ? NATSONDE_PAIR_RELAY : NATSONDE_PAIR_DIRECT))
				fail_msg("%s with %s", classes[i].name, classes[k].name);
		}
	}
	assert_int_equal(connected, 23); /* of 45 */
}

static void unknown_filtering_promises_what_always_holds(void **state)
{
	(void)state;
	for (unsigned m = 0; m < COUNT(mappings); m++)
		for (unsigned peer = 0; peer < NATSONDE_PEERS; peer++) {
			struct natsonde_verdicts v = verified(mappings[m], NATSONDE_UNKNOWN);
			struct natsonde_verdicts eif = verified(mappings[m], EIF), adf = verified(mappings[m], ADF);
			struct natsonde_verdicts apdf = verified(mappings[m], APDF);
			enum natsonde_pair expected = natsonde_pair_with(&eif, peer);

			if (expected != natsonde_pair_with(&adf, peer) || expected != natsonde_pair_with(&apdf, peer))
				expected = NATSONDE_PAIR_UNSAID;
			assert_int_equal(natsonde_pair_with(&v, peer), expected);
		}
}

/* Which part of the destination a mapping depends on makes no difference to who can connect. */
static void every_dependence_has_the_same_pairs(void **state)
{
	(void)state;
	for (unsigned f = 0; f < COUNT(filterings); f++)
		for (unsigned peer = 0; peer < NATSONDE_PEERS; peer++) {
			struct natsonde_verdicts adm = verified(ADM, filterings[f]);

			for (unsigned m = 4; m < COUNT(mappings); m++) {
				struct natsonde_verdicts v = verified(mappings[m], filterings[f]);

				assert_int_equal(natsonde_pair_with(&v, peer), natsonde_pair_with(&adm, peer));
			}
		}
}

static void no_mapping_no_promise(void **state)
{
	(void)state;
	for (unsigned f = 0; f < COUNT(filterings); f++)
		for (unsigned peer = 0; peer < NATSONDE_PEERS; peer++) {
			struct natsonde_verdicts unknown = verified(NATSONDE_UNKNOWN, filterings[f]);
			struct natsonde_verdicts unstable = verified(NATSONDE_UNSTABLE, filterings[f]);

			assert_int_equal(natsonde_pair_with(&unknown, peer), NATSONDE_PAIR_UNSAID);
			assert_int_equal(natsonde_pair_with(&unstable, peer), NATSONDE_PAIR_UNSAID);
		}
}

/* UDP is blocked if the same servers answer over TCP: then everybody is reached through a relay. Silence alone may yet be loss, and a
 * closed port a server that listens over TCP alone; that it is forbidden shows that something stops it. */
static void blocked_needs_a_witness(void **state)
{
	struct natsonde_verdicts v;
	struct natsonde_probe *refused;

	(void)state;
	begin();
	for (unsigned i = 0; i < 3; i++)
		probe(NATSONDE_Q_MAP_A1P1, .server = 0);
	ev.end = NATSONDE_END_NO_ANSWER;
	assert_int_equal(judged(NATSONDE_P2P).verdict, NATSONDE_UNKNOWN);
	assert_int_equal(judged(NATSONDE_P2P).reason, NATSONDE_WHY_NO_ANSWER);
	probe(NATSONDE_Q_TCP, .mapped = OUTSIDE);
	assert_int_equal(judged(NATSONDE_P2P).verdict, NATSONDE_BLOCKED);
	assert_int_equal(judged(NATSONDE_P2P).certainty, NATSONDE_LIKELY);
	refused = probe(NATSONDE_Q_MAP_A1P1, .outcome = NATSONDE_UNREACHABLE);
	refused->icmp_type = 3;
	for (refused->icmp_code = 0; refused->icmp_code < 16; refused->icmp_code++) {
		bool is_forbidden = refused->icmp_code == 9 || refused->icmp_code == 10 || refused->icmp_code == 13;

		assert_int_equal(judged(NATSONDE_P2P).certainty, is_forbidden ? NATSONDE_VERIFIED : NATSONDE_LIKELY);
	}
	refused->icmp_code = 13;
	ev.fixed_port = true; /* makes no difference to this */
	natsonde_judge(&ev, &v);
	assert_int_equal(v.of[NATSONDE_P2P].verdict, NATSONDE_BLOCKED);
	assert_int_equal(v.of[NATSONDE_P2P].certainty, NATSONDE_VERIFIED);
	assert_int_equal(v.of[NATSONDE_P2P].basis.bits[0], 0x1f);
	for (unsigned peer = 0; peer < NATSONDE_PEERS; peer++)
		assert_int_equal(natsonde_pair_with(&v, peer), NATSONDE_PAIR_RELAY);
	assert_null(natsonde_rfc3489(&v));
}

/* What this host could not send says nothing of the network. */
static void local_fault_is_no_block(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 3; i++)
		probe(NATSONDE_Q_MAP_A1P1, .outcome = NATSONDE_UNSENT);
	probe(NATSONDE_Q_TCP, .mapped = OUTSIDE);
	ev.end = NATSONDE_END_FAULT;
	for (enum natsonde_behaviour b = NATSONDE_NAT; b < NATSONDE_BEHAVIOURS_FIRST; b++) {
		assert_int_equal(judged(b).verdict, NATSONDE_UNKNOWN);
		assert_int_equal(judged(b).reason, NATSONDE_WHY_LOCAL_FAULT);
	}
}

/* Whatever came back over UDP, it is not blocked: an error response is an answer, too. */
static void udp_errors_are_no_block(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_TCP, .mapped = OUTSIDE);
	for (unsigned i = 0; i < 3; i++)
		probe(NATSONDE_Q_MAP_A1P1, .outcome = NATSONDE_ERROR, .code = 500);
	assert_int_equal(judged(NATSONDE_P2P).verdict, NATSONDE_UNKNOWN);
}

static void assert_same_name(const char *name, const char *expected)
{
	assert_string_equal(name != NULL ? name : "none", expected != NULL ? expected : "none");
}

/* RFC 3489 section 5; what it has no name for is not given one (facts.md 3.7). */
static void old_names(void **state)
{
	static const char *const cones[] = {NULL, "full cone", "restricted cone", "port-restricted cone"};
	static const char *const without_nat[] = {NULL, "open internet", "symmetric UDP firewall", "symmetric UDP firewall"};

	(void)state;
	for (unsigned m = 0; m < COUNT(mappings); m++)
		for (unsigned f = 0; f < COUNT(filterings); f++) {
			struct natsonde_verdicts v = verified(mappings[m], filterings[f]);
			const char *expected = mappings[m] == EIM ? cones[f] : NULL;

			if (mappings[m] == APDM && filterings[f] == APDF)
				expected = "symmetric";
			for (unsigned nat = NATSONDE_UNKNOWN; nat <= NATSONDE_PRESENT; nat++) {
				const char *name;

				v.of[NATSONDE_NAT].verdict = (uint8_t)nat;
				name = natsonde_rfc3489(&v);
				if (nat == NATSONDE_UNKNOWN)
					assert_null(name);
				else if (nat == NATSONDE_NONE && mappings[m] == EIM)
					assert_same_name(name, without_nat[f]);
				else if (nat == NATSONDE_PRESENT)
					assert_same_name(name, expected);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(level_follows_from_the_mapping),
		cmocka_unit_test(certainty_is_that_of_the_weakest),
		cmocka_unit_test(classes_have_their_names),
		cmocka_unit_test(pairs_are_symmetric),
		cmocka_unit_test(every_pair_of_classes),
		cmocka_unit_test(nothing_measured_contradicts_the_table),
		cmocka_unit_test(unknown_filtering_promises_what_always_holds),
		cmocka_unit_test(every_dependence_has_the_same_pairs),
		cmocka_unit_test(no_mapping_no_promise),
		cmocka_unit_test(blocked_needs_a_witness),
		cmocka_unit_test(local_fault_is_no_block),
		cmocka_unit_test(udp_errors_are_no_block),
		cmocka_unit_test(old_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
