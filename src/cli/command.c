#include "command.h"

#include <string.h>

#include "check.h"

static const struct natsonde_command table[] = {
	{ "check", "SERVER ...", "what can these servers be used for?",
	  "4 6 json interface bind tests server-file timeout simulate version help", true, true, natsonde_check },
};

#define N_COMMANDS (sizeof(table) / sizeof(table[0]))

const struct natsonde_command *natsonde_command(unsigned i)
{
	return i < N_COMMANDS ? &table[i] : NULL;
}

const struct natsonde_command *natsonde_command_find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static bool takes(const struct natsonde_command *command, const struct natsonde_option *option)
{
	const char letter[2] = { option->short_name, '\0' }, *name = option->long_name ? option->long_name : letter;
	const size_t len = strlen(name);

	for (const char *word = command->options; *word; word += strspn(word, " ")) {
		const size_t n = strcspn(word, " ");

		if (n == len && memcmp(word, name, len) == 0)
			return true;
		word += n;
	}
	return false;
}

/* "-4" or "--json". */
static void spell(const struct natsonde_option *option, char out[80])
{
	if (option->long_name)
		snprintf(out, 80, "--%s", option->long_name);
	else
		snprintf(out, 80, "-%c", option->short_name);
}

static bool complain_about_option(const struct natsonde_command *command, const struct natsonde_option *unwanted,
				  struct natsonde_complaint *complaint)
{
	const struct natsonde_option *option;
	char accepted[256] = "", name[80];

	for (unsigned i = 0; (option = natsonde_option(i)); i++) {
		const size_t len = strlen(accepted);

		spell(option, name);
		if (takes(command, option))
			snprintf(accepted + len, sizeof(accepted) - len, "%s%s", len ? ", " : "", name);
	}
	spell(unwanted, name);
	return natsonde_complain(complaint, "%s with %s: it tells of servers, not of this network; options of %s: %s", command->name, name,
				 command->name, accepted);
}

static bool complain_about_turn(const struct natsonde_target *target, struct natsonde_complaint *complaint)
{
	return natsonde_complain(complaint, "server 'turn:%s': a TURN server tells nothing of a NAT; natsonde check turn:%s tells "
				 "whether it is there", target->host, target->host);
}

bool natsonde_command_accepts(const struct natsonde_options *o, struct natsonde_complaint *complaint)
{
	const struct natsonde_option *option;

	for (unsigned i = 0; o->command && (option = natsonde_option(i)); i++)
		if ((o->given >> i & 1) && !takes(o->command, option))
			return complain_about_option(o->command, option, complaint);
	for (unsigned i = 0; i < o->n_targets; i++)
		if (o->targets[i].is_turn && !(o->command && o->command->takes_turn))
			return complain_about_turn(&o->targets[i], complaint);
	if (o->command && o->command->needs_server && !o->n_targets && !o->simulate)
		return natsonde_complain(complaint, "%s: name a SERVER to %s, or a --server-file", o->command->name, o->command->name);
	return true;
}
