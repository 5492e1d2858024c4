#include "options.h"

#include <string.h>

#include <natsonde/names.h>

#include "shared/number.h"

#define TIMEOUT_MIN (NATSONDE_S / 2)
#define TIMEOUT_MAX (3600 * NATSONDE_S)
#define LIFETIME_MAX_S 3600
#define PORTS_MIN 16u /* as many sockets as -t ports wants */
/* The sockets take the port itself and the two after it. */
#define LOCAL_PORT_MAX (UINT16_MAX - 2)

static bool set_ipv4(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	(void)text, (void)complaint;
	o->ipv4 = true;
	return true;
}

static bool set_ipv6(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	(void)text, (void)complaint;
	o->ipv6 = true;
	return true;
}

static bool set_json(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	(void)text, (void)complaint;
	o->is_json = true;
	return true;
}

static bool set_short(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	(void)text, (void)complaint;
	o->is_short = true;
	return true;
}

static bool set_verbose(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	(void)text, (void)complaint;
	o->is_verbose = true;
	return true;
}

static bool set_jsonl(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	(void)text, (void)complaint;
	o->is_jsonl = true;
	return true;
}

static bool set_redact(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	(void)text, (void)complaint;
	o->is_redacted = true;
	return true;
}

static bool set_expect(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	return natsonde_expect_parse(text, &o->expectations, complaint);
}

static bool set_replay(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	if (!*text)
		return natsonde_complain(complaint, "--replay '': give a file, or - for the standard input");
	o->replay = text;
	return true;
}

static bool set_diff(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	if (!*text)
		return natsonde_complain(complaint, "--diff '': give a file, or - for the standard input");
	o->diff = text;
	return true;
}

static bool set_interface(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	if (!*text)
		return natsonde_complain(complaint, "-I '': give the name of an interface of this host, such as eth0");
	o->interface = text;
	return true;
}

static bool set_bind(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	struct natsonde_addr addr;

	if (!natsonde_addr_parse_ip(text, &addr) || natsonde_addr_is_not_unicast(&addr))
		return natsonde_complain(complaint, "-b '%s': give an IP address of this host, without port or brackets", text);
	o->bind[addr.family == NATSONDE_IPV6] = addr;
	return true;
}

static bool set_local_port(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	unsigned port;

	if (!natsonde_number_parse(text, 1, LOCAL_PORT_MAX, &port))
		return natsonde_complain(complaint, "--local-port '%s': give a number from 1 to %u (the next two are used, too)",
					 text, (unsigned)LOCAL_PORT_MAX);
	o->local_port = (uint16_t)port;
	return true;
}

static bool set_timeout(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	if (!natsonde_seconds_parse(text, TIMEOUT_MIN, TIMEOUT_MAX, &o->timeout))
		return natsonde_complain(complaint, "-w '%s': give seconds from 0.5 to 3600", text);
	return true;
}

static bool set_max_lifetime(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	unsigned seconds;

	if (!natsonde_number_parse(text, 1, LIFETIME_MAX_S, &seconds))
		return natsonde_complain(complaint, "--max-lifetime '%s': give whole seconds from 1 to %u", text, (unsigned)LIFETIME_MAX_S);
	o->max_lifetime_s = (uint16_t)seconds;
	return true;
}

static bool set_port_range(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	const char *dash = strchr(text, '-');
	char first[8] = "";
	unsigned low = 0, high = 0;

	if (dash && (size_t)(dash - text) < sizeof(first))
		memcpy(first, text, (size_t)(dash - text));
	if (!dash || !natsonde_number_parse(first, 1, UINT16_MAX, &low) || !natsonde_number_parse(dash + 1, low, UINT16_MAX, &high) ||
	    high - low + 1 < PORTS_MIN)
		return natsonde_complain(complaint, "--port-range '%s': give the lowest and the highest port, %u ports or more, such as "
					 "40000-40999", text, PORTS_MIN);
	o->port_low = (uint16_t)low;
	o->port_high = (uint16_t)high;
	return true;
}

static bool complain_about_tests(const char *text, struct natsonde_complaint *complaint)
{
	char names[256] = "";

	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		strncat(names, b ? ", " : "", sizeof(names) - strlen(names) - 1);
		strncat(names, natsonde_behaviour_name(b), sizeof(names) - strlen(names) - 1);
	}
	return natsonde_complain(complaint, "-t '%s': give a list of tests: %s; or all, or help", text, names);
}

/* A behaviour, or all of them, as a set. */
static bool find_tests(const char *name, size_t len, uint16_t *tests)
{
	*tests = NATSONDE_TESTS_ALL;
	if (len == 3 && memcmp(name, "all", len) == 0)
		return true;
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		const char *known = natsonde_behaviour_name(b);

		if (strlen(known) == len && memcmp(known, name, len) == 0) {
			*tests = (uint16_t)NATSONDE_TEST(b);
			return true;
		}
	}
	return false;
}

static bool set_tests(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	uint16_t tests;

	if (strcmp(text, "help") == 0) {
		o->request = NATSONDE_LIST_TESTS;
		return true;
	}
	for (const char *name = text;; name++) {
		size_t len = strcspn(name, ",");

		if (!find_tests(name, len, &tests))
			return complain_about_tests(text, complaint);
		o->tests |= tests;
		name += len;
		if (!*name)
			return true;
	}
}

static bool set_server_file(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	if (!*text)
		return natsonde_complain(complaint, "--server-file '': give a file, or - for the standard input");
	o->server_file = text;
	return true;
}

static bool set_simulation(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	struct natsonde_sim_complaint wrong;

	if (!natsonde_sim_parse(text, &o->sim, &wrong))
		return natsonde_complain(complaint, "--simulate: %s '%.*s'%s%s; accepted: %s", wrong.what, (int)wrong.len,
					 wrong.at, wrong.key ? " for " : "", wrong.key ? wrong.key : "", wrong.accepted);
	o->simulate = text;
	return true;
}

static bool set_version(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	(void)text, (void)complaint;
	o->request = NATSONDE_SHOW_VERSION;
	return true;
}

static bool set_help(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	(void)complaint;
	o->request = text ? NATSONDE_SHOW_ALL_HELP : NATSONDE_SHOW_HELP;
	return true;
}

/* What a first screen of help need not tell. */
#define RARE true

static const struct natsonde_option table[] = {
	{ '4', NULL, NULL, NULL, "IPv4 only", set_ipv4, 0, false },
	{ '6', NULL, NULL, NULL, "IPv6 only (default: both, side by side)", set_ipv6, 0, false },
	{ 'j', "json", NULL, NULL, "JSON report", set_json, 0, false },
	{ 's', "short", NULL, NULL, "one line for each family", set_short, 0, false },
	{ 0, "jsonl", NULL, NULL, "JSON, one event a line, while it runs", set_jsonl, 0, RARE },
	{ 'v', "verbose", NULL, NULL, "list every probe in the text report", set_verbose, 0, false },
	{ 0, "redact", NULL, NULL, "mask addresses and names: a report to show around", set_redact, 0, false },
	{ 'I', "interface", "NAME", NULL, "send from this interface", set_interface, NATSONDE_COMPLETE_INTERFACE, false },
	{ 'b', "bind", "ADDR", NULL, "send from this address", set_bind, 0, RARE },
	{ 0, "local-port", "PORT", NULL, "send from PORT, PORT+1 and PORT+2, not random ones", set_local_port, 0, RARE },
	{ 't', "tests", "LIST", NULL, "what to find out; -t help lists the tests", set_tests, NATSONDE_COMPLETE_TESTS, false },
	{ 0, "max-lifetime", "SECONDS", NULL, "how long -t lifetime tries, 1 to 3600 (330)", set_max_lifetime, 0, RARE },
	{ 0, "port-range", "LOW-HIGH", NULL, "local ports that -t ports takes", set_port_range, 0, RARE },
	{ 0, "expect", "EXPR", NULL, "fail unless so: mapping=eim, p2p=open/easy,nat=none", set_expect,
	  NATSONDE_COMPLETE_EXPECTATION, false },
	{ 0, "diff", "FILE", NULL, "what has changed since this JSON report", set_diff, NATSONDE_COMPLETE_FILE, false },
	{ 0, "replay", "FILE", NULL, "judge a saved JSON report again, send nothing", set_replay, NATSONDE_COMPLETE_FILE, RARE },
	{ 0, "server-file", "FILE", NULL, "servers, one a line, where none are named", set_server_file, NATSONDE_COMPLETE_FILE, RARE },
	{ 'w', "timeout", "SECONDS", NULL, "bound on the whole run, 0.5 to 3600 (10)", set_timeout, 0, false },
	{ 0, "simulate", "SPEC", NULL, "use a simulated network: key=value,...", set_simulation, NATSONDE_COMPLETE_SIMULATION,
	  false },
	{ 'V', "version", NULL, NULL, "print the version", set_version, 0, false },
	{ 'h', "help", NULL, "all", "print this help; --help all tells everything", set_help, NATSONDE_COMPLETE_HELP, false },
};

#define N_OPTIONS (sizeof(table) / sizeof(table[0]))
_Static_assert(N_OPTIONS <= 32, "natsonde_options.given has one bit a row");

const struct natsonde_option *natsonde_option(unsigned i)
{
	return i < N_OPTIONS ? &table[i] : NULL;
}
