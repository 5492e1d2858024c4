/* The report of a check, as text and as JSON. What it says of servers is tested with them (test_uses.c, tests/cli). */
#define _POSIX_C_SOURCE 200809L /* open_memstream */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include <natsonde/check.h>

static struct natsonde_check_row rows[4];
static struct natsonde_check_report report;
static char *text;

static int begin(void **state)
{
	(void)state;
	memset(rows, 0, sizeof(rows));
	for (unsigned i = 0; i < 4; i++) {
		rows[i].name = "turn.example.org";
		rows[i].is_turn = true;
		rows[i].family = NATSONDE_IPV4;
		rows[i].addr = (struct natsonde_addr){ .family = NATSONDE_IPV4, .port = 3478, .ip = { 192, 0, 2, 1 } };
		rows[i].usable = NATSONDE_USABLE_YES;
		rows[i].turn.answer = NATSONDE_TURN_ASKS;
	}
	report = (struct natsonde_check_report){
		.started = "2026-11-20T08:00:00Z", .rows = rows, .n_rows = 1, .n_servers = 1, .n_usable = 1, .needs_filtering = true
	};
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

static const char *written(enum natsonde_format format)
{
	const struct natsonde_look look = { .format = format };
	size_t len;
	FILE *out;

	free(text);
	out = open_memstream(&text, &len);
	assert_non_null(out);
	assert_true(natsonde_check_write(&report, &look, out));
	fclose(out);
	return text;
}

static void expect_headline(const char *headline)
{
	if (strncmp(written(NATSONDE_TEXT), headline, strlen(headline)) != 0)
		fail_msg("wanted %s, got %s", headline, text);
}

static void headline_says_how_many(void **state)
{
	(void)state;
	expect_headline("The server can be used for TURN.\n");
	report.n_usable = 0;
	report.outcome = NATSONDE_RUN_INCOMPLETE;
	expect_headline("The server cannot be used for TURN.\n");
	report.n_servers = report.n_rows = 3;
	expect_headline("None of the 3 servers can be used for TURN.\n");
	report.n_usable = 2;
	rows[1].is_turn = false;
	rows[1].unavailable = NATSONDE_NO_ROUTE;
	expect_headline("2 of 3 servers can be used.\n");
	report.outcome = NATSONDE_RUN_UNREACHABLE;
	expect_headline("None of the 3 servers answers.\n");
	for (unsigned i = 0; i < 3; i++)
		rows[i].unresolved = "there is no such name";
	expect_headline("No server could be asked.\n");
	report.outcome = NATSONDE_RUN_INTERRUPTED;
	expect_headline("Interrupted: not all is known.\n");
	report.outcome = NATSONDE_RUN_FAILED;
	report.fault = NATSONDE_FAULT_NO_SOCKET;
	expect_headline("No socket or memory left.\n");
}

static void every_answer_has_its_words(void **state)
{
	(void)state;
	for (unsigned answer = 0; answer < NATSONDE_TURN_ANSWERS; answer++) {
		cJSON *root;
		const cJSON *row;

		rows[0].turn.answer = (uint8_t)answer;
		rows[0].turn.code = answer == NATSONDE_TURN_ERROR ? 508 : 0;
		root = cJSON_Parse(written(NATSONDE_JSON));
		row = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "checks"), 0);
		assert_true(strlen(cJSON_GetObjectItem(row, "verdict")->valuestring) > 3);
		assert_true(strlen(cJSON_GetObjectItem(row, "reason")->valuestring) > 10);
		assert_int_equal(cJSON_GetObjectItem(row, "code") != NULL, answer == NATSONDE_TURN_ERROR);
		cJSON_Delete(root);
		if (answer == NATSONDE_TURN_ERROR)
			assert_non_null(strstr(written(NATSONDE_TEXT), "Insufficient"));
	}
}

/* REALM is a stranger's text, and terminals obey some of it. */
static void realm_does_not_steer_the_terminal(void **state)
{
	(void)state;
	strcpy(rows[0].turn.realm, "a\033]0;b\007c\xC2\x9B" "d\x7F\r\n\xC3\xA9");
	assert_non_null(strstr(written(NATSONDE_TEXT), " a?]0;b?c?d???\xC3\xA9\n"));
	assert_null(strpbrk(text, "\033\007\x7F\r"));
	assert_null(strstr(text, "\xC2\x9B"));
	assert_null(strpbrk(written(NATSONDE_JSON), "\033\007\r"));
}

static void what_was_not_asked_is_told(void **state)
{
	cJSON *root;
	const cJSON *row;

	(void)state;
	report.n_rows = 3;
	rows[0].unresolved = "there is no such name";
	rows[0].usable = NATSONDE_USABLE_NO;
	rows[1].unavailable = NATSONDE_NO_ROUTE;
	rows[2].unavailable = NATSONDE_NO_SERVER_ADDRESS;
	rows[2].family = NATSONDE_IPV6;
	assert_non_null(strstr(written(NATSONDE_TEXT), "turn:turn.example.org: there is no such name\n"));
	assert_non_null(strstr(text, "turn:turn.example.org, IPv4: not checked: this host has no IPv4\n"));
	assert_non_null(strstr(text, "turn:turn.example.org, IPv6: it has no IPv6 address\n"));
	root = cJSON_Parse(written(NATSONDE_JSON));
	row = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "checks"), 0);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(row, "family")));
	assert_string_equal(cJSON_GetObjectItem(row, "verdict")->valuestring, "unresolved");
	assert_string_equal(cJSON_GetObjectItem(row, "usable")->valuestring, "no");
	row = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "checks"), 1);
	assert_string_equal(cJSON_GetObjectItem(row, "unavailable")->valuestring, "no-route");
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(row, "usable")));
	assert_null(cJSON_GetObjectItem(row, "verdict"));
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(headline_says_how_many, begin, end),
		cmocka_unit_test_setup_teardown(every_answer_has_its_words, begin, end),
		cmocka_unit_test_setup_teardown(realm_does_not_steer_the_terminal, begin, end),
		cmocka_unit_test_setup_teardown(what_was_not_asked_is_told, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
