/* Writes the completion of one shell from the option table: complete bash|zsh|fish DIRECTORY. */
#include <stdio.h>
#include <string.h>

#include <natsonde/names.h>
#include <natsonde/sim.h>

#include "cli/command.h"

#define GENERATED "generated from the option table by 'make completions'.\n"

static void write_tests(FILE *out, const char *separator)
{
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		fprintf(out, "%s%s", b ? separator : "", natsonde_behaviour_name(b));
}

/* Only lists of words can be completed; "MS" or "1 to 8" stand for a number. */
static bool is_words(const char *values)
{
	return values[strspn(values, "abcdefghijklmnopqrstuvwxyz0123456789-,")] == '\0';
}

/* The values, with other text in place of the commas. */
static void write_values(FILE *out, const char *values, const char *separator)
{
	for (; *values; values++)
		if (*values == ',')
			fputs(separator, out);
		else
			fputc(*values, out);
}

static void write_commands(FILE *out, const char *separator)
{
	const struct natsonde_command *command;

	for (unsigned i = 0; (command = natsonde_command(i)); i++)
		fprintf(out, "%s%s", i ? separator : "", command->name);
}

/* "-I|--interface|--interface=)" */
static void write_bash_pattern(FILE *out, const struct natsonde_option *option)
{
	fputs("\t", out);
	if (option->short_name)
		fprintf(out, "-%c%s", option->short_name, option->long_name ? "|" : "");
	if (option->long_name)
		fprintf(out, "--%s|--%s=", option->long_name, option->long_name);
	fputs(") ", out);
}

static void write_bash_options(FILE *out)
{
	static const char *const commands[] = {
		[NATSONDE_COMPLETE_NOTHING] = "return",
		[NATSONDE_COMPLETE_INTERFACE] = "words=$(ls /sys/class/net 2>/dev/null)",
		[NATSONDE_COMPLETE_TESTS] = "words=${tests#${before:+help }}",
		[NATSONDE_COMPLETE_SIMULATION] = "words=$keys",
		[NATSONDE_COMPLETE_EXPECTATION] = "words=$behaviours",
		[NATSONDE_COMPLETE_FILE] = "compopt -o default; return",
		[NATSONDE_COMPLETE_HELP] = "words=all",
	};
	const struct natsonde_option *option;

	for (unsigned i = 0; (option = natsonde_option(i)); i++)
		if (option->argument || option->optional) {
			write_bash_pattern(out, option);
			fprintf(out, "%s ;;\n", commands[option->completion]);
		}
	fputs("\t*) [[ $cur == -* ]] && words='", out);
	for (unsigned i = 0; (option = natsonde_option(i)); i++) {
		const char *space = i ? " " : "";

		if (option->short_name)
			fprintf(out, "%s-%c", space, option->short_name);
		if (option->long_name)
			fprintf(out, "%s--%s", option->short_name ? " " : space, option->long_name);
	}
	fputs("' ;;\n", out);
}

static void write_bash_keys(FILE *out)
{
	const char *key, *values;

	fputs("\tlocal keys='", out);
	for (unsigned i = 0; (key = natsonde_sim_key(i, &values)); i++)
		fprintf(out, "%s%s=", i ? " " : "", key);
	fputs("'\n\tlocal tests='help all ", out);
	write_tests(out, " ");
	fputs("'\n\tlocal behaviours='", out);
	write_tests(out, "= ");
	fputs("='\n", out);
}

static void write_verdicts(FILE *out, enum natsonde_behaviour b, const char *separator)
{
	const char *between = "";

	for (unsigned v = NATSONDE_UNKNOWN + 1; v < NATSONDE_VERDICTS; v++) {
		if (!natsonde_behaviour_has(b, (enum natsonde_verdict)v))
			continue;
		fprintf(out, "%s%s", between, natsonde_verdict_short(b, (enum natsonde_verdict)v));
		between = separator;
	}
}

/* bash breaks words at "=": "--simulate mapping=eim,filtering=a" is (--simulate mapping = eim,filtering = a). */
static void write_bash(FILE *out)
{
	const char *key, *values;

	fputs("# bash completion for natsonde, " GENERATED "\n_natsonde()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) prev option before='' words=''\n", out);
	write_bash_keys(out);
	fputs("\n\tCOMPREPLY=()\n"
	      "\t[[ $cur == '=' ]] && cur='' at=$COMP_CWORD\n"
	      "\tprev=${COMP_WORDS[at]}\n"
	      "\t[[ $prev == '=' ]] && prev=${COMP_WORDS[at - 1]##*,}=\n"
	      "\t[[ $cur == *,* ]] && before=${cur%,*},\n"
	      "\twhile [[ at -gt 0 && ${COMP_WORDS[at]} != -* ]]; do at=$((at - 1)); done\n"
	      "\toption=${COMP_WORDS[at]}\n"
	      "\t[[ $prev == [a-z]*= && $before ]] && prev=$option\n"
	      "\t[[ $option == --expect && $prev == [a-z]*= ]] && prev=\"expect $prev\"\n"
	      "\t[[ $option == --expect && $cur == */* ]] && before=${cur%/*}/ cur=${cur##*/}\n"
	      "\tcase $prev in\n", out);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		fprintf(out, "\t'expect %s=') words='", natsonde_behaviour_name((enum natsonde_behaviour)b));
		write_verdicts(out, (enum natsonde_behaviour)b, " ");
		fputs("' ;;\n", out);
	}
	for (unsigned i = 0; (key = natsonde_sim_key(i, &values)); i++)
		if (is_words(values)) {
			fprintf(out, "\t%s=) words='", key);
			write_values(out, values, " ");
			fprintf(out, "'%s ;;\n", natsonde_sim_key_is_list(i) ? "; [[ $cur == *+* ]] && before=${cur%+*}+ cur=${cur##*+}" : "");
		}
	fputs("\t[a-z]*=) return ;;\n", out);
	write_bash_options(out);
	fputs("\tesac\n\t[[ ! $words && COMP_CWORD -eq 1 ]] && words='", out);
	write_commands(out, " ");
	fputs("'\n\tmapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$words\" -- \"${cur##*,}\")\n"
	      "\t[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
	      "}\n"
	      "complete -F _natsonde natsonde\n", out);
}

/* Text inside '...' and [...] of a zsh specification. */
static void write_zsh_text(FILE *out, const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fprintf(out, "%s%c", strchr("[]:", *text) ? "\\" : "", *text);
}

static void write_zsh_option(FILE *out, const struct natsonde_option *option)
{
	static const char *const actions[] = {
		[NATSONDE_COMPLETE_NOTHING] = " ",
		[NATSONDE_COMPLETE_INTERFACE] = "_net_interfaces",
		[NATSONDE_COMPLETE_TESTS] = "_natsonde_tests",
		[NATSONDE_COMPLETE_SIMULATION] = "_natsonde_simulation",
		[NATSONDE_COMPLETE_EXPECTATION] = "_natsonde_expectations",
		[NATSONDE_COMPLETE_FILE] = "_files",
	};
	const char *plus = option->argument ? "+" : "", *equals = option->argument ? "=" : "";

	fputs("\t", out);
	if (option->short_name && option->long_name)
		fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", option->short_name, option->long_name, option->short_name, plus,
			option->long_name, equals);
	else if (option->short_name)
		fprintf(out, "'-%c%s[", option->short_name, plus);
	else
		fprintf(out, "'--%s%s[", option->long_name, equals);
	write_zsh_text(out, option->help);
	fputs("]", out);
	if (option->argument)
		fprintf(out, ":%s:%s", option->argument, actions[option->completion]);
	if (option->optional)
		fprintf(out, "::topic:(%s)", option->optional);
	fputs("' \\\n", out);
}

static void write_zsh(FILE *out)
{
	const struct natsonde_option *option;
	const char *key, *values;

	fputs("#compdef natsonde\n# zsh completion for natsonde, " GENERATED "\n_natsonde_tests() {\n"
	      "\tlocal help=; [[ $PREFIX == *,* ]] || help=help\n\t_values -s , test $help all ", out);
	write_tests(out, " ");
	fputs("\n}\n\n_natsonde_simulation() {\n\t_values -s , key", out);
	for (unsigned i = 0; (key = natsonde_sim_key(i, &values)); i++) {
		fprintf(out, " \\\n\t\t'%s:%s:", key, key);
		if (is_words(values)) {
			fputs(natsonde_sim_key_is_list(i) ? " _values -s + value " : "(", out);
			write_values(out, values, " ");
			fputs(natsonde_sim_key_is_list(i) ? "" : ")", out);
		}
		fputs("'", out);
	}
	fputs("\n}\n\n_natsonde_expectations() {\n\t_values -s , behaviour", out);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		const char *name = natsonde_behaviour_name((enum natsonde_behaviour)b);

		fprintf(out, " \\\n\t\t'%s:%s: _values -s / verdict ", name, name);
		write_verdicts(out, (enum natsonde_behaviour)b, " ");
		fputs("'", out);
	}
	fputs("\n}\n\n_natsonde_words() {\n\t_alternative 'commands:command:(", out);
	write_commands(out, " ");
	fputs(")' 'hosts:server:_hosts'\n}\n\n_arguments -s -S \\\n", out);
	for (unsigned i = 0; (option = natsonde_option(i)); i++)
		write_zsh_option(out, option);
	fputs("\t'1:command or server:_natsonde_words' \\\n\t'*:server:_hosts'\n", out);
}

/* "server=ok+late+" is followed by a further value of the same key. */
static void write_fish_simulation(FILE *out)
{
	const char *key, *values;

	fputs("function __natsonde_simulation\n"
	      "\tset -l begun (commandline -t | string replace -r '^--simulate=' '' | string replace -r '.*,' '' | string match -r '.*\\+')\n"
	      "\tswitch \"$begun\"\n", out);
	for (unsigned i = 0; (key = natsonde_sim_key(i, &values)); i++) {
		if (!natsonde_sim_key_is_list(i))
			continue;
		fprintf(out, "\tcase '%s=*'\n\t\tprintf '%%s\\n' $begun{", key);
		write_values(out, values, ",");
		fputs("}\n", out);
	}
	fputs("\tcase '*'\n\t\tprintf '%s\\n'", out);
	for (unsigned i = 0; (key = natsonde_sim_key(i, &values)); i++) {
		fprintf(out, " \\\n\t\t\t%s=", key);
		if (!is_words(values))
			continue;
		fputs("{", out);
		write_values(out, values, ",");
		fputs("}", out);
	}
	fputs("\n\tend\nend\n\n", out);
}

/* "p2p=open/easy/" is followed by a further verdict of the same behaviour. */
static void write_fish_expectations(FILE *out)
{
	fputs("function __natsonde_expectations\n"
	      "\tset -l begun (commandline -t | string replace -r '^--expect=' '' | string replace -r '.*,' '' | string match -r '.*/')\n"
	      "\tswitch \"$begun\"\n", out);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		fprintf(out, "\tcase '%s=*'\n\t\tprintf '%%s\\n' $begun{", natsonde_behaviour_name((enum natsonde_behaviour)b));
		write_verdicts(out, (enum natsonde_behaviour)b, ",");
		fputs("}\n", out);
	}
	fputs("\tcase '*'\n\t\tprintf '%s\\n'", out);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		fprintf(out, " %s={", natsonde_behaviour_name((enum natsonde_behaviour)b));
		write_verdicts(out, (enum natsonde_behaviour)b, ",");
		fputs("}", out);
	}
	fputs("\n\tend\nend\n\n", out);
}

static void write_fish_words(FILE *out)
{
	fputs("function __natsonde_tests\n\tcommandline -t | string match -q '*,*'; or echo help\n\tprintf '%s\\n' all ", out);
	write_tests(out, " ");
	fputs("\nend\n\n", out);
	write_fish_simulation(out);
	write_fish_expectations(out);
}

static void write_fish(FILE *out)
{
	static const char *const words[] = {
		[NATSONDE_COMPLETE_NOTHING] = "",
		[NATSONDE_COMPLETE_INTERFACE] = " -a '(__fish_print_interfaces)'",
		[NATSONDE_COMPLETE_TESTS] = " -a '(__fish_complete_list , __natsonde_tests)'",
		[NATSONDE_COMPLETE_SIMULATION] = " -a '(__fish_complete_list , __natsonde_simulation)'",
		[NATSONDE_COMPLETE_EXPECTATION] = " -a '(__fish_complete_list , __natsonde_expectations)'",
		[NATSONDE_COMPLETE_FILE] = " -F",
		[NATSONDE_COMPLETE_HELP] = "",
	};
	const struct natsonde_command *command;
	const struct natsonde_option *option;

	fputs("# fish completion for natsonde, " GENERATED "\n", out);
	write_fish_words(out);
	fputs("complete -c natsonde -f\n", out);
	for (unsigned i = 0; (command = natsonde_command(i)); i++)
		fprintf(out, "complete -c natsonde -n __fish_use_subcommand -a %s -d \"%s\"\n", command->name, command->help);
	for (unsigned i = 0; (option = natsonde_option(i)); i++) {
		fputs("complete -c natsonde", out);
		if (option->short_name)
			fprintf(out, " -s %c", option->short_name);
		if (option->long_name)
			fprintf(out, " -l %s", option->long_name);
		fprintf(out, "%s%s -d \"%s\"\n",
			!option->argument ? "" : option->completion == NATSONDE_COMPLETE_FILE ? " -r" : " -x",
			words[option->completion], option->help);
		if (option->optional)
			fprintf(out, "complete -c natsonde -n '__fish_seen_argument -s %c -l %s' -a %s\n", option->short_name,
				option->long_name, option->optional);
	}
}

static const struct shell {
	const char *name, *file;
	void (*write)(FILE *out);
} shells[] = {
	{ "bash", "natsonde.bash", write_bash },
	{ "zsh", "_natsonde", write_zsh },
	{ "fish", "natsonde.fish", write_fish },
};

static bool write_file(const struct shell *shell, const char *directory)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", directory, shell->file);
	out = fopen(path, "w");
	if (!out) {
		perror(path);
		return false;
	}
	shell->write(out);
	if (fclose(out) == 0)
		return true;
	perror(path);
	return false;
}

int main(int argc, char *argv[])
{
	for (unsigned i = 0; argc == 3 && i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(argv[1], shells[i].name) == 0)
			return write_file(&shells[i], argv[2]) ? 0 : 1;
	fputs("usage: complete bash|zsh|fish DIRECTORY\n", stderr);
	return 2;
}
