/* The command line: what is read from it, what is refused and in which words, and what a run comes to. */
#define _POSIX_C_SOURCE 200809L /* fmemopen */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <natsonde/names.h>

#include "cli/command.h"
#include "shared/number.h"
#include "cli/options.h"
#include "shared/outcome.h"
#include "shared/plan.h"
#include "shared/servers.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WORDS_MAX 16

static struct natsonde_options options;
static struct natsonde_complaint complaint;

/* Parses a command line given as one string, words separated by single spaces; "''" is an empty word. */
static bool parse_with(const char *line, const char *servers)
{
	static char copy[1024];
	char *words[WORDS_MAX] = { NULL };
	char name[] = "natsonde";
	int n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	words[n++] = name;
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
		assert_true(n < WORDS_MAX);
		words[n++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	complaint.text[0] = '\0';
	return natsonde_options_parse(&options, n, words, servers, &complaint);
}

static bool parse(const char *line)
{
	return parse_with(line, NULL);
}

static void test_defaults(void **state)
{
	(void)state;
	assert_true(parse(""));
	assert_true(options.ipv4 && options.ipv6);
	assert_int_equal(options.tests, NATSONDE_TESTS_DEFAULT);
	assert_int_equal(options.timeout, 10 * NATSONDE_S);
	assert_int_equal(options.n_targets, 0);
	assert_int_equal(options.request, NATSONDE_RUN);
	assert_null(options.simulate);
}

static void test_every_way_to_write_an_option(void **state)
{
	static const char *const lines[] = { "-jw5 -4", "-4 -j -w 5", "--json --timeout=5 -4", "-4j --timeout 5", "-4jw5 --" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		assert_true(parse(lines[i]));
		assert_true(options.is_json && options.ipv4 && !options.ipv6);
		assert_int_equal(options.timeout, 5 * NATSONDE_S);
	}
	/* Options may follow servers; after -- nothing is an option. */
	assert_true(parse("stun.example.org -j"));
	assert_true(options.is_json);
	assert_false(parse("-- -j"));
	assert_non_null(strstr(complaint.text, "server '-j'"));
}

static void test_values(void **state)
{
	(void)state;
	assert_true(parse("-w0.5"));
	assert_int_equal(options.timeout, 500 * NATSONDE_MS);
	assert_true(parse("-w 2.25"));
	assert_int_equal(options.timeout, 2250 * NATSONDE_MS);
	assert_true(parse("-t mapping,nat -t p2p"));
	assert_int_equal(options.tests, NATSONDE_TEST(NATSONDE_NAT) | NATSONDE_TEST(NATSONDE_MAPPING) |
					      NATSONDE_TEST(NATSONDE_P2P));
	assert_true(parse("--local-port 65533 -I eth0"));
	assert_int_equal(options.local_port, 65533);
	assert_string_equal(options.interface, "eth0");
	assert_true(parse("--simulate mapping=apdm,seed=7"));
	assert_int_equal(options.sim.mapping, NATSONDE_ADDRESS_AND_PORT_DEPENDENT);
	assert_true(parse("--simulate ''"));
	assert_string_equal(options.simulate, "");
}

/* A source address names the family; one of each names both. */
/* What a test takes is in the bound on the whole run, unless the user says better. */
static void test_further_tests_take_their_time(void **state)
{
	static const struct { const char *line; unsigned seconds; } rows[] = {
		{ "-t nat,alg", 10 }, { "-t tcp", 25 }, { "-t tcp,hairpin", 160 }, { "-t lifetime", 1480 },
		{ "-t lifetime --max-lifetime 20", 240 }, { "--expect lifetime=measured --max-lifetime 20", 240 },
		{ "-t all", 1675 }, { "-t lifetime --max-lifetime 3600", 4200 }, { "-t all -w 60", 60 }, { "check -t tcp a", 10 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(parse(rows[i].line));
		if (options.timeout != rows[i].seconds * NATSONDE_S)
			fail_msg("%s: %lld s", rows[i].line, (long long)(options.timeout / NATSONDE_S));
	}
	assert_true(parse("-t lifetime,all,nat"));
	assert_int_equal(options.tests, NATSONDE_TESTS_ALL);
	assert_int_equal(options.max_lifetime_s, 330);
	assert_true(parse("-t ports --port-range=40000-40999"));
	assert_int_equal(options.port_low, 40000);
	assert_int_equal(options.port_high, 40999);
}

static void test_bind_chooses_the_family(void **state)
{
	(void)state;
	assert_true(parse("-b 192.0.2.1"));
	assert_true(options.ipv4 && !options.ipv6);
	assert_true(parse("-b 2001:db8::1"));
	assert_true(!options.ipv4 && options.ipv6);
	assert_true(parse("-b 2001:db8::1 -b 192.0.2.1"));
	assert_true(options.ipv4 && options.ipv6);
}

static void test_requests(void **state)
{
	(void)state;
	assert_true(parse("-h"));
	assert_int_equal(options.request, NATSONDE_SHOW_HELP);
	assert_true(parse("-V -j -s"));
	assert_int_equal(options.request, NATSONDE_SHOW_VERSION);
	assert_true(parse("-t help"));
	assert_int_equal(options.request, NATSONDE_LIST_TESTS);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(parse((const char *const[]){ "--help all", "--help=all", "-jh all" }[i]));
		assert_int_equal(options.request, NATSONDE_SHOW_ALL_HELP);
	}
	assert_true(parse("-h -4 all"));
	assert_int_equal(options.request, NATSONDE_SHOW_HELP);
}

/* What is expected decides what is asked for, unless -t does; a saved report was asked for something already. */
static void test_what_is_asked_for(void **state)
{
	(void)state;
	assert_true(parse("--expect nat=none --expect=mapping=eim"));
	assert_int_equal(options.tests, NATSONDE_TEST(NATSONDE_NAT) | NATSONDE_TEST(NATSONDE_MAPPING));
	assert_true(parse("--expect nat=none -t nat,filtering"));
	assert_int_equal(options.tests, NATSONDE_TEST(NATSONDE_NAT) | NATSONDE_TEST(NATSONDE_FILTERING));
	assert_true(parse_with("--replay a.json", "stun.example.org"));
	assert_int_equal(options.tests, 0);
	assert_int_equal(options.n_targets, 0);
	assert_true(parse("--replay=- --diff a.json --redact"));
	assert_string_equal(options.replay, "-");
	assert_true(options.is_redacted);
}

/* Each complaint names the input and says what is wrong with it. */
static void test_refused(void **state)
{
	static const struct {
		const char *line, *input, *why;
	} refused[] = {
		{ "--jsno", "--jsno", "unknown option" },
		{ "-x", "-x", "unknown option" },
		{ "-jx", "-x", "'-jx'" },
		{ "--json=1", "--json=1", "takes no value" },
		{ "-w", "-w", "SECONDS" },
		{ "--simulate", "--simulate", "SPEC" },
		{ "-w 0.4", "0.4", "0.5 to 3600" },
		{ "-w 3601", "3601", "0.5 to 3600" },
		{ "-w 5s", "5s", "0.5 to 3600" },
		{ "-w 5.", "5.", "0.5 to 3600" },
		{ "-w -1", "-1", "0.5 to 3600" },
		{ "-w 99999999999", "99999999999", "0.5 to 3600" },
		{ "-t mapping,x", "mapping,x", "filtering" },
		{ "-t mapping,", "mapping,", "help" },
		{ "-t ''", "''", "help" },
		{ "--local-port 0", "0", "1 to 65533" },
		{ "--local-port 65534", "65534", "1 to 65533" },
		{ "-b eth0", "eth0", "address" },
		{ "-b 224.0.0.1", "224.0.0.1", "address" },
		{ "-b ::", "::", "address" },
		{ "-I ''", "''", "interface" },
		{ "-4 -6", "-4 with -6", "only" },
		{ "-j -s", "--json with --short", "one" },
		{ "-s -v", "--short with --verbose", "one line" },
		{ "-4 -b ::1", "-4 with -b", "IPv6" },
		{ "-6 -b 127.0.0.1", "-6 with -b", "IPv4" },
		{ "--simulate mapping=eim -I eth0", "--simulate", "-I" },
		{ "--simulate mapping=eim -b 127.0.0.1", "--simulate", "-b" },
		{ "--simulate maping=eim", "maping", "mapping" },
		{ "--simulate mapping=eif", "eif", "apdm" },
		{ "--help=x", "--help=x", "but all" },
		{ "--expect p2p=opn", "p2p=opn", "too-hard" },
		{ "-t nat --expect p2p=open", "--expect with -t", "not among" },
		{ "--jsonl -j", "--jsonl", "--json" },
		{ "--jsonl -s", "--jsonl", "--short" },
		{ "--jsonl -v", "--jsonl", "--verbose" },
		{ "--jsonl --replay a", "--jsonl", "--replay" },
		{ "--jsonl --diff a", "--diff", "--jsonl" },
		{ "--diff a -j", "--diff", "--json" },
		{ "--replay a -w 10", "--replay", "-w" },
		{ "--replay a x.org", "--replay", "SERVER" },
		{ "--replay - --diff -", "--replay -", "--diff -" },
		{ "--diff ''", "--diff", "file" },
		{ "-t ports --max-lifetime 60", "--max-lifetime without -t lifetime", "add lifetime" },
		{ "--max-lifetime 60", "--max-lifetime", "-t lifetime" },
		{ "-t lifetime --max-lifetime 0", "'0'", "1 to 3600" },
		{ "-t lifetime --max-lifetime 3601", "'3601'", "1 to 3600" },
		{ "-t lifetime --max-lifetime 1.5", "'1.5'", "1 to 3600" },
		{ "--port-range 1-20", "--port-range without -t ports", "--local-port" },
		{ "-t ports --port-range 2-1", "'2-1'", "lowest" },
		{ "-t ports --port-range 0-1", "'0-1'", "lowest" },
		{ "-t ports --port-range 1", "'1'", "lowest" },
		{ "-t ports --port-range 1-65536", "'1-65536'", "lowest" },
		{ "-t ports --port-range 000000001-2", "'000000001-2'", "lowest" },
		{ "--replay a -t lifetime --max-lifetime 60", "--replay", "--max-lifetime" },
		{ "--replay a -t ports --port-range 1-20", "--replay", "--port-range" },
		{ "-t allx", "allx", "or all" },
		{ "-6 192.0.2.1", "192.0.2.1", "IPv4 address" },
		{ "-4 [2001:db8::1]", "2001:db8::1", "IPv6 address" },
		{ "a b c d e f g h i", "'i'", "at most 8" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		if (parse(refused[i].line))
			fail_msg("accepted: %s", refused[i].line);
		if (!strstr(complaint.text, refused[i].input) || !strstr(complaint.text, refused[i].why))
			fail_msg("%s: %s", refused[i].line, complaint.text);
	}
}

static void test_complaints_are_one_line(void **state)
{
	(void)state;
	assert_false(parse("a\nb\033[1m"));
	assert_null(strchr(complaint.text, '\n'));
	assert_null(strchr(complaint.text, '\033'));
}

static void test_servers(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} accepted[] = {
		{ "stun.example.org", "stun.example.org", 3478 },
		{ "stun.example.org.:1", "stun.example.org.", 1 },
		{ "STUN:stun.example.org:19302", "stun.example.org", 19302 },
		{ "stun:192.0.2.1", "192.0.2.1", 3478 },
		{ "192.0.2.1:65535", "192.0.2.1", 65535 },
		{ "[2001:db8::1]", "2001:db8::1", 3478 },
		{ "[2001:db8::1]:19302", "2001:db8::1", 19302 },
		{ "stun:[::1]:3479", "::1", 3479 },
		{ "localhost", "localhost", 3478 },
		{ "my_host", "my_host", 3478 },
		{ "3com", "3com", 3478 },
	};
	struct natsonde_target target;

	(void)state;
	for (size_t i = 0; i < COUNT(accepted); i++) {
		if (!natsonde_target_parse(accepted[i].text, &target, &complaint))
			fail_msg("%s", complaint.text);
		assert_string_equal(target.host, accepted[i].host);
		assert_int_equal(target.port, accepted[i].port);
	}
}

static void test_servers_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} refused[] = {
		{ "", "empty" },
		{ "stun:", "host is missing" },
		{ ":3478", "host is missing" },
		{ "[]:3478", "host is missing" },
		{ "stun://stun.example.org", "no //" },
		{ "stuns:stun.example.org", "stuns: is not supported yet" },
		{ "turns:turn.example.org", "turns: is not supported yet" },
		{ "http://stun.example.org", "no /" },
		{ "stun.example.org:0", "1 to 65535" },
		{ "stun.example.org:70000", "1 to 65535" },
		{ "stun.example.org:abc", "1 to 65535" },
		{ "stun.example.org:", "1 to 65535" },
		{ "stun.example.org:+1", "1 to 65535" },
		{ "stun.example.org:3478?transport=udp", "1 to 65535" },
		{ "2001:db8::1", "brackets" },
		{ "::1", "brackets" },
		{ "[2001:db8::1", "]" },
		{ "[2001:db8::1]3478", ":PORT" },
		{ "[192.0.2.1]", "brackets" },
		{ "[stun.example.org]", "not an IPv6 address" },
		{ "192.0.2", "neither" },
		{ "256.0.0.1", "neither" },
		{ "stun:3478", "neither" },
		{ "stun..example.org", "neither" },
		{ "stun example", "neither" },
		{ "-j", "neither" },
		{ "0.0.0.0", "single host" },
		{ "255.255.255.255", "single host" },
		{ "[ff02::1]:3478", "single host" },
	};
	struct natsonde_target target;

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		if (natsonde_target_parse(refused[i].text, &target, &complaint))
			fail_msg("accepted: %s", refused[i].text);
		if (!strstr(complaint.text, refused[i].why) || !strstr(complaint.text, "SERVER is"))
			fail_msg("%s: %s", refused[i].text, complaint.text);
	}
}

static void test_turn_servers(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
		enum natsonde_transport transport;
	} accepted[] = {
		{ "turn:turn.example.org", "turn.example.org", 3478, NATSONDE_UDP },
		{ "TURN:192.0.2.1:443?transport=tcp", "192.0.2.1", 443, NATSONDE_TCP },
		{ "turn:[2001:db8::1]?Transport=UDP", "2001:db8::1", 3478, NATSONDE_UDP },
	};
	static const char *const refused[] = {
		"turn:", "turn://turn.example.org", "turn:turn.example.org?transport=sctp", "turn:turn.example.org?", "turn:a:0",
		"turn:2001:db8::1", "turn:turn.example.org/",
	};
	struct natsonde_target target;

	(void)state;
	for (size_t i = 0; i < COUNT(accepted); i++) {
		if (!natsonde_target_parse(accepted[i].text, &target, &complaint))
			fail_msg("%s", complaint.text);
		assert_true(target.is_turn);
		assert_string_equal(target.host, accepted[i].host);
		assert_int_equal(target.port, accepted[i].port);
		assert_int_equal(target.transport, accepted[i].transport);
	}
	for (size_t i = 0; i < COUNT(refused); i++) {
		assert_false(natsonde_target_parse(refused[i], &target, &complaint));
		assert_non_null(strstr(complaint.text, "a TURN server is"));
	}
}

/* SRV records are asked for a bare domain, and for nothing else. */
static void test_services_of_servers(void **state)
{
	static const struct {
		const char *text, *first, *second;
	} rows[] = {
		{ "example.org", "_stun-behavior._udp", "_stun._udp" },
		{ "stun:example.org", "_stun-behavior._udp", "_stun._udp" },
		{ "turn:example.org", "_turn._udp", NULL },
		{ "turn:example.org?transport=tcp", "_turn._tcp", NULL },
		{ "example.org:3478", NULL, NULL },
		{ "turn:example.org:3478", NULL, NULL },
		{ "localhost", NULL, NULL },
		{ "192.0.2.1", NULL, NULL },
		{ "[2001:db8::1]", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *const wanted[2] = { rows[i].first, rows[i].second };
		struct natsonde_target target;
		struct natsonde_io_name name;

		assert_true(natsonde_target_parse(rows[i].text, &target, &complaint));
		natsonde_target_name(&target, &name);
		assert_ptr_equal(name.host, target.host);
		assert_int_equal(name.port, 3478);
		for (unsigned s = 0; s < 2; s++) {
			assert_int_equal(name.services[s] != NULL, wanted[s] != NULL);
			if (wanted[s])
				assert_string_equal(name.services[s], wanted[s]);
		}
	}
}

static void test_commands(void **state)
{
	static const struct {
		const char *line, *why;
	} refused[] = {
		{ "check", "name a SERVER" },
		{ "check -s a", "--short" },
		{ "-v check a", "--verbose" },
		{ "check --expect nat=none a", "--expect" },
		{ "turn:turn.example.org", "natsonde check turn:turn.example.org" },
		{ "a turn:turn.example.org", "natsonde check" },
	};

	(void)state;
	assert_true(parse("check a turn:b"));
	assert_string_equal(options.command->name, "check");
	assert_int_equal(options.n_targets, 2);
	assert_string_equal(options.targets[0].host, "a");
	assert_true(options.targets[1].is_turn);
	assert_true(parse("-4 -j -w 3 check -t mapping a"));
	assert_string_equal(options.command->name, "check");
	assert_int_equal(options.tests, NATSONDE_TEST(NATSONDE_MAPPING));
	assert_true(parse("check --simulate server=ok"));
	/* A server may be called like a command: behind another one, behind --, or as a URI. */
	for (size_t i = 0; i < 3; i++) {
		assert_true(parse((const char *const[]){ "a check", "-- check", "stun:check" }[i]));
		assert_null(options.command);
	}
	for (size_t i = 0; i < COUNT(refused); i++) {
		assert_false(parse(refused[i].line));
		if (!strstr(complaint.text, refused[i].why))
			fail_msg("%s: %s", refused[i].line, complaint.text);
	}
}

static char file_path[64];

static void write_file(const char *text)
{
	FILE *file = fopen(file_path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

static bool parse_with_file(const char *line, const char *servers)
{
	char text[128];

	snprintf(text, sizeof(text), "--server-file %s%s%s", file_path, *line ? " " : "", line);
	return parse_with(text, servers);
}

static void test_server_file(void **state)
{
	static const struct {
		const char *text, *why;
	} refused[] = {
		{ "a\n\nb:0\n", "line 3: server 'b:0'" },
		{ "# nothing\n\n", "names no server" },
		{ "", "names no server" },
		{ "a b\n", "line 1: server 'a b'" },
		{ "turn:a\n", "natsonde check turn:a" },
		{ "1\n", "line 1" },
		{ "a\nb\nc\nd\ne\nf\ng\nh\ni\n", "line 9: server 'i' is one too many: at most 8" },
	};

	(void)state;
	snprintf(file_path, sizeof(file_path), "/tmp/natsonde-%ld.servers", (long)getpid());
	write_file("# ours\n\n  one.example.org:19302 \t# with a word\r\n\tstun:two.example.org\n[2001:db8::1]:3479#no blank\nlast");
	assert_true(parse_with_file("", NULL));
	assert_int_equal(options.n_targets, 4);
	assert_string_equal(options.targets[0].host, "one.example.org");
	assert_int_equal(options.targets[0].port, 19302);
	assert_string_equal(options.targets[1].host, "two.example.org");
	assert_int_equal(options.targets[2].port, 3479);
	assert_string_equal(options.targets[3].host, "last");
	/* Arguments and NATSONDE_SERVERS come before it; in a simulation only arguments do. */
	assert_true(parse_with_file("a", NULL));
	assert_int_equal(options.n_targets, 1);
	assert_true(parse_with_file("", "b c"));
	assert_int_equal(options.n_targets, 2);
	assert_true(parse_with_file("--simulate ''", "b c"));
	assert_int_equal(options.n_targets, 4);
	for (size_t i = 0; i < COUNT(refused); i++) {
		write_file(refused[i].text);
		assert_false(parse_with_file("", NULL));
		if (!strstr(complaint.text, refused[i].why) || !strstr(complaint.text, i == 4 ? "" : file_path))
			fail_msg("%s: %s", refused[i].text, complaint.text);
	}
	assert_int_equal(remove(file_path), 0);
	assert_false(parse_with_file("", NULL));
	assert_non_null(strstr(complaint.text, "No such file"));
	assert_false(parse("--server-file /"));
	assert_non_null(strstr(complaint.text, "directory"));
}

static void test_long_lines_of_a_server_file(void **state)
{
	char text[1200] = "#";

	(void)state;
	snprintf(file_path, sizeof(file_path), "/tmp/natsonde-%ld.long", (long)getpid());
	for (size_t len = 500; len < 520; len++) {
		memset(text, 'a', len);
		strcpy(text + len, "\nb\n");
		write_file(text);
		assert_false(parse_with_file("", NULL));
		assert_non_null(strstr(complaint.text, "line 1"));
	}
	assert_int_equal(remove(file_path), 0);
}

static void test_long_host(void **state)
{
	char text[400] = "";
	struct natsonde_target target;

	(void)state;
	memset(text, 'a', 63);
	assert_true(natsonde_target_parse(text, &target, &complaint));
	memset(text, 'a', 64);
	assert_false(natsonde_target_parse(text, &target, &complaint));
	for (size_t i = 1; i < 399; i += 2)
		text[i] = '.';
	for (size_t i = 0; i < 399; i += 2)
		text[i] = 'a';
	assert_false(natsonde_target_parse(text, &target, &complaint));
	text[NATSONDE_TARGET_HOST - 1] = '\0';
	assert_true(natsonde_target_parse(text, &target, &complaint));
}

/* Arguments come first, then NATSONDE_SERVERS, then the built-in list; a simulation has servers of its own. */
static void test_precedence_of_servers(void **state)
{
	(void)state;
	assert_true(parse_with("a", "b c"));
	assert_int_equal(options.n_targets, 1);
	assert_string_equal(options.targets[0].host, "a");
	assert_true(parse_with("", " b:1,[::1]:2 \n stun:d,"));
	assert_int_equal(options.n_targets, 3);
	assert_string_equal(options.targets[0].host, "b");
	assert_string_equal(options.targets[1].host, "::1");
	assert_int_equal(options.targets[1].port, 2);
	assert_string_equal(options.targets[2].host, "d");
	assert_true(parse_with("", " , "));
	assert_int_equal(options.n_targets, 0);
	assert_true(parse_with("--simulate ''", "b:x"));
	assert_int_equal(options.n_targets, 0);
	assert_false(parse_with("", "b:x"));
	assert_non_null(strstr(complaint.text, "NATSONDE_SERVERS"));
	assert_false(parse_with("", "a b c d e f g h i"));
	assert_non_null(strstr(complaint.text, "at most 8"));
}

static void assert_builtin(const struct natsonde_target *target)
{
	struct natsonde_target parsed;

	assert_true(natsonde_target_parse(target->host, &parsed, &complaint));
	assert_int_not_equal(target->port, 0);
	assert_true(target->has_port);
	assert_true(natsonde_servers_is_builtin(target->host));
	assert_string_not_equal(target->host, "stun.sipgate.net");
}

/* All are there, each once, and the third is one that is near everywhere. */
static void test_builtin_servers(void **state)
{
	struct natsonde_target targets[NATSONDE_SERVERS_MAX];
	unsigned first[NATSONDE_SERVERS_MAX] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		uint32_t draws[NATSONDE_BUILTIN_DRAWS];

		for (unsigned d = 0; d < NATSONDE_BUILTIN_DRAWS; d++)
			draws[d] = (i + 1) * 2654435761u * (2 * d + 1) >> 7;
		natsonde_servers_builtin(draws, targets);
		for (unsigned t = 0; t < NATSONDE_SERVERS_MAX; t++) {
			assert_builtin(&targets[t]);
			for (unsigned k = 0; k < t; k++)
				assert_string_not_equal(targets[t].host, targets[k].host);
		}
		assert_true(strstr(targets[2].host, "cloudflare") || strstr(targets[2].host, "google"));
		first[strlen(targets[0].host) % NATSONDE_SERVERS_MAX]++;
	}
	for (unsigned t = 0, kinds = 0; t < NATSONDE_SERVERS_MAX; t++) {
		kinds += first[t] > 0;
		assert_true(first[t] < 400 && (t < NATSONDE_SERVERS_MAX - 1 || kinds >= 4));
	}
}

static struct natsonde_addr address(uint8_t last)
{
	return (struct natsonde_addr){ .family = NATSONDE_IPV4, .port = 3478, .ip = { 203, 0, 113, last } };
}

static struct natsonde_io_name name_with(unsigned n, const uint8_t *last)
{
	struct natsonde_io_name name = { .host = "x", .result = NATSONDE_RESOLVED };

	for (unsigned i = 0; i < n; i++)
		name.addrs[0][i] = address(last[i]);
	name.n[0] = (uint8_t)n;
	return name;
}

/* "LAST of NAME", spares with a star: what a plan holds, as text. */
static void assert_plan_of(const struct natsonde_io_name *names, unsigned n, unsigned wanted, const char *expected)
{
	struct natsonde_plan plan = { .n_servers = 0 };
	char text[256] = "";

	assert_int_equal(natsonde_plan_servers(&plan, NATSONDE_IPV4, names, n, wanted), *expected != '\0');
	for (unsigned i = 0; i < plan.n_servers; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u/%u%s", i ? " " : "", plan.servers[i].addr.ip[3],
			 plan.servers[i].name, plan.servers[i].is_spare ? "*" : "");
	assert_string_equal(text, expected);
}

static void assert_plan(const struct natsonde_io_name *names, unsigned n, const char *expected)
{
	assert_plan_of(names, n, n, expected);
}

static void test_plan(void **state)
{
	static const uint8_t many[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct natsonde_io_name one = name_with(1, (const uint8_t[]){ 9 });
	const struct natsonde_io_name eight = name_with(8, many);
	const struct natsonde_io_name two = name_with(2, (const uint8_t[]){ 1, 9 });
	const struct natsonde_io_name none = name_with(0, NULL);

	(void)state;
	assert_plan((const struct natsonde_io_name[]){ none }, 1, "");
	assert_plan((const struct natsonde_io_name[]){ two, none, one }, 3, "1/0 9/2");
	assert_plan((const struct natsonde_io_name[]){ one, two }, 2, "9/0 1/1");
	/* Nothing twice, and the spares of one name never crowd out another name. */
	assert_plan((const struct natsonde_io_name[]){ one, one }, 2, "9/0");
	assert_plan((const struct natsonde_io_name[]){ eight, one }, 2, "1/0 2/0* 3/0* 4/0* 5/0* 6/0* 7/0* 9/1");
	assert_plan((const struct natsonde_io_name[]){ eight }, 1, "1/0 2/0* 3/0* 4/0* 5/0* 6/0* 7/0* 8/0*");
	/* Names that stand in; a name without an address is none of those that are wanted. */
	assert_plan_of((const struct natsonde_io_name[]){ two, one }, 2, 1, "1/0 9/1*");
	assert_plan_of((const struct natsonde_io_name[]){ none, one, eight }, 3, 1, "9/1 1/2* 2/2* 3/2* 4/2* 5/2* 6/2* 7/2*");
}

/* A family that was probed: what came back, how it ended, and what could be said. */
struct probed {
	enum natsonde_outcome udp, tcp;
	enum natsonde_end end;
	enum natsonde_fault fault;
	enum natsonde_verdict filtering;
};

struct world {
	struct natsonde_probe probes[2][2];
	struct natsonde_evidence evidence[2];
	struct natsonde_family_report families[2];
};

static void put_family(struct world *w, unsigned f, const struct probed *p)
{
	struct natsonde_evidence *ev = &w->evidence[f];
	struct natsonde_family_report *family = &w->families[f];

	w->probes[f][0] = (struct natsonde_probe){ .question = NATSONDE_Q_MAP_A1P1, .outcome = (uint8_t)p->udp };
	w->probes[f][1] = (struct natsonde_probe){ .question = NATSONDE_Q_TCP, .outcome = (uint8_t)p->tcp };
	*ev = (struct natsonde_evidence){
		.probes = w->probes[f], .n_probes = 2, .end = (uint8_t)p->end, .fault = (uint8_t)p->fault
	};
	*family = (struct natsonde_family_report){ .evidence = ev, .unavailable = natsonde_outcome_family(ev) };
	/* With an ICMP error as its answer over TCP, this row says that something else than answers came back over UDP. */
	ev->n_servers = p->tcp == NATSONDE_UNREACHABLE;
	ev->servers[0].noise = p->tcp == NATSONDE_UNREACHABLE;
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		family->verdicts.of[b].verdict = NATSONDE_PRESENT;
	family->verdicts.of[NATSONDE_FILTERING].verdict = (uint8_t)p->filtering;
}

#define GOOD { NATSONDE_ANSWERED, NATSONDE_SILENT, NATSONDE_END_DECIDED, NATSONDE_OK, NATSONDE_PRESENT }
#define HALF { NATSONDE_LATE, NATSONDE_SILENT, NATSONDE_END_DECIDED, NATSONDE_OK, NATSONDE_UNKNOWN }
#define ENDED(outcome, tcp, end) { outcome, tcp, end, NATSONDE_OK, NATSONDE_UNKNOWN }
#define FAULTY(fault) { NATSONDE_UNSENT, NATSONDE_SILENT, NATSONDE_END_FAULT, fault, NATSONDE_UNKNOWN }

/* The table of design section 2: two families in, outcome, reason and exit code out. */
static void test_outcome(void **state)
{
	static const struct probed good = GOOD, half = HALF;
	static const struct probed silent = ENDED(NATSONDE_SILENT, NATSONDE_SILENT, NATSONDE_END_NO_ANSWER);
	static const struct probed too_short = ENDED(NATSONDE_SILENT, NATSONDE_SILENT, NATSONDE_END_TIMEOUT);
	static const struct probed refused = ENDED(NATSONDE_UNREACHABLE, NATSONDE_SILENT, NATSONDE_END_NO_ANSWER);
	static const struct probed tcp_only = ENDED(NATSONDE_SILENT, NATSONDE_ANSWERED, NATSONDE_END_NO_ANSWER);
	static const struct probed garbled = ENDED(NATSONDE_SILENT, NATSONDE_UNREACHABLE, NATSONDE_END_NO_ANSWER);
	static const struct probed stopped = ENDED(NATSONDE_SILENT, NATSONDE_SILENT, NATSONDE_END_INTERRUPTED);
	static const struct probed no_socket = FAULTY(NATSONDE_FAULT_NO_SOCKET), no_route = FAULTY(NATSONDE_FAULT_NO_ROUTE);
	static const struct probed denied = FAULTY(NATSONDE_FAULT_DENIED);
	static const struct {
		const struct probed *ipv4, *ipv6;                /* NULL: not measured, */
		enum natsonde_unavailable why4, why6;            /* because */
		enum natsonde_run_outcome outcome;
		enum natsonde_unreachable unreachable;
		enum natsonde_exit exit_code;
	} rows[] = {
		{ &good, &good, 0, 0, NATSONDE_RUN_COMPLETE, 0, 0 },
		{ &good, &half, 0, 0, NATSONDE_RUN_INCOMPLETE, 0, 4 },
		{ &good, NULL, 0, NATSONDE_NO_ROUTE, NATSONDE_RUN_COMPLETE, 0, 0 },
		{ &good, NULL, 0, NATSONDE_NO_SERVER_ADDRESS, NATSONDE_RUN_COMPLETE, 0, 0 },
		{ &good, NULL, 0, NATSONDE_NOT_ASKED, NATSONDE_RUN_COMPLETE, 0, 0 },
		{ &good, &silent, 0, 0, NATSONDE_RUN_COMPLETE, 0, 0 },
		{ &good, &no_route, 0, 0, NATSONDE_RUN_COMPLETE, 0, 0 },
		{ &silent, &good, 0, 0, NATSONDE_RUN_COMPLETE, 0, 0 },
		{ NULL, &half, NATSONDE_NO_ROUTE, 0, NATSONDE_RUN_INCOMPLETE, 0, 4 },
		{ &silent, &silent, 0, 0, NATSONDE_RUN_UNREACHABLE, NATSONDE_UNREACHABLE_SILENT, 3 },
		{ &too_short, NULL, 0, NATSONDE_NO_ROUTE, NATSONDE_RUN_UNREACHABLE, NATSONDE_UNREACHABLE_SILENT, 3 },
		{ &silent, &refused, 0, 0, NATSONDE_RUN_UNREACHABLE, NATSONDE_UNREACHABLE_REFUSED, 3 },
		{ &tcp_only, &refused, 0, 0, NATSONDE_RUN_UNREACHABLE, NATSONDE_UNREACHABLE_TCP_ONLY, 3 },
		{ &garbled, &tcp_only, 0, 0, NATSONDE_RUN_UNREACHABLE, NATSONDE_UNREACHABLE_GARBLED, 3 },
		{ NULL, &garbled, NATSONDE_NO_ROUTE, 0, NATSONDE_RUN_UNREACHABLE, NATSONDE_UNREACHABLE_GARBLED, 3 },
		{ NULL, NULL, NATSONDE_NO_ROUTE, NATSONDE_NO_ROUTE, NATSONDE_RUN_UNREACHABLE, NATSONDE_UNREACHABLE_NO_ROUTE, 3 },
		{ NULL, NULL, NATSONDE_NO_SERVER_ADDRESS, NATSONDE_NO_ROUTE, NATSONDE_RUN_UNREACHABLE,
		  NATSONDE_UNREACHABLE_NAMES, 3 },
		{ NULL, NULL, NATSONDE_NOT_ASKED, NATSONDE_NO_ROUTE, NATSONDE_RUN_UNREACHABLE, NATSONDE_UNREACHABLE_NO_ROUTE, 3 },
		{ &stopped, &good, 0, 0, NATSONDE_RUN_INTERRUPTED, 0, 4 },
		{ &stopped, &silent, 0, 0, NATSONDE_RUN_INTERRUPTED, 0, 4 },
		{ &no_socket, &good, 0, 0, NATSONDE_RUN_FAILED, 0, 5 },
		{ &good, &denied, 0, 0, NATSONDE_RUN_COMPLETE, 0, 0 },
		{ NULL, &denied, NATSONDE_NO_ROUTE, 0, NATSONDE_RUN_FAILED, 0, 5 },
		{ &no_socket, &stopped, 0, 0, NATSONDE_RUN_FAILED, 0, 5 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world w = { .families = { { .unavailable = rows[i].why4 }, { .unavailable = rows[i].why6 } } };
		struct natsonde_conclusion c;

		if (rows[i].ipv4)
			put_family(&w, 0, rows[i].ipv4);
		if (rows[i].ipv6)
			put_family(&w, 1, rows[i].ipv6);
		c = natsonde_outcome_conclude(w.families, NATSONDE_TESTS_DEFAULT, false);
		if (c.outcome != rows[i].outcome || c.unreachable != rows[i].unreachable || c.exit_code != rows[i].exit_code)
			fail_msg("row %zu: outcome %d, unreachable %d, exit %d", i, (int)c.outcome, (int)c.unreachable,
				 (int)c.exit_code);
	}
}

/* What was not asked for may stay unknown; an interrupt before the first packet is no finding about the network. */
static void test_outcome_of_what_was_asked(void **state)
{
	static const struct probed half = HALF;
	struct world w = { .families = { { .unavailable = NATSONDE_NOT_ASKED }, { .unavailable = NATSONDE_NO_SERVER_ADDRESS } } };

	(void)state;
	assert_int_equal(natsonde_outcome_conclude(w.families, NATSONDE_TESTS_DEFAULT, true).outcome, NATSONDE_RUN_INTERRUPTED);
	put_family(&w, 0, &half);
	assert_int_equal(natsonde_outcome_conclude(w.families, NATSONDE_TEST(NATSONDE_MAPPING), false).exit_code,
			 NATSONDE_EXIT_OK);
	assert_int_equal(natsonde_outcome_conclude(w.families, NATSONDE_TEST(NATSONDE_FILTERING), false).exit_code,
			 NATSONDE_EXIT_INCOMPLETE);
}

/* Help fits one screen, and every behaviour explains itself. */
static void test_help(void **state)
{
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	unsigned lines = 0;

	(void)state;
	assert_non_null(out);
	natsonde_options_help(out);
	fclose(out);
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++)
		assert_true(end - line <= 80);
	assert_true(lines <= 24);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		assert_true(strlen(natsonde_test_about(b)) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_way_to_write_an_option),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_further_tests_take_their_time),
		cmocka_unit_test(test_bind_chooses_the_family),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_what_is_asked_for),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_complaints_are_one_line),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_servers_refused),
		cmocka_unit_test(test_turn_servers),
		cmocka_unit_test(test_services_of_servers),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_server_file),
		cmocka_unit_test(test_long_lines_of_a_server_file),
		cmocka_unit_test(test_long_host),
		cmocka_unit_test(test_precedence_of_servers),
		cmocka_unit_test(test_builtin_servers),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_outcome),
		cmocka_unit_test(test_outcome_of_what_was_asked),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
