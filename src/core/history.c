#include "history.h"

#include "mapped.h"

uint32_t natsonde_history_wait_us(const struct natsonde_evidence *ev, unsigned server)
{
	uint32_t rtt_us = natsonde_evidence_traffic(ev, server).rtt_us;

	/* Twice what a first test waits: these have time, and a copy costs more than the wait. */
	return rtt_us == 0 ? natsonde_tally_patience_us(ev) : 2 * rtt_us + 2 * NATSONDE_LEAST_WAIT_US;
}

static void count(const struct natsonde_evidence *ev, unsigned index, uint32_t wait_us, struct natsonde_history *h)
{
	const struct natsonde_probe *p = &ev->probes[index];

	h->last = (uint16_t)index;
	if (p->outcome == NATSONDE_UNSENT) {
		h->unsent++;
		return;
	}
	h->sent++;
	if (p->outcome == NATSONDE_SILENT && ev->now_us - p->sent_us < wait_us)
		h->pending++;
	else if (p->outcome == NATSONDE_SILENT)
		h->lost++;
	else if (p->outcome == NATSONDE_ERROR)
		h->errors++;
	else if (p->outcome == NATSONDE_UNREACHABLE)
		h->refused++;
	else if (!natsonde_probe_is_good(ev, p))
		h->strange++;
	else if (h->answered++ == 0)
		h->first_answer = (uint16_t)index;
}

struct natsonde_history natsonde_history(const struct natsonde_evidence *ev, unsigned server, enum natsonde_question q, unsigned instance)
{
	struct natsonde_history h = {.first_answer = NATSONDE_NO_PROBE, .last = NATSONDE_NO_PROBE};
	uint32_t wait_us = natsonde_history_wait_us(ev, server);

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->question == q && p->server == server && (instance == 0 || p->instance == instance))
			count(ev, i, wait_us, &h);
	}
	return h;
}

unsigned natsonde_history_server(const struct natsonde_evidence *ev, unsigned from)
{
	natsonde_server_set liars = natsonde_mapped_liars(ev);

	for (unsigned s = from; s < ev->n_servers; s++)
		for (unsigned i = 0; i < ev->n_probes && ev->servers[s].same_as == 0; i++)
			if (ev->probes[i].server == s && natsonde_mapped_tells(ev, liars, &ev->probes[i]))
				return s;
	return ev->n_servers;
}

bool natsonde_history_ask(struct natsonde_want *w, const struct natsonde_further_offer *offer, unsigned copies)
{
	struct natsonde_history h = natsonde_history(w->ev, offer->server, (enum natsonde_question)offer->question, offer->attempt);

	if (h.answered + h.strange + h.errors + h.refused > 0)
		return false;
	if (h.pending > 0) {
		natsonde_want_wake(w, w->ev->probes[h.last].sent_us + natsonde_history_wait_us(w->ev, offer->server));
		return true;
	}
	if (h.sent + h.unsent >= copies)
		return false;
	natsonde_want_offer_further(w, offer);
	return true;
}
