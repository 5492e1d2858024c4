#include "mapped.h"

#include "answer.h"

void natsonde_mapped_see(struct natsonde_mapped_walk *walk, const struct natsonde_probe *p)
{
	const struct natsonde_question_row *q = &natsonde_questions[p->question];
	struct natsonde_mapped *m = &walk->found;

	for (unsigned s = 0; s < NATSONDE_SOCKET_TCP && m->reason == NATSONDE_SERVER_WHY_NONE; s++) {
		bool is_same = walk->told[q->endpoint][s].mapped == p->mapped;

		if (walk->told[q->endpoint][s].mapped == 0)
			continue;
		if (walk->told[q->endpoint][s].local == p->local) {
			m->reason = is_same ? NATSONDE_SERVER_WHY_NONE : NATSONDE_SERVER_WHY_MAPPED_CHANGES;
			m->is_repeated = true;
		} else {
			m->reason = is_same ? NATSONDE_SERVER_WHY_MAPPED_SHARED : NATSONDE_SERVER_WHY_NONE;
			m->is_distinct = true;
		}
	}
	walk->told[q->endpoint][q->socket].local = p->local;
	walk->told[q->endpoint][q->socket].mapped = p->mapped;
}

struct natsonde_mapped natsonde_mapped_check(const struct natsonde_evidence *ev, unsigned server)
{
	struct natsonde_mapped_walk walk = {.found = {NATSONDE_SERVER_WHY_NONE, false, false}};

	for (unsigned i = 0; i < ev->n_probes && walk.found.reason == NATSONDE_SERVER_WHY_NONE; i++)
		if (ev->probes[i].server == server && natsonde_mapped_tells(ev, 0, &ev->probes[i]))
			natsonde_mapped_see(&walk, &ev->probes[i]);
	return walk.found;
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
