#include "mapped.h"

#include "tally.h"

/* What a socket was told last at an endpoint. */
struct told { natsonde_addr_id local, mapped; };

static void compare(const struct natsonde_probe *p, const struct told *before, struct natsonde_mapped *m)
{
	if (before->mapped == 0)
		return;
	if (before->local != p->local && before->mapped == p->mapped)
		m->reason = NATSONDE_SERVER_WHY_MAPPED_SHARED;
	else if (before->local == p->local && before->mapped != p->mapped)
		m->reason = NATSONDE_SERVER_WHY_MAPPED_CHANGES;
	else if (before->local == p->local)
		m->is_repeated = true;
	else
		m->is_distinct = true;
}

struct natsonde_mapped natsonde_mapped_check(const struct natsonde_evidence *ev, unsigned server)
{
	struct natsonde_mapped m = {NATSONDE_SERVER_WHY_NONE, false, false};
	struct told told[NATSONDE_ENDPOINTS][NATSONDE_SOCKET_TCP] = {{{0, 0}}};

	for (unsigned i = 0; i < ev->n_probes && m.reason == NATSONDE_SERVER_WHY_NONE; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		const struct natsonde_question_row *q = &natsonde_questions[p->question];

		if (p->server != server || !natsonde_mapped_tells(ev, 0, p))
			continue;
		for (unsigned s = 0; s < NATSONDE_SOCKET_TCP && m.reason == NATSONDE_SERVER_WHY_NONE; s++)
			compare(p, &told[q->endpoint][s], &m);
		told[q->endpoint][q->socket] = (struct told){p->local, p->mapped};
	}
	return m;
}

natsonde_server_set natsonde_mapped_liars(const struct natsonde_evidence *ev)
{
	unsigned liars = 0;

	for (unsigned s = 0; s < ev->n_servers; s++)
		if (natsonde_mapped_check(ev, s).reason != NATSONDE_SERVER_WHY_NONE)
			liars |= 1u << s;
	return (natsonde_server_set)liars;
}

bool natsonde_mapped_tells(const struct natsonde_evidence *ev, natsonde_server_set liars, const struct natsonde_probe *p)
{
	return p->mapped != 0 && p->question < NATSONDE_Q_TCP && !(liars >> p->server & 1) && natsonde_probe_is_good(ev, p);
}

const struct natsonde_addr *natsonde_evidence_outside(const struct natsonde_evidence *ev, enum natsonde_socket kind)
{
	natsonde_server_set liars = natsonde_mapped_liars(ev);

	for (unsigned i = 0; i < ev->n_probes; i++)
		if (natsonde_questions[ev->probes[i].question].socket == kind && natsonde_mapped_tells(ev, liars, &ev->probes[i]))
			return natsonde_evidence_addr(ev, ev->probes[i].mapped);
	return natsonde_evidence_addr(ev, 0);
}
