#include "net.h"

#include <string.h>

#define STARTED (1000 * NATSONDE_S) /* what the clock shows at the start */
#define DEFAULT_PORT 3478
#define FIRST_DRAWN 32768u
#define LAST_DRAWN 60999u

/* Where things are, for the last number given. */
#define IPV4(a, b, c, d) { .family = NATSONDE_IPV4, .ip = { a, b, c, d } }
#define IPV6(a, b, c, d, e, f, last) { .family = NATSONDE_IPV6, .ip = { a, b, c, d, e, f, [15] = last } }

static const struct place {
	struct natsonde_addr inside, bare, outside, middle, server;
} places[2] = {
	{ IPV4(192, 168, 1, 2), IPV4(192, 0, 2, 2), IPV4(192, 0, 2, 1), IPV4(100, 64, 0, 2), IPV4(203, 0, 113, 10) },
	{ IPV6(0xfd, 0, 0, 1, 0, 0, 2), IPV6(0x20, 0x01, 0x0d, 0xb8, 0, 1, 2), IPV6(0x20, 0x01, 0x0d, 0xb8, 0, 2, 1),
	  IPV6(0x20, 0x01, 0x0d, 0xb8, 0, 0x64, 2), IPV6(0x20, 0x01, 0x0d, 0xb8, 0, 5, 0x10) }
};

static void start_nats(struct natsonde_sim *sim, uint32_t seed)
{
	for (unsigned transport = NATSONDE_UDP; transport <= NATSONDE_TCP; transport++) {
		struct natsonde_chain *chain = &sim->chains[transport];

		natsonde_chain_init(chain, &sim->spec, (enum natsonde_transport)transport, seed ^ transport << 1);
		if (sim->spec.has_ipv4)
			natsonde_chain_serve(chain, &places[0].outside, &places[0].middle);
		if (sim->spec.has_ipv6)
			natsonde_chain_serve(chain, &places[1].outside, &places[1].middle);
	}
}

/* Server k has the addresses 2k and 2k + 1 after the first. */
static void start_server(struct natsonde_sim *sim, unsigned family, unsigned k, uint16_t port)
{
	unsigned given = k < sim->spec.n_servers ? k : sim->spec.n_servers - 1u;
	struct natsonde_addr a1 = places[family].server;
	struct natsonde_sim_server *server = &sim->families[family].servers[k];
	struct natsonde_addr disputed;

	a1.ip[family ? 15 : 3] = (uint8_t)(a1.ip[family ? 15 : 3] + 2 * k);
	a1.port = port;
	natsonde_sim_server_init(server, &a1, (enum natsonde_sim_fault)sim->spec.server[given]);
	if (k != 0 || sim->spec.conflict == NATSONDE_CONFLICT_NO)
		return;
	disputed = natsonde_sim_server_at(server, 1, sim->spec.conflict == NATSONDE_CONFLICT_A2P2);
	natsonde_nat_set_conflict(&sim->chains[NATSONDE_UDP].nats[0], &disputed);
}

static void start_family(struct natsonde_sim *sim, unsigned family)
{
	const struct place *place = &places[family];

	sim->families[family].host = place->inside;
	if (sim->spec.mapping == NATSONDE_NONE)
		sim->families[family].host = sim->spec.nats == 2 ? place->middle : place->bare;
	for (unsigned k = 0; k < NATSONDE_SIM_SERVERS; k++)
		start_server(sim, family, k, DEFAULT_PORT);
}

struct natsonde_sim *natsonde_sim_start(const struct natsonde_sim_spec *spec)
{
	static struct natsonde_sim network;
	struct natsonde_sim *sim = &network;

	sim->spec = *spec;
	sim->now = STARTED;
	sim->n_slots = 0;
	memset(sim->families, 0, sizeof(sim->families));
	natsonde_queue_init(&sim->queue);
	/* One stream of chance for each part, so that one more draw here does not change what happens there. */
	natsonde_rng_init(&sim->rng, spec->seed);
	start_nats(sim, natsonde_rng_next(&sim->rng));
	natsonde_link_init(&sim->out, spec, natsonde_rng_next(&sim->rng));
	natsonde_link_init(&sim->in, spec, natsonde_rng_next(&sim->rng));
	if (spec->has_ipv4)
		start_family(sim, 0);
	if (spec->has_ipv6)
		start_family(sim, 1);
	return sim;
}

static struct natsonde_sim_family *family_of(struct natsonde_sim *sim, uint8_t family)
{
	struct natsonde_sim_family *f = &sim->families[family == NATSONDE_IPV6];

	return f->host.family == family && family != NATSONDE_NO_FAMILY ? f : NULL;
}

bool natsonde_sim_resolve(struct natsonde_sim *sim, unsigned index, enum natsonde_family family, uint16_t port,
			  struct natsonde_addr *addr)
{
	const struct natsonde_sim_family *f = family_of(sim, (uint8_t)family);

	if (!f || index >= NATSONDE_SIM_SERVERS)
		return false;
	if (f->servers[index].port[0] != port)
		start_server(sim, family == NATSONDE_IPV6, index, port);
	*addr = natsonde_sim_server_at(&f->servers[index], 0, 0);
	return true;
}

static natsonde_us door_now(void *ctx)
{
	const struct natsonde_sim *sim = ctx;

	return sim->now;
}

static void door_random(void *ctx, uint8_t *out, size_t n)
{
	struct natsonde_sim *sim = ctx;
	uint32_t bits = 0;

	for (size_t i = 0; i < n; i++, bits >>= 8) {
		if (i % 4 == 0)
			bits = natsonde_rng_next(&sim->rng);
		out[i] = (uint8_t)bits;
	}
}

/* Connections may share a local port, as long as they go to different destinations. */
static bool is_taken(const struct natsonde_sim *sim, enum natsonde_transport transport, const struct natsonde_addr *local,
		     const struct natsonde_addr *peer)
{
	for (unsigned i = 0; i < sim->n_slots; i++) {
		const struct natsonde_sim_slot *s = &sim->slots[i];

		if (s->is_open && s->transport == transport && natsonde_addr_equal(&s->local, local) &&
		    (transport == NATSONDE_UDP || natsonde_addr_equal(&s->peer, peer)))
			return true;
	}
	return false;
}

static enum natsonde_fault door_open(void *ctx, unsigned slot, enum natsonde_transport transport,
				     const struct natsonde_addr *toward, uint16_t port, struct natsonde_addr *local)
{
	struct natsonde_sim *sim = ctx;
	const struct natsonde_sim_family *f = family_of(sim, toward->family);
	struct natsonde_sim_slot *s = &sim->slots[slot];

	if (!f)
		return NATSONDE_FAULT_NO_ROUTE;
	*local = f->host;
	local->port = port;
	while (!port && (!local->port || is_taken(sim, transport, local, toward)))
		local->port = (uint16_t)(FIRST_DRAWN + natsonde_rng_below(&sim->rng, LAST_DRAWN - FIRST_DRAWN + 1));
	if (is_taken(sim, transport, local, toward))
		return NATSONDE_FAULT_PORT_TAKEN;
	while (sim->n_slots <= slot)
		sim->slots[sim->n_slots++].is_open = false;
	*s = (struct natsonde_sim_slot){ .is_open = true, .transport = (uint8_t)transport, .local = *local, .peer = *toward };
	if (transport == NATSONDE_TCP)
		natsonde_net_connect(sim, s);
	return NATSONDE_OK;
}

static void door_close(void *ctx, unsigned slot)
{
	struct natsonde_sim *sim = ctx;

	sim->slots[slot].is_open = false;
}

static enum natsonde_fault door_send(void *ctx, unsigned slot, const struct natsonde_addr *to, const uint8_t *bytes, size_t len)
{
	struct natsonde_sim *sim = ctx;
	const struct natsonde_sim_slot *s = &sim->slots[slot];

	if (slot >= sim->n_slots || !s->is_open || len > NATSONDE_SIM_DATAGRAM_MAX)
		return NATSONDE_FAULT_OTHER;
	if (to->family != s->local.family)
		return NATSONDE_FAULT_NO_ROUTE;
	if (s->transport == NATSONDE_TCP)
		natsonde_net_stream(sim, s, bytes, len);
	else
		natsonde_net_send(sim, s, to, bytes, len);
	return NATSONDE_OK;
}

static void door_wait(void *ctx, natsonde_us until, struct natsonde_event *event)
{
	if (!natsonde_net_run(ctx, until, event))
		*event = (struct natsonde_event){ .kind = NATSONDE_EVENT_NONE };
}

static unsigned sees(const struct natsonde_sim_spec *spec)
{
	return NATSONDE_SEES_ICMP | (spec->drops_own_source ? 0 : NATSONDE_SEES_OWN_SOURCE | NATSONDE_SEES_OWN_SOURCE_IPV6) |
	       (spec->fragments == NATSONDE_FRAGMENTS_LOCAL ? 0 : NATSONDE_SEES_FRAGMENTS);
}

struct natsonde_door natsonde_sim_door(struct natsonde_sim *sim)
{
	return (struct natsonde_door){
		.ctx = sim,
		.sees = sees(&sim->spec),
		.max_open = NATSONDE_DOOR_SLOTS,
		.now = door_now,
		.random = door_random,
		.open = door_open,
		.close = door_close,
		.send = door_send,
		.wait = door_wait
	};
}
