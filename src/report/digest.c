#include "digest.h"

static bool is_tcp(const struct natsonde_probe *p)
{
	return natsonde_socket_is_tcp((enum natsonde_socket)natsonde_questions[p->question].socket);
}

/* What answers for nobody tells nothing of this host's address. */
static bool tells_mapping(const struct natsonde_probe *p)
{
	return natsonde_is_success(p->outcome) && p->mapped != 0 && natsonde_questions[p->question].endpoint < NATSONDE_ENDPOINTS;
}

struct natsonde_addr natsonde_digest_local(const struct natsonde_evidence *ev)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].local != 0)
			return *natsonde_evidence_addr(ev, ev->probes[i].local);
	return (struct natsonde_addr){.family = NATSONDE_NO_FAMILY};
}

static bool has_ip(const struct natsonde_externals *external, const struct natsonde_addr *addr)
{
	for (unsigned i = 0; i < external->n; i++)
		if (natsonde_addr_same_ip(&external->ip[i], addr))
			return true;
	return false;
}

struct natsonde_externals natsonde_digest_externals(const struct natsonde_evidence *ev)
{
	struct natsonde_externals external = {.n = 0};

	for (unsigned i = 0; i < ev->n_probes && external.n < NATSONDE_EXTERNALS_MAX; i++) {
		struct natsonde_addr addr = *natsonde_evidence_addr(ev, ev->probes[i].mapped);

		if (!tells_mapping(&ev->probes[i]) || is_tcp(&ev->probes[i]) || has_ip(&external, &addr))
			continue;
		addr.port = 0;
		external.ip[external.n++] = addr;
	}
	return external;
}

/* Addresses that were met; equal addresses have equal ids. */
struct id_set { uint32_t bits[NATSONDE_ADDRS_MAX / 32]; };

static bool has(const struct id_set *set, natsonde_addr_id id)
{
	return set->bits[id / 32] >> id % 32 & 1;
}

static void add(struct id_set *set, natsonde_addr_id id)
{
	set->bits[id / 32] |= UINT32_C(1) << id % 32;
}

static bool same_port(const struct natsonde_addr *a, const struct natsonde_addr *b)
{
	return a->port == b->port;
}

/* How many of the set differ in the sense of is_same. */
static unsigned count(const struct natsonde_evidence *ev, const struct id_set *set,
		      bool (*is_same)(const struct natsonde_addr *a, const struct natsonde_addr *b))
{
	unsigned n = 0;

	for (natsonde_addr_id id = 1; id < ev->n_addrs; id++) {
		bool is_new = has(set, id);

		for (natsonde_addr_id earlier = 1; is_new && earlier < id; earlier++)
			is_new = !(has(set, earlier) && is_same(&ev->addrs[earlier], &ev->addrs[id]));
		n += is_new ? 1 : 0;
	}
	return n;
}

/* Connections from one local port are as one socket. */
static bool is_one_socket(const struct natsonde_probe *a, const struct natsonde_probe *b)
{
	return is_tcp(a) || is_tcp(b) ? is_tcp(a) && is_tcp(b) && a->local == b->local : a->socket == b->socket;
}

static struct natsonde_spread spread_of(const struct natsonde_evidence *ev, const struct natsonde_basis *basis,
					const struct natsonde_probe *one)
{
	struct id_set destinations = {{0}}, mapped = {{0}};

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (!is_one_socket(p, one) || !tells_mapping(p) || !natsonde_basis_has(basis, i))
			continue;
		add(&destinations, p->to);
		add(&mapped, p->mapped);
	}
	return (struct natsonde_spread){
		.destinations = count(ev, &destinations, natsonde_addr_equal),
		.ips = count(ev, &mapped, natsonde_addr_same_ip),
		.ports = count(ev, &mapped, same_port),
	};
}

struct natsonde_spread natsonde_digest_spread(const struct natsonde_evidence *ev, const struct natsonde_basis *basis)
{
	struct natsonde_spread widest = {0, 0, 0};
	bool is_done[256] = {false};

	for (unsigned i = 0; i < ev->n_probes; i++) {
		unsigned socket = ev->probes[i].socket;

		if (is_done[socket] || !natsonde_basis_has(basis, i))
			continue;
		is_done[socket] = true;
		struct natsonde_spread spread = spread_of(ev, basis, &ev->probes[i]);
		if (spread.destinations > widest.destinations)
			widest = spread;
	}
	return widest;
}

static void note_port(struct natsonde_totals *totals, uint16_t port)
{
	for (unsigned i = 0; i < totals->n_ports; i++)
		if (totals->ports[i] == port)
			return;
	if (totals->n_ports < NATSONDE_PORTS_MAX)
		totals->ports[totals->n_ports++] = port;
}

struct natsonde_totals natsonde_digest_totals(const struct natsonde_report *report)
{
	struct natsonde_totals totals = {.packets = 0};
	bool has_met[256] = {false}, has_tcp[256] = {false};

	for (unsigned f = 0; f < 2; f++) {
		const struct natsonde_evidence *ev = report->families[f].evidence;

		for (unsigned i = 0; ev && i < ev->n_probes; i++) {
			const struct natsonde_probe *p = &ev->probes[i];
			unsigned name = ev->servers[p->server].name;

			if (p->outcome == NATSONDE_UNSENT)
				continue;
			totals.servers += has_met[name] ? 0 : 1;
			has_met[name] = true;
			if (!is_tcp(p)) {
				totals.packets++;
				totals.is_refused |= p->outcome == NATSONDE_UNREACHABLE;
				if (natsonde_questions[p->question].endpoint < NATSONDE_ENDPOINTS)
					note_port(&totals, natsonde_evidence_addr(ev, p->to)->port);
			} else if (natsonde_is_success(p->outcome) || p->outcome == NATSONDE_ERROR) {
				totals.tcp_servers += has_tcp[name] ? 0 : 1;
				has_tcp[name] = true;
			}
		}
	}
	return totals;
}
