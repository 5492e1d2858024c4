/* The tests that have packets of their own, beside those of mapping and filtering. They are put one after the other, in the order of
 * the table, once mapping and filtering are final: none can open a door for another, and nothing that they do is taken for evidence
 * about mapping and filtering. Hairpinning comes last: some NATs take it for an attack. */
#include <natsonde/engine.h>

#include <limits.h>

#include "behaviour/behaviour.h"

#define NEEDS_MAPPING(behaviour) (NATSONDE_TEST(behaviour) | NATSONDE_TEST(NATSONDE_MAPPING))

static const struct natsonde_behaviour_row rows[NATSONDE_BEHAVIOURS] = {
	[NATSONDE_INTERCEPT] = {natsonde_intercept_ask, natsonde_intercept_judge, NEEDS_MAPPING(NATSONDE_INTERCEPT)},
	[NATSONDE_TCP_MAPPING] = {natsonde_tcp_ask, natsonde_tcp_judge, NEEDS_MAPPING(NATSONDE_TCP_MAPPING)},
	[NATSONDE_FRAGMENTS] = {natsonde_fragments_ask, natsonde_fragments_judge, NEEDS_MAPPING(NATSONDE_FRAGMENTS)},
	[NATSONDE_PORTS] = {natsonde_ports_ask, natsonde_ports_judge, NEEDS_MAPPING(NATSONDE_PORTS)},
	[NATSONDE_LIFETIME] = {natsonde_lifetime_ask, natsonde_lifetime_judge, NEEDS_MAPPING(NATSONDE_LIFETIME)},
	[NATSONDE_HAIRPIN] = {natsonde_hairpin_ask, natsonde_hairpin_judge, NEEDS_MAPPING(NATSONDE_HAIRPIN)},
};

static uint16_t needs(unsigned behaviour)
{
	return rows[behaviour].needs;
}

static void ask(struct natsonde_want *w)
{
	for (unsigned b = NATSONDE_BEHAVIOURS_FIRST; b < NATSONDE_BEHAVIOURS; b++) {
		if ((w->plan->tests & NATSONDE_TEST(b)) != 0 && rows[b].ask != NULL)
			rows[b].ask(w);
		if (w->when_us != NATSONDE_NOT_YET_US || w->wake_us != NATSONDE_NOT_YET_US)
			return;
	}
}

static unsigned count_open(const struct natsonde_engine *e)
{
	unsigned n = 0;

	for (unsigned slot = 0; slot < NATSONDE_ENGINE_SLOTS; slot++)
		n += e->slots[slot].is_open;
	return n;
}

/* The test that a kind of sockets belongs to. */
static const uint8_t test_of[NATSONDE_SOCKETS] = {
	[NATSONDE_SOCKET_RUNG] = NATSONDE_LIFETIME, [NATSONDE_SOCKET_ASKER] = NATSONDE_LIFETIME,
	[NATSONDE_SOCKET_PEER] = NATSONDE_HAIRPIN, [NATSONDE_SOCKET_SAMPLE] = NATSONDE_PORTS,
	[NATSONDE_SOCKET_STREAM] = NATSONDE_TCP_MAPPING, [NATSONDE_SOCKET_LARGE] = NATSONDE_FRAGMENTS,
	[NATSONDE_SOCKET_BAIT] = NATSONDE_INTERCEPT,
};

/* How dear a socket is, where there is no room for another one: those of tests that are over go first; then of the same kind the one
 * that was opened first. */
static unsigned price(const struct natsonde_slot *s, unsigned kind)
{
	if (!s->is_open)
		return UINT_MAX;
	if (s->kind < NATSONDE_SOCKETS_FIRST || test_of[s->kind] != test_of[kind])
		return s->number;
	return s->number + (s->kind == kind ? 0x100u : 0x200u);
}

static unsigned cheapest(const struct natsonde_engine *e, unsigned kind)
{
	unsigned best = 0;

	for (unsigned slot = 1; slot < NATSONDE_ENGINE_SLOTS; slot++)
		if (price(&e->slots[slot], kind) < price(&e->slots[best], kind))
			best = slot;
	return best;
}

static unsigned slot_for(const struct natsonde_engine *e, unsigned kind, unsigned attempt)
{
	for (unsigned slot = 0; slot < NATSONDE_ENGINE_SLOTS; slot++)
		if (e->slots[slot].is_open && e->slots[slot].kind == kind && e->slots[slot].attempt == attempt)
			return slot;
	for (unsigned slot = NATSONDE_ENGINE_SLOTS; slot-- > 0 && count_open(e) < e->plan.max_sockets;)
		if (!e->slots[slot].is_open)
			return slot;
	return cheapest(e, kind);
}

struct natsonde_addr natsonde_evidence_nobody(const struct natsonde_evidence *ev, unsigned server)
{
	static const struct natsonde_addr nobody[2] = {
		{.family = NATSONDE_IPV4, .ip = {198, 51, 100, 254}}, {.family = NATSONDE_IPV6, .ip = {1, [15] = 0xfe}}
	};
	struct natsonde_addr addr = nobody[ev->family == NATSONDE_IPV6];

	addr.port = natsonde_evidence_addr(ev, ev->servers[server].addr)->port;
	return addr;
}

const struct natsonde_further natsonde_further_tests = {
	.ask = ask,
	.needs = needs,
	.slot = slot_for,
	.nobody = natsonde_evidence_nobody,
	.enlarge = natsonde_fragments_enlarge,
};

void natsonde_judge_all(const struct natsonde_evidence *ev, struct natsonde_verdicts *verdicts)
{
	natsonde_judge(ev, verdicts);
	for (unsigned b = NATSONDE_BEHAVIOURS_FIRST; b < NATSONDE_BEHAVIOURS; b++)
		if (rows[b].judge != NULL)
			natsonde_judge_row(ev, &rows[b], b, verdicts);
}
