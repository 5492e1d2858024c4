/* The words of reports: every value has one, no two values of one behaviour share one, and what is printed can be read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <natsonde/names.h>

static void assert_is_word(const char *word)
{
	assert_non_null(word);
	assert_string_not_equal(word, "");
	assert_string_not_equal(word, "invalid");
}

#define EACH_HAS_A_WORD(function, type, count) do { \
	for (unsigned i_ = 0; i_ < (count); i_++) \
		assert_is_word(function((type)i_)); \
	assert_string_equal(function((type)(count)), "invalid"); \
	assert_string_equal(function((type)255), "invalid"); \
} while (0)

static void test_every_value_has_a_word(void **state)
{
	(void)state;
	EACH_HAS_A_WORD(natsonde_behaviour_name, enum natsonde_behaviour, NATSONDE_BEHAVIOURS);
	EACH_HAS_A_WORD(natsonde_verdict_name, enum natsonde_verdict, NATSONDE_VERDICTS);
	EACH_HAS_A_WORD(natsonde_kind_name, enum natsonde_nat_kind, NATSONDE_KINDS);
	EACH_HAS_A_WORD(natsonde_pooling_name, enum natsonde_pooling, NATSONDE_POOLING_ARBITRARY + 1);
	EACH_HAS_A_WORD(natsonde_certainty_name, enum natsonde_certainty, NATSONDE_CERTAINTIES);
	EACH_HAS_A_WORD(natsonde_reason_sentence, enum natsonde_reason, NATSONDE_REASONS);
	EACH_HAS_A_WORD(natsonde_outcome_name, enum natsonde_outcome, NATSONDE_OUTCOMES);
	EACH_HAS_A_WORD(natsonde_server_verdict_name, enum natsonde_server_verdict, NATSONDE_SERVER_VERDICTS);
	EACH_HAS_A_WORD(natsonde_server_reason_sentence, enum natsonde_server_reason, NATSONDE_SERVER_REASONS);
	EACH_HAS_A_WORD(natsonde_fault_sentence, enum natsonde_fault, NATSONDE_FAULTS);
}

static void test_change_flags(void **state)
{
	(void)state;
	assert_string_equal(natsonde_change_name(NATSONDE_CHANGE_NONE), "none");
	assert_string_equal(natsonde_change_name(NATSONDE_CHANGE_IP), "ip");
	assert_string_equal(natsonde_change_name(NATSONDE_CHANGE_PORT), "port");
	assert_string_equal(natsonde_change_name(NATSONDE_CHANGE_BOTH), "both");
	assert_string_equal(natsonde_change_name(1), "invalid");
	assert_string_equal(natsonde_change_name(7), "invalid");
}

/* Scripts compare these; they are schema 1. */
static void test_short_forms(void **state)
{
	static const struct { enum natsonde_behaviour b; enum natsonde_verdict v; const char *brief; } rows[] = {
		{NATSONDE_MAPPING, NATSONDE_ENDPOINT_INDEPENDENT, "eim"},
		{NATSONDE_MAPPING, NATSONDE_ADDRESS_DEPENDENT, "adm"},
		{NATSONDE_MAPPING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, "apdm"},
		{NATSONDE_MAPPING, NATSONDE_PORT_DEPENDENT, "port-dependent"},
		{NATSONDE_FILTERING, NATSONDE_ENDPOINT_INDEPENDENT, "eif"},
		{NATSONDE_FILTERING, NATSONDE_ADDRESS_DEPENDENT, "adf"},
		{NATSONDE_FILTERING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, "apdf"},
		{NATSONDE_FILTERING, NATSONDE_UNKNOWN, "unknown"},
		{NATSONDE_NAT, NATSONDE_PRESENT, "present"},
		{NATSONDE_P2P, NATSONDE_TOO_HARD, "too-hard"},
		{NATSONDE_TCP_MAPPING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, "apdm"},
		{NATSONDE_FRAGMENTS, NATSONDE_PASS_ALL, "pass"},
		{NATSONDE_P2P, NATSONDE_VERDICTS, "invalid"},
		{NATSONDE_BEHAVIOURS, NATSONDE_UNKNOWN, "invalid"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(natsonde_verdict_short(rows[i].b, rows[i].v), rows[i].brief);
}

static void assert_reads_back(enum natsonde_behaviour b, const char *word, enum natsonde_verdict expected)
{
	enum natsonde_verdict found = NATSONDE_VERDICTS;
	assert_true(natsonde_verdict_parse(b, word, strlen(word), &found));
	assert_int_equal(found, expected);
}

static void test_every_word_reads_back(void **state)
{
	(void)state;
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		for (unsigned v = 0; v < NATSONDE_VERDICTS; v++) {
			const enum natsonde_behaviour behaviour = (enum natsonde_behaviour)b;
			const enum natsonde_verdict verdict = (enum natsonde_verdict)v;
			if (!natsonde_behaviour_has(behaviour, verdict))
				continue;
			assert_reads_back(behaviour, natsonde_verdict_name(verdict), verdict);
			assert_reads_back(behaviour, natsonde_verdict_short(behaviour, verdict), verdict);
		}
}

static void test_words_of_other_behaviours_are_refused(void **state)
{
	static const struct { enum natsonde_behaviour b; const char *word; } rows[] = {
		{NATSONDE_MAPPING, "eif"}, {NATSONDE_FILTERING, "eim"}, {NATSONDE_FILTERING, "unstable"},
		{NATSONDE_P2P, "endpoint-independent"}, {NATSONDE_NAT, "easy"}, {NATSONDE_MAPPING, ""},
		{NATSONDE_MAPPING, "ei"}, {NATSONDE_MAPPING, "eimm"}, {NATSONDE_TCP_MAPPING, "eif"},
		{NATSONDE_ALG, "present"}, {NATSONDE_HAIRPIN, "none"}, {NATSONDE_LIFETIME, "330"}, {NATSONDE_INTERCEPT, "dropped"}, {NATSONDE_BEHAVIOURS, "unknown"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum natsonde_verdict v = NATSONDE_OPEN;
		assert_false(natsonde_verdict_parse(rows[i].b, rows[i].word, strlen(rows[i].word), &v));
		assert_int_equal(v, NATSONDE_OPEN);
	}
}

/* "mapping=eim,filtering=apdf": the word ends where the caller says, not at a NUL. */
static void test_a_word_has_the_length_given(void **state)
{
	enum natsonde_verdict v = NATSONDE_UNKNOWN;
	(void)state;
	assert_true(natsonde_verdict_parse(NATSONDE_MAPPING, "eim,filtering", 3, &v));
	assert_int_equal(v, NATSONDE_ENDPOINT_INDEPENDENT);
}

static void test_words_of_one_behaviour_differ(void **state)
{
	(void)state;
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		for (unsigned v = 0; v < NATSONDE_VERDICTS; v++)
			for (unsigned w = 0; w < v; w++) {
				const enum natsonde_behaviour behaviour = (enum natsonde_behaviour)b;
				const char *brief = natsonde_verdict_short(behaviour, (enum natsonde_verdict)v);
				assert_string_not_equal(brief, natsonde_verdict_short(behaviour, (enum natsonde_verdict)w));
				assert_string_not_equal(natsonde_verdict_name((enum natsonde_verdict)v),
							natsonde_verdict_name((enum natsonde_verdict)w));
			}
}

/* A filter that is on this very host looks like the NAT's: who reads about filtering must be told. */
static void test_filtering_reasons_name_the_hosts_own_firewall(void **state)
{
	(void)state;
	for (unsigned r = NATSONDE_WHY_CHANGED_BOTH_CAME; r <= NATSONDE_WHY_NOT_FINISHED; r++) {
		const char *sentence = natsonde_reason_sentence((enum natsonde_reason)r);
		assert_non_null(strstr(sentence, "a NAT "));
		assert_non_null(strstr(sentence, " firewall ("));
		assert_non_null(strstr(sentence, "this host's own"));
	}
	assert_non_null(strstr(natsonde_reason_sentence(NATSONDE_WHY_NO_ANSWER), "a NAT or firewall (maybe this host's own)"));
}

/* One form for all of them, so that reports may put them into a line or behind a colon: a clause, no full stop. */
static void test_sentences_are_clauses(void **state)
{
	(void)state;
	for (unsigned r = 0; r < NATSONDE_REASONS; r++) {
		const char *sentence = natsonde_reason_sentence((enum natsonde_reason)r);
		assert_true(sentence[strlen(sentence) - 1] != '.');
		assert_null(strstr(sentence, "  "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_value_has_a_word),
		cmocka_unit_test(test_change_flags),
		cmocka_unit_test(test_short_forms),
		cmocka_unit_test(test_every_word_reads_back),
		cmocka_unit_test(test_words_of_other_behaviours_are_refused),
		cmocka_unit_test(test_a_word_has_the_length_given),
		cmocka_unit_test(test_words_of_one_behaviour_differ),
		cmocka_unit_test(test_filtering_reasons_name_the_hosts_own_firewall),
		cmocka_unit_test(test_sentences_are_clauses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
