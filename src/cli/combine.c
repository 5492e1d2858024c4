/* Which options make no sense together, and why. */
#include <stddef.h>
#include <string.h>

#include "options.h"

/* The first option of those that ask for a live run, NULL without any. */
static const char *live_option(const struct natsonde_options *o)
{
	const struct { bool is_given; const char *name; } live[] = {
		{ o->ipv4, "-4" }, { o->ipv6, "-6" }, { o->interface, "-I" }, { o->bind[0].family || o->bind[1].family, "-b" },
		{ o->local_port, "--local-port" }, { o->max_lifetime_s, "--max-lifetime" }, { o->port_low, "--port-range" }, { o->server_file, "--server-file" }, { o->timeout, "-w" }, { o->simulate, "--simulate" },
	};

	for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++)
		if (live[i].is_given)
			return live[i].name;
	return NULL;
}

static const char *form_of(const struct natsonde_options *o)
{
	return o->is_json ? "--json" : o->is_short ? "--short" : o->is_jsonl ? "--jsonl" : o->is_verbose ? "--verbose" : NULL;
}

static const char *why_not(const struct natsonde_options *o)
{
	const bool is_bound = o->bind[0].family || o->bind[1].family;
	const bool both_from_stdin = o->replay && o->diff && o->replay[0] == '-' && !o->replay[1] && o->diff[0] == '-' && !o->diff[1];
	const struct { bool is_given; const char *why; } rows[] = {
		{ o->ipv4 && o->ipv6, "-4 with -6: each means only that family; give neither to have both" },
		{ o->is_json && o->is_short, "--json with --short: one report has one form; give one of them" },
		{ o->is_jsonl && o->is_json, "--jsonl with --json: the one tells while it runs, the other in the end; give one of them" },
		{ o->is_jsonl && o->is_short, "--jsonl with --short: one report has one form; give one of them" },
		{ o->is_json && o->is_verbose, "--json with --verbose: it lists every probe anyway; give one of them" },
		{ o->is_jsonl && o->is_verbose, "--jsonl with --verbose: it lists every probe anyway; give one of them" },
		{ o->is_jsonl && o->is_redacted, "--jsonl with --redact: a mask must not be an address that is yet to come, and no event "
						 "waits for that; --json --redact gives the report" },
		{ o->is_short && o->is_verbose, "--short with --verbose: one line has no room for probes; give one of them" },
		{ o->is_jsonl && o->replay, "--jsonl with --replay: nothing runs that could be told of; --json gives the report" },
		{ o->simulate && (o->interface || is_bound),
		  "--simulate with -I or -b: no packet leaves this host; give one of them" },
		{ o->ipv4 && o->bind[1].family, "-4 with -b: the address to bind is an IPv6 one; give an IPv4 address or -6" },
		{ o->ipv6 && o->bind[0].family, "-6 with -b: the address to bind is an IPv4 one; give an IPv6 address or -4" },
		{ both_from_stdin, "--replay - with --diff -: the standard input can be read only once; give a file to one of them" },
		{ o->server_file && o->diff && strcmp(o->server_file, "-") == 0 && strcmp(o->diff, "-") == 0,
		  "--server-file - with --diff -: the standard input can be read only once; give a file to one of them" },
		{ o->replay && o->n_targets, "--replay with SERVER: the servers are those of the saved report; give one of them" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].is_given)
			return rows[i].why;
	return NULL;
}

bool natsonde_options_combine(const struct natsonde_options *o, struct natsonde_complaint *complaint)
{
	const char *why = why_not(o), *live = live_option(o), *form = form_of(o);
	const uint16_t expected = natsonde_expect_tests(&o->expectations), tests = o->tests ? o->tests : expected;

	if (why)
		return natsonde_complain(complaint, "%s", why);
	if (o->replay && live)
		return natsonde_complain(complaint, "--replay with %s: the run was made already, nothing is sent; give one of them", live);
	if (o->diff && form)
		return natsonde_complain(complaint, "--diff with %s: it tells only what has changed, in plain words; give one of them",
					 form);
	if (o->max_lifetime_s && !(tests & NATSONDE_TEST(NATSONDE_LIFETIME)))
		return natsonde_complain(complaint, "--max-lifetime without -t lifetime: nothing else waits so long; add lifetime to the tests");
	if (o->port_low && !(tests & NATSONDE_TEST(NATSONDE_PORTS)))
		return natsonde_complain(complaint, "--port-range without -t ports: the other tests take any port; add ports to the tests, or "
					 "give --local-port");
	if (o->tests && (expected & ~o->tests))
		return natsonde_complain(complaint, "--expect with -t: what is expected is not among the tests; add it there, or "
					 "leave -t out");
	return true;
}
