#include "spare.h"

#include "silence.h"
#include "vet.h"

/* Whether some address of that name is still worth waiting for. */
static bool name_has_hope(const struct natsonde_engine *e, uint8_t name, struct natsonde_tally *t)
{
	for (unsigned s = 0; s < e->ev.n_servers; s++) {
		const struct natsonde_row *plain;

		if (e->ev.servers[s].name != name)
			continue;
		natsonde_tally(&e->ev, s, t);
		plain = &t->row[NATSONDE_Q_MAP_A1P1];
		if (plain->sent + plain->unsent == 0)
			return true;
		if (!natsonde_vet_is_given_up(&e->ev, t) && !natsonde_is_hopeless(plain, t) &&
		    (t->endpoint_is_alive[NATSONDE_A1P1] || e->ev.now_us < plain->first_us + 2 * t->wait_us))
			return true;
	}
	return false;
}

/* Whether one of the first servers is of that name. */
static bool has_name(const struct natsonde_engine *e, uint8_t name, unsigned before)
{
	for (unsigned s = 0; s < before; s++)
		if (e->ev.servers[s].name == name)
			return true;
	return false;
}

/* A name's further addresses take part only when those before them have failed, and a name that is a spare only when another
 * name has. */
bool natsonde_spare_is_needed(const struct natsonde_engine *e, unsigned which, struct natsonde_tally *scratch)
{
	unsigned wanted = 0, hopeful = 0;

	if (!e->plan.servers[which].is_spare)
		return true;
	if (has_name(e, e->plan.servers[which].name, e->ev.n_servers))
		return !name_has_hope(e, e->plan.servers[which].name, scratch);
	for (unsigned i = 0; i < e->plan.n_servers; i++)
		wanted += !e->plan.servers[i].is_spare;
	for (unsigned s = 0; s < e->ev.n_servers; s++)
		hopeful += !has_name(e, e->ev.servers[s].name, s) && name_has_hope(e, e->ev.servers[s].name, scratch);
	return hopeful < wanted;
}
