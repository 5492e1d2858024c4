/* The report for programs: JSON schema 1 (docs/json.md). */
#define _POSIX_C_SOURCE 200809L
#include "report_fixture.h"

#include <cjson/cJSON.h>

static const struct natsonde_look json_look = {.format = NATSONDE_JSON};

static cJSON *parse(const struct fixture *f)
{
	char *text = fixture_render(f, json_look);
	cJSON *root = cJSON_Parse(text);

	assert_non_null(root);
	free(text);
	return root;
}

/* at(root, "ipv4", "mapping", NULL) */
static const cJSON *at(const cJSON *json, ...)
{
	const char *key;
	va_list keys;

	va_start(keys, json);
	while ((key = va_arg(keys, const char *)) != NULL) {
		json = cJSON_GetObjectItemCaseSensitive(json, key);
		if (!json)
			fail_msg("no key %s", key);
	}
	va_end(keys);
	return json;
}

static void assert_text(const cJSON *json, const char *expected)
{
	assert_true(cJSON_IsString(json));
	assert_string_equal(json->valuestring, expected);
}

/* The keys of an object, in their order, as one line. */
static void assert_keys(const cJSON *object, const char *expected)
{
	char keys[512] = "";
	const cJSON *item;

	assert_true(cJSON_IsObject(object));
	cJSON_ArrayForEach(item, object)
		snprintf(keys + strlen(keys), sizeof(keys) - strlen(keys), "%s%s", keys[0] ? " " : "", item->string);
	assert_string_equal(keys, expected);
}

static void assert_numbers(const cJSON *list, const char *expected)
{
	char numbers[256] = "";
	const cJSON *item;

	assert_true(cJSON_IsArray(list));
	cJSON_ArrayForEach(item, list)
		snprintf(numbers + strlen(numbers), sizeof(numbers) - strlen(numbers), "%s%d", numbers[0] ? " " : "",
			 item->valueint);
	assert_string_equal(numbers, expected);
}

static void test_keys_are_those_of_schema_1_in_their_order(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	cJSON *root = parse(&f);
	assert_keys(root, "schema tool version simulated started elapsed_ms outcome reason tests platform ipv4 ipv6 servers probes");
	assert_keys(at(root, "platform", NULL), "system unavailable");
	assert_keys(at(root, "ipv4", NULL), "local interface external end ended_ms nat mapping filtering p2p alg rfc3489");
	assert_keys(at(root, "ipv4", "nat", NULL), "verdict certainty reason basis kind kind_certainty preserves_ports");
	assert_keys(at(root, "ipv4", "mapping", NULL), "verdict certainty reason basis");
	assert_keys(at(root, "ipv4", "p2p", NULL), "verdict certainty reason basis direct_with maybe_with relay_with");
	assert_keys(at(root, "ipv6", NULL), "unavailable reason");
	assert_keys(cJSON_GetArrayItem(at(root, "servers", NULL), 0),
		    "id name family address other verdict rtt_ms sent answered reason");
	assert_keys(cJSON_GetArrayItem(at(root, "probes", NULL), 2),
		    "id test server socket role transport local to endpoint change response_port sent_ms outcome from origin other mapped "
		    "mapped_plain rtt_ms");
	cJSON_Delete(root);
}

static void test_values_at_home(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	f.report.sees = NATSONDE_SEES_FRAGMENTS;
	cJSON *root = parse(&f);
	assert_int_equal(at(root, "schema", NULL)->valueint, 1);
	assert_true(cJSON_IsNull(at(root, "simulated", NULL)));
	assert_text(at(root, "outcome", NULL), "complete");
	assert_text(cJSON_GetArrayItem(at(root, "platform", "unavailable", NULL), 0), "icmp");
	assert_text(cJSON_GetArrayItem(at(root, "platform", "unavailable", NULL), 1), "own-source");
	assert_int_equal(cJSON_GetArraySize(at(root, "platform", "unavailable", NULL)), 3);
	assert_text(at(root, "ipv4", "local", NULL), "192.168.1.20");
	assert_text(at(root, "ipv4", "interface", NULL), "wlan0");
	assert_int_equal(cJSON_GetArraySize(at(root, "ipv4", "external", NULL)), 1);
	assert_text(cJSON_GetArrayItem(at(root, "ipv4", "external", NULL), 0), "198.51.100.7");
	assert_text(at(root, "ipv4", "filtering", "verdict", NULL), "address-and-port-dependent");
	assert_text(at(root, "ipv4", "rfc3489", NULL), "port-restricted cone");
	assert_text(at(root, "ipv6", "unavailable", NULL), "no-route");
	cJSON_Delete(root);
}

static void test_every_peer_class_stands_in_one_list(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	cJSON *root = parse(&f);
	const cJSON *p2p = at(root, "ipv4", "p2p", NULL);
	assert_text(cJSON_GetArrayItem(at(p2p, "direct_with", NULL), 0), "eim/eif");
	assert_int_equal(cJSON_GetArraySize(at(p2p, "direct_with", NULL)) + cJSON_GetArraySize(at(p2p, "maybe_with", NULL)) +
			 cJSON_GetArraySize(at(p2p, "relay_with", NULL)), NATSONDE_PEERS);
	cJSON_Delete(root);
}

/* Ids lead from every verdict to its packets, also where both families count from 0 for themselves. */
static void test_ids_count_through_both_families(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	fixture_add_ipv6(&f);
	cJSON *root = parse(&f);
	assert_numbers(at(root, "ipv4", "filtering", "basis", NULL), "0 1");
	assert_numbers(at(root, "ipv4", "mapping", "basis", NULL), "2 3 4 5 6");
	assert_numbers(at(root, "ipv6", "filtering", "basis", NULL), "7 8");
	assert_numbers(at(root, "ipv6", "mapping", "basis", NULL), "9 10 11 12 13");
	const cJSON *probes = at(root, "probes", NULL), *servers = at(root, "servers", NULL);
	assert_int_equal(cJSON_GetArraySize(probes), 14);
	for (int i = 0; i < 14; i++)
		assert_int_equal(at(cJSON_GetArrayItem(probes, i), "id", NULL)->valueint, i);
	assert_int_equal(at(cJSON_GetArrayItem(probes, 13), "server", NULL)->valueint, 3);
	assert_int_equal(at(cJSON_GetArrayItem(probes, 7), "socket", NULL)->valueint, 3);
	assert_text(at(cJSON_GetArrayItem(probes, 13), "to", NULL), "[2001:db8:ffff:ffff:ffff:ffff:ffff:3]:19302");
	assert_text(at(cJSON_GetArrayItem(servers, 3), "address", NULL), "[2001:db8:ffff:ffff:ffff:ffff:ffff:3]:19302");
	assert_text(at(cJSON_GetArrayItem(servers, 3), "family", NULL), "ipv6");
	cJSON_Delete(root);
}

static void test_what_was_not_asked_for_is_absent(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	f.report.tests = NATSONDE_TEST(NATSONDE_MAPPING);
	cJSON *root = parse(&f);
	assert_keys(at(root, "ipv4", NULL), "local interface external end ended_ms mapping rfc3489");
	assert_true(cJSON_IsNull(at(root, "ipv4", "rfc3489", NULL)));
	cJSON_Delete(root);
}

static void test_every_outcome_of_a_probe(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	f.ev[0].probes[2].outcome = NATSONDE_ERROR;
	f.ev[0].probes[2].code = 420;
	f.ev[0].probes[2].refuses_response_port = true;
	f.ev[0].probes[3].outcome = NATSONDE_UNREACHABLE;
	f.ev[0].probes[3].icmp_type = 3;
	f.ev[0].probes[3].icmp_code = 13;
	f.ev[0].probes[4].outcome = NATSONDE_UNSENT;
	f.ev[0].probes[4].fault = NATSONDE_FAULT_DENIED;
	f.ev[0].probes[5].outcome = NATSONDE_LATE;
	f.ev[0].probes[5].arrived = 1;
	f.ev[0].probes[6].response_port = 40001;
	cJSON *root = parse(&f);
	const cJSON *probes = at(root, "probes", NULL);
	assert_text(at(cJSON_GetArrayItem(probes, 0), "outcome", NULL), "silent");
	assert_text(at(cJSON_GetArrayItem(probes, 0), "change", NULL), "both");
	assert_int_equal(at(cJSON_GetArrayItem(probes, 0), "waited_ms", NULL)->valueint, 400);
	assert_true(cJSON_IsNull(at(cJSON_GetArrayItem(probes, 0), "from", NULL)));
	assert_true(cJSON_IsNull(at(cJSON_GetArrayItem(probes, 0), "rtt_ms", NULL)));
	assert_int_equal(at(cJSON_GetArrayItem(probes, 2), "code", NULL)->valueint, 420);
	assert_text(cJSON_GetArrayItem(at(cJSON_GetArrayItem(probes, 2), "refuses", NULL), 0), "response-port");
	assert_keys(at(cJSON_GetArrayItem(probes, 3), "icmp", NULL), "type code after_ms");
	assert_int_equal(at(cJSON_GetArrayItem(probes, 3), "icmp", "code", NULL)->valueint, 13);
	assert_text(at(cJSON_GetArrayItem(probes, 4), "fault", NULL), natsonde_fault_sentence(NATSONDE_FAULT_DENIED));
	assert_text(at(cJSON_GetArrayItem(probes, 5), "outcome", NULL), "late");
	assert_int_equal(at(cJSON_GetArrayItem(probes, 5), "arrived", NULL)->valueint, 1);
	assert_int_equal(at(cJSON_GetArrayItem(probes, 6), "response_port", NULL)->valueint, 40001);
	cJSON_Delete(root);
}

/* No answer over UDP still lets a script read .ipv4.p2p.verdict. */
static void test_a_blocked_family_has_its_findings(void **state)
{
	struct fixture f;

	(void)state;
	fixture_blocked(&f);
	cJSON *root = parse(&f);
	assert_text(at(root, "outcome", NULL), "unreachable");
	assert_non_null(strstr(at(root, "reason", NULL)->valuestring, "UDP is blocked"));
	assert_keys(at(root, "ipv4", NULL), "unavailable reason local interface external end ended_ms nat mapping filtering p2p alg rfc3489");
	assert_text(at(root, "ipv4", "unavailable", NULL), "no-answer");
	assert_text(at(root, "ipv4", "p2p", "verdict", NULL), "blocked");
	assert_int_equal(cJSON_GetArraySize(at(root, "ipv4", "external", NULL)), 0); /* TCP's does not count */
	assert_text(at(cJSON_GetArrayItem(at(root, "probes", NULL), 2), "transport", NULL), "tcp");
	cJSON_Delete(root);
}

static void test_names_without_address_stand_last(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	f.unresolved[0] = (struct natsonde_unresolved){"b\xFC" "cher.example", "there is no such name"};
	f.report.n_unresolved = 1;
	cJSON *root = parse(&f);
	const cJSON *server = cJSON_GetArrayItem(at(root, "servers", NULL), 2);
	assert_int_equal(at(server, "id", NULL)->valueint, 2);
	assert_text(at(server, "name", NULL), "b?cher.example"); /* JSON is UTF-8, whatever the command line was */
	assert_text(at(server, "verdict", NULL), "unresolved");
	assert_text(at(server, "reason", NULL), "there is no such name");
	assert_true(cJSON_IsNull(at(server, "address", NULL)));
	assert_true(cJSON_IsNull(at(server, "family", NULL)));
	cJSON_Delete(root);
}

static void test_the_reason_names_what_is_missing(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	fixture_find(&f, 0, NATSONDE_FILTERING, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_SERVER_CANNOT);
	f.report.outcome = NATSONDE_RUN_INCOMPLETE;
	cJSON *root = parse(&f);
	assert_non_null(strstr(at(root, "reason", NULL)->valuestring, "IPv4 filtering is unknown: no server here can"));
	cJSON_Delete(root);
}

static void assert_no_duplicates(const cJSON *json)
{
	for (const cJSON *a = json->child; a; a = a->next) {
		assert_no_duplicates(a);
		for (const cJSON *b = json->child; b != a; b = b->next)
			if (a->string)
				assert_string_not_equal(a->string, b->string);
	}
}

static void test_no_key_appears_twice(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	fixture_add_ipv6(&f);
	f.report.families[0].is_tunnel = true;
	f.ev[0].fixed_port = f.ev[0].is_truncated = true;
	f.ev[0].servers[1].same_as = f.ev[0].servers[0].addr;
	cJSON *root = parse(&f);
	assert_no_duplicates(root);
	assert_true(cJSON_IsTrue(at(root, "ipv4", "tunnel", NULL)));
	assert_text(at(cJSON_GetArrayItem(at(root, "servers", NULL), 1), "same_as", NULL), "203.0.113.10:3478");
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_are_those_of_schema_1_in_their_order),
		cmocka_unit_test(test_values_at_home),
		cmocka_unit_test(test_every_peer_class_stands_in_one_list),
		cmocka_unit_test(test_ids_count_through_both_families),
		cmocka_unit_test(test_what_was_not_asked_for_is_absent),
		cmocka_unit_test(test_every_outcome_of_a_probe),
		cmocka_unit_test(test_a_blocked_family_has_its_findings),
		cmocka_unit_test(test_names_without_address_stand_last),
		cmocka_unit_test(test_the_reason_names_what_is_missing),
		cmocka_unit_test(test_no_key_appears_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
