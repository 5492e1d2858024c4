/* Inside ports come in pairs n (even) and n + 1 at random places: near one another for contiguity (RFC 4787 section 4.2.3), apart
 * from the others, so that a NAT that computes ports from those inside does not look like one that counts. Every other pair begins
 * with the odd one: parity (section 4.2.2) that only comes of counting is then right half of the time, and so is contiguity. */
#include "sample_port.h"

#define PORT_LOW 32768u /* RFC 5780 section 4.1: from here up, so that no old state is met ... */
#define PORT_HIGH 60999u /* ... and where systems draw ports as well */

static uint32_t hash_of(const struct natsonde_evidence *ev, unsigned a, unsigned b)
{
	const uint8_t *random = ev->probes[0].tid; /* nothing else here is: it differs from run to run, and is known later on */
	uint32_t hash = 2166136261u;

	for (unsigned i = 0; i < NATSONDE_STUN_TID; i++)
		hash = (hash ^ random[i]) * 16777619u; /* FNV-1a */
	hash = (hash ^ a) * 16777619u;
	hash = (hash ^ b) * 16777619u;
	return hash ^ hash >> 15;
}

/* Pairs are numbered from 0, over all servers. */
static unsigned pair_of(unsigned instance)
{
	return (instance - 1) / 2;
}

static bool is_used(const struct natsonde_evidence *ev, unsigned port, unsigned pair)
{
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		bool is_own = p->question == NATSONDE_Q_SAMPLE && pair_of(p->instance) == pair;

		if (p->local != 0 && !is_own && natsonde_evidence_addr(ev, p->local)->port == port)
			return true;
	}
	return false;
}

/* How often this host could not open a socket of that pair: then another pair of ports is taken. */
static unsigned count_unsent(const struct natsonde_evidence *ev, unsigned pair)
{
	unsigned unsent = 0;

	for (unsigned i = 0; i < ev->n_probes; i++)
		unsent += ev->probes[i].question == NATSONDE_Q_SAMPLE && ev->probes[i].outcome == NATSONDE_UNSENT &&
			  pair_of(ev->probes[i].instance) == pair;
	return unsent;
}

uint16_t natsonde_sample_port(const struct natsonde_want *w, unsigned instance)
{
	unsigned low = w->plan->port_high != 0 ? w->plan->port_low : PORT_LOW;
	unsigned high = w->plan->port_high != 0 ? w->plan->port_high : PORT_HIGH;
	unsigned pair = pair_of(instance), even = (low + 1) & ~1u, pairs = high > even ? (high - even + 1) / 2 : 0;
	unsigned start = pairs != 0 ? hash_of(w->ev, pair, count_unsent(w->ev, pair)) % pairs : 0;
	bool is_odd = (instance + pair) % 2 == 0; /* e o o e e o o e ... */

	for (unsigned i = 0; i < pairs; i++) {
		unsigned port = even + 2 * ((start + i) % pairs);

		if (!is_used(w->ev, port, pair) && !is_used(w->ev, port + 1, pair))
			return (uint16_t)(port + is_odd);
	}
	return 0;
}
