/* The command line: one table of options drives parsing, --help, the completions and the check of the man page. */
#ifndef NATSONDE_CLI_OPTIONS_H
#define NATSONDE_CLI_OPTIONS_H

#include <stdio.h>

#include <natsonde/evidence.h>
#include <natsonde/report.h>
#include <natsonde/sim.h>

#include "shared/complaint.h"
#include "expect.h"
#include "shared/target.h"

/* What the user wants to see. */
enum natsonde_request { NATSONDE_RUN, NATSONDE_SHOW_HELP, NATSONDE_SHOW_ALL_HELP, NATSONDE_SHOW_VERSION, NATSONDE_LIST_TESTS };

struct natsonde_command;

/* What the command line says. Strings are the caller's argv. */
struct natsonde_options {
	enum natsonde_request request;
	const struct natsonde_command *command; /* NULL: discover */
	uint32_t given;               /* options that were given, a bit for each row of the table */
	bool ipv4, ipv6;              /* families to report on; both by default */
	bool is_json, is_short, is_verbose, is_jsonl, is_redacted;
	const char *replay, *diff;    /* files with saved reports, "-" for stdin; NULL: none */
	const char *server_file;      /* "-" for stdin; NULL: none */
	const char *interface;        /* NULL: the system decides */
	struct natsonde_addr bind[2]; /* source addresses, IPv4 and IPv6; all zero: the system decides */
	uint16_t local_port;          /* 0: random ports */
	struct natsonde_expectations expectations;
	uint16_t tests;               /* set of NATSONDE_TEST(behaviour); 0 with replay: those of the saved run */
	natsonde_us timeout;          /* bound on the whole run */
	uint16_t max_lifetime_s;      /* lifetime: how long a mapping is given to die */
	uint16_t port_low, port_high; /* ports: local ports to take; 0: any */
	const char *simulate;         /* the spec as given, NULL: the real network */
	struct natsonde_sim_spec sim; /* the same, read */
	struct natsonde_target targets[NATSONDE_SERVERS_MAX];
	unsigned n_targets;           /* 0: the built-in servers */
};

/* What may follow an option, for completions. */
enum natsonde_completion {
	NATSONDE_COMPLETE_NOTHING,
	NATSONDE_COMPLETE_INTERFACE,
	NATSONDE_COMPLETE_TESTS,
	NATSONDE_COMPLETE_EXPECTATION,
	NATSONDE_COMPLETE_FILE,
	NATSONDE_COMPLETE_HELP,
	NATSONDE_COMPLETE_SIMULATION
};

struct natsonde_option {
	char short_name;       /* 0: none */
	const char *long_name; /* NULL: none */
	const char *argument;  /* what to call it, NULL: the option takes none */
	const char *optional;  /* the one word that may follow, NULL: none */
	const char *help;
	/* text is the argument or the optional word, NULL without. False with *complaint filled if it cannot be used. */
	bool (*set)(struct natsonde_options *options, const char *text, struct natsonde_complaint *complaint);
	enum natsonde_completion completion;
	bool is_rare; /* only --help all tells of it */
};

/* Row i of the table, NULL past the last. */
const struct natsonde_option *natsonde_option(unsigned i);

/* Reads the arguments after argv[0], and servers (what NATSONDE_SERVERS holds, NULL if unset) where they name no server.
 * False with *complaint filled: usage error. */
bool natsonde_options_parse(struct natsonde_options *options, int argc, char *const argv[], const char *servers,
			    struct natsonde_complaint *complaint);

/* False with *complaint filled if options were given together that make no sense together. */
bool natsonde_options_combine(const struct natsonde_options *options, struct natsonde_complaint *complaint);

/* --help: one screen of 24 lines and 80 columns. */
void natsonde_options_help(FILE *out);
/* --help all. */
void natsonde_options_help_all(FILE *out);
/* -t help. */
void natsonde_options_list_tests(FILE *out);
/* What a behaviour is, in a few words. */
const char *natsonde_test_about(enum natsonde_behaviour behaviour);

#endif
