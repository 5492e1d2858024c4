/* Reading argv by the table: POSIX utility conventions (XBD 12.2) and the usual long options, in any order. */
#include <string.h>

#include "command.h"
#include "options.h"
#include "server_file.h"
#include "shared/plan.h"
#include "shared/servers.h"

#define HELP_HINT "natsonde --help lists the options"

/* Where the next argument comes from. */
struct arguments {
	char *const *next, *const *end;
};

static const struct natsonde_option *find_short(char name)
{
	const struct natsonde_option *option;

	for (unsigned i = 0; (option = natsonde_option(i)); i++)
		if (option->short_name == name)
			return option;
	return NULL;
}

static const struct natsonde_option *find_long(const char *name, size_t len)
{
	const struct natsonde_option *option;

	for (unsigned i = 0; (option = natsonde_option(i)); i++)
		if (option->long_name && strlen(option->long_name) == len && memcmp(option->long_name, name, len) == 0)
			return option;
	return NULL;
}

/* The word that may follow, if it does; else NULL. */
static const char *take_optional(const struct natsonde_option *option, struct arguments *args)
{
	if (!option->optional || args->next == args->end || strcmp(*args->next, option->optional) != 0)
		return NULL;
	return *args->next++;
}

static bool apply(struct natsonde_options *o, const struct natsonde_option *option, const char *text,
		  struct natsonde_complaint *complaint)
{
	o->given |= UINT32_C(1) << (option - natsonde_option(0));
	return option->set(o, text, complaint);
}

/* "--name", "--name=value" or "--name value". */
static bool parse_long(struct natsonde_options *o, const char *word, struct arguments *args,
		       struct natsonde_complaint *complaint)
{
	size_t len = strcspn(word + 2, "=");
	const char *value = word[2 + len] ? word + 2 + len + 1 : NULL;
	const struct natsonde_option *option = find_long(word + 2, len);

	if (!option)
		return natsonde_complain(complaint, "unknown option '%s'; " HELP_HINT, word);
	if (value && !option->argument && !(option->optional && strcmp(value, option->optional) == 0))
		return natsonde_complain(complaint, "option '%s': --%s takes no value%s%s", word, option->long_name,
					 option->optional ? " but " : "", option->optional ? option->optional : "");
	if (!value && option->argument) {
		if (args->next == args->end)
			return natsonde_complain(complaint, "option '%s' needs a value: --%s %s", word, option->long_name,
						 option->argument);
		value = *args->next++;
	}
	return apply(o, option, value ? value : take_optional(option, args), complaint);
}

/* "-j", "-4j", "-w5" or "-w 5". */
static bool parse_short(struct natsonde_options *o, const char *word, struct arguments *args,
			struct natsonde_complaint *complaint)
{
	for (const char *c = word + 1; *c; c++) {
		const struct natsonde_option *option = find_short(*c);

		if (!option && c == word + 1)
			return natsonde_complain(complaint, "unknown option '%s'; " HELP_HINT, word);
		if (!option)
			return natsonde_complain(complaint, "unknown option '-%c' in '%s'; " HELP_HINT, *c, word);
		if (option->argument) {
			if (!c[1] && args->next == args->end)
				return natsonde_complain(complaint, "option '-%c' needs a value: -%c %s", *c, *c,
							 option->argument);
			return apply(o, option, c[1] ? c + 1 : *args->next++, complaint);
		}
		if (!apply(o, option, c[1] ? NULL : take_optional(option, args), complaint))
			return false;
	}
	return true;
}

static bool add_server(struct natsonde_options *o, const char *text, struct natsonde_complaint *complaint)
{
	if (o->n_targets == NATSONDE_SERVERS_MAX)
		return natsonde_complain(complaint, "server '%s' is one too many: at most %d are used together", text,
					 NATSONDE_SERVERS_MAX);
	return natsonde_target_parse(text, &o->targets[o->n_targets], complaint) && ++o->n_targets;
}

/* The first word that is no option may be a command; a server of that name is stun:NAME. */
static bool add_word(struct natsonde_options *o, const char *word, struct natsonde_complaint *complaint)
{
	if (!o->command && !o->n_targets)
		o->command = natsonde_command_find(word);
	else
		return add_server(o, word, complaint);
	return o->command || add_server(o, word, complaint);
}

static bool parse_words(struct natsonde_options *o, struct arguments args, struct natsonde_complaint *complaint)
{
	bool is_options_end = false;

	while (args.next < args.end) {
		const char *word = *args.next++;
		bool ok;

		if (is_options_end)
			ok = add_server(o, word, complaint);
		else if (word[0] != '-' || !word[1])
			ok = add_word(o, word, complaint);
		else if (word[1] != '-')
			ok = parse_short(o, word, &args, complaint);
		else if (word[2])
			ok = parse_long(o, word, &args, complaint);
		else
			ok = is_options_end = true;
		/* --help wins over whatever stands behind it. */
		if (!ok || o->request != NATSONDE_RUN)
			return ok;
	}
	return true;
}

/* The first of these that names any: arguments, NATSONDE_SERVERS, --server-file. A simulated network has its own servers; the
 * user's list is of the real one. */
static bool choose_servers(struct natsonde_options *o, const char *servers, struct natsonde_complaint *complaint)
{
	if (o->n_targets || o->replay)
		return true;
	if (!o->simulate && servers && !natsonde_servers_parse(servers, o->targets, &o->n_targets, complaint))
		return false;
	return o->n_targets || !o->server_file || natsonde_server_file_read(o->server_file, o->targets, &o->n_targets, complaint);
}

/* Numeric servers that an explicit -4 or -6 rules out. */
static bool check_servers(const struct natsonde_options *o, struct natsonde_complaint *complaint)
{
	for (unsigned i = 0; i < o->n_targets; i++) {
		if (o->targets[i].family == NATSONDE_IPV4 && !o->ipv4)
			return natsonde_complain(complaint, "server '%s' is an IPv4 address, and only IPv6 is asked for",
						 o->targets[i].host);
		if (o->targets[i].family == NATSONDE_IPV6 && !o->ipv6)
			return natsonde_complain(complaint, "server '%s' is an IPv6 address, and only IPv4 is asked for",
						 o->targets[i].host);
	}
	return true;
}

/* Without -4 and -6 both families are asked for; with source addresses, only those that have one. */
static void choose_families(struct natsonde_options *o)
{
	bool is_bound = o->bind[0].family || o->bind[1].family;

	if (o->ipv4 || o->ipv6)
		return;
	o->ipv4 = !is_bound || o->bind[0].family;
	o->ipv6 = !is_bound || o->bind[1].family;
}

bool natsonde_options_parse(struct natsonde_options *o, int argc, char *const argv[], const char *servers,
			    struct natsonde_complaint *complaint)
{
	struct arguments args = { argv + 1, argv + argc };

	*o = (struct natsonde_options){ .request = NATSONDE_RUN };
	if (!parse_words(o, args, complaint))
		return false;
	if (o->request != NATSONDE_RUN)
		return true;
	if (!natsonde_options_combine(o, complaint))
		return false;
	choose_families(o);
	/* Whoever expects something need not wait for the rest. */
	if (!o->tests)
		o->tests = natsonde_expect_tests(&o->expectations);
	if (!o->tests && !o->replay)
		o->tests = NATSONDE_TESTS_DEFAULT;
	if (!o->max_lifetime_s)
		o->max_lifetime_s = NATSONDE_PLAN_LIFETIME_S;
	/* A command has no tests of its own that take long. */
	if (!o->timeout)
		o->timeout = natsonde_plan_timeout(o->command ? 0 : o->tests, o->max_lifetime_s);
	return choose_servers(o, servers, complaint) && natsonde_command_accepts(o, complaint) && check_servers(o, complaint);
}
