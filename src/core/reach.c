#include "reach.h"

#include "silence.h"

static uint32_t patience_us(const struct natsonde_plan *plan)
{
	return (uint32_t)plan->patience;
}

bool natsonde_reach_has_answer(const struct natsonde_evidence *ev)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].question != NATSONDE_Q_TCP && natsonde_is_reply(ev->probes[i].outcome))
			return true;
	return false;
}

/* Every server refuses: ICMP errors, errors of this host, or errors of its own to each of several requests. */
static bool all_refuse(const struct natsonde_evidence *ev)
{
	for (unsigned s = 0; s < ev->n_servers; s++) {
		struct natsonde_tally t;

		natsonde_tally(ev, s, &t);
		if (!natsonde_is_hopeless(&t.row[NATSONDE_Q_MAP_A1P1], &t))
			return false;
	}
	return true;
}

const struct natsonde_probe *natsonde_reach_tcp_probe(const struct natsonde_evidence *ev, unsigned server)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].server == server && ev->probes[i].question == NATSONDE_Q_TCP)
			return &ev->probes[i];
	return NULL;
}

/* The servers are asked one after the other, each for its share of the time: one more socket is enough. */
static uint32_t share_us(const struct natsonde_evidence *ev, const struct natsonde_plan *plan)
{
	return patience_us(plan) / 4 * 3 / (ev->n_servers > 0 ? ev->n_servers : 1u);
}

void natsonde_reach_ask(struct natsonde_want *w)
{
	uint32_t due_us = all_refuse(w->ev) ? 0 : patience_us(w->plan) / 4;

	natsonde_want_wake(w, patience_us(w->plan));
	for (unsigned s = 0; s < w->ev->n_servers; s++) {
		const struct natsonde_probe *p = natsonde_reach_tcp_probe(w->ev, s);

		if (p == NULL) {
			natsonde_want_offer(w, s, NATSONDE_Q_TCP, s + 1, due_us, 0);
			return;
		}
		if (p->outcome == NATSONDE_SILENT) {
			due_us = p->sent_us + share_us(w->ev, w->plan);
			natsonde_want_wake(w, due_us);
		}
	}
}

bool natsonde_reach_is_over(const struct natsonde_evidence *ev, const struct natsonde_plan *plan)
{
	if (natsonde_reach_has_answer(ev))
		return false;
	if (ev->now_us >= patience_us(plan))
		return true;
	if (ev->n_servers == 0 || !all_refuse(ev))
		return false;
	for (unsigned s = 0; s < ev->n_servers; s++) {
		const struct natsonde_probe *p = natsonde_reach_tcp_probe(ev, s);

		if (p == NULL || (p->outcome == NATSONDE_SILENT && ev->now_us - p->sent_us < share_us(ev, plan)))
			return false;
	}
	return true;
}
