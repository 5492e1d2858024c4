/* What the program says about itself, from the same tables that it works by. */
#include <string.h>

#include <natsonde/names.h>

#include "command.h"

#define COLUMN 24 /* where explanations begin */
#define COLUMNS 80
#define DEFAULT_TESTS "Without -t: nat, mapping, filtering, p2p, alg; a second. -t all: all, minutes.\n"

static const char *const about[NATSONDE_BEHAVIOURS] = {
	[NATSONDE_NAT] = "is there a NAT between this host and the servers?",
	[NATSONDE_MAPPING] = "does one socket look the same to every destination?",
	[NATSONDE_FILTERING] = "who may answer through a mapping once it is open?",
	[NATSONDE_P2P] = "with which peers does a direct connection work?",
	[NATSONDE_ALG] = "does something rewrite addresses inside of packets?",
	[NATSONDE_INTERCEPT] = "does something near answer in the servers' place?",
	[NATSONDE_TCP_MAPPING] = "the same as mapping, for TCP",
	[NATSONDE_FRAGMENTS] = "do packets get through that are sent in fragments?",
	[NATSONDE_PORTS] = "which ports are given outside, and can they be foreseen?",
	[NATSONDE_LIFETIME] = "how long does an idle mapping last? Takes minutes",
	[NATSONDE_HAIRPIN] = "do two sockets here reach each other from outside?",
};

const char *natsonde_test_about(enum natsonde_behaviour behaviour)
{
	return (unsigned)behaviour < NATSONDE_BEHAVIOURS ? about[behaviour] : "";
}

static void print_option(const struct natsonde_option *option, FILE *out)
{
	int column = fprintf(out, "  ");

	if (option->short_name)
		column += fprintf(out, "-%c%s", option->short_name, option->long_name ? ", " : "");
	else
		column += fprintf(out, "    ");
	if (option->long_name)
		column += fprintf(out, "--%s", option->long_name);
	if (option->argument)
		column += fprintf(out, " %s", option->argument);
	if (option->optional)
		column += fprintf(out, " [%s]", option->optional);
	fprintf(out, "%*s%s\n", COLUMN > column ? COLUMN - column : 1, "", option->help);
}

static void print_usage(FILE *out)
{
	const struct natsonde_command *command;

	fputs("Usage: natsonde [OPTIONS] [SERVER ...]\n", out);
	for (unsigned i = 0; (command = natsonde_command(i)); i++)
		fprintf(out, "       natsonde %s [OPTIONS] %s  %s\n", command->name, command->arguments, command->help);
	fputs("Tells what the NAT or firewall between this host and the Internet does.\n"
	      "SERVER is HOST[:PORT], [IPV6]:PORT or stun:HOST[:PORT]; several work together.\n"
	      "Without any: those in NATSONDE_SERVERS, else three public ones, run by others.\n\n",
	      out);
}

void natsonde_options_help(FILE *out)
{
	const struct natsonde_option *option;

	print_usage(out);
	for (unsigned i = 0; (option = natsonde_option(i)); i++)
		if (!option->is_rare)
			print_option(option, out);
	fputs("\nExit: 0 all found out, 1 not as expected, 2 wrong usage, 3 no server answered,\n"
	      "      4 something stays unknown, 5 a fault of this host. See natsonde(1).\n",
	      out);
}

/* A list of words filled into lines, the first of them behind a name. */
static void print_words(FILE *out, const char *name, const char *words)
{
	int column = fprintf(out, "  %-*s", COLUMN - 2, name);

	for (const char *word = words; *word;) {
		const size_t len = strcspn(word, ",");
		const bool is_last = word[len] == '\0';

		if (word > words && column + (int)len + 2 > COLUMNS)
			column = fprintf(out, "\n%*s", COLUMN, "") - 1;
		else if (word > words)
			column += fprintf(out, " ");
		column += fprintf(out, "%.*s%s", (int)len, word, is_last ? "" : ",");
		word += is_last ? len : len + 1;
	}
	fputc('\n', out);
}

static void print_verdicts(FILE *out)
{
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		char words[256] = "";

		for (unsigned v = NATSONDE_UNKNOWN + 1; v < NATSONDE_VERDICTS; v++)
			if (natsonde_behaviour_has((enum natsonde_behaviour)b, (enum natsonde_verdict)v)) {
				strncat(words, words[0] ? "," : "", sizeof(words) - strlen(words) - 1);
				strncat(words, natsonde_verdict_short((enum natsonde_behaviour)b, (enum natsonde_verdict)v),
					sizeof(words) - strlen(words) - 1);
			}
		print_words(out, natsonde_behaviour_name((enum natsonde_behaviour)b), words);
	}
}

void natsonde_options_help_all(FILE *out)
{
	const struct natsonde_option *option;
	const char *key, *values;

	print_usage(out);
	for (unsigned i = 0; (option = natsonde_option(i)); i++)
		print_option(option, out);
	fputs("\nTests for -t:\n", out);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		fprintf(out, "  %-*s%s\n", COLUMN - 2, natsonde_behaviour_name((enum natsonde_behaviour)b),
			natsonde_test_about((enum natsonde_behaviour)b));
	fputs(DEFAULT_TESTS "\nVerdicts for --expect; / means any of them, long names are understood, too:\n", out);
	print_verdicts(out);
	fputs("\nKeys for --simulate, the default first:\n", out);
	for (unsigned i = 0; (key = natsonde_sim_key(i, &values)); i++)
		print_words(out, key, values);
	fputs("\nEnvironment:\n"
	      "  NATSONDE_SERVERS      servers to use where none are given\n"
	      "  NO_COLOR              no colour on a terminal either\n"
	      "\nExit codes, the first that holds:\n"
	      "  2  wrong usage: an unknown option, an argument or file that cannot be used\n"
	      "  5  a fault of this host; or the report could not be written\n"
	      "  3  no server answered over UDP\n"
	      "  1  not as expected; with --diff and --replay: a verdict is another one\n"
	      "  4  something asked for stays unknown or is unstable, or an interrupt\n"
	      "  0  everything asked for has a verdict\n",
	      out);
}

void natsonde_options_list_tests(FILE *out)
{
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		fprintf(out, "%-12s %s\n", natsonde_behaviour_name(b), natsonde_test_about(b));
	fputs("\n" DEFAULT_TESTS, out);
}
