/* Which server is filtering tested with? The first that proves able; a server that fails, or looks as if it would, makes room for the
 * next one. */
#include "behaviour.h"

#include "../silence.h"
#include "../suspect.h"
#include "../vet.h"

static bool is_filter_question(const struct natsonde_probe *p)
{
	return p->question == NATSONDE_Q_FILTER_BOTH || p->question == NATSONDE_Q_FILTER_PORT;
}

bool natsonde_filtering_was_asked(const struct natsonde_evidence *ev, unsigned server)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].server == server && is_filter_question(&ev->probes[i]))
			return true;
	return false;
}

unsigned natsonde_filtering_server(const struct natsonde_evidence *ev)
{
	for (unsigned i = ev->n_probes; i-- > 0;)
		if (is_filter_question(&ev->probes[i]))
			return ev->probes[i].server;
	return 0;
}

/* The next server that offers an alternate and has not been asked yet; n_servers if there is none. */
static unsigned next_server(struct natsonde_want *w)
{
	for (unsigned s = 0; s < w->ev->n_servers; s++)
		if (w->ev->servers[s].same_as == 0 && !natsonde_filtering_was_asked(w->ev, s) &&
		    natsonde_vet(w->ev, natsonde_want_tally(w, s)).verdict == NATSONDE_SERVER_RFC5780)
			return s;
	return w->ev->n_servers;
}

bool natsonde_filtering_is_over(struct natsonde_want *w)
{
	struct natsonde_draft f = {0};

	if ((w->plan->tests & NATSONDE_TEST(NATSONDE_FILTERING)) == 0 || w->ev->n_servers == 0)
		return true;
	return natsonde_filtering_judge_with(w->ev, natsonde_want_tally(w, natsonde_filtering_server(w->ev)), &f) &&
	       (f.certainty == NATSONDE_VERIFIED || next_server(w) == w->ev->n_servers);
}

/* A first server that is slower than the others costs one waiting time at the most. One that falls silent on the way, or has had
 * all the packets that it may have, leads nowhere either. */
static bool leads_nowhere(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	if (t->row[NATSONDE_Q_FILTER_BOTH].sent == 0)
		return false;
	if (!t->endpoint_is_alive[NATSONDE_A1P1])
		return ev->now_us - t->row[NATSONDE_Q_FILTER_BOTH].first_us >= natsonde_tally_patience_us(ev);
	return natsonde_silence_has_fallen(ev, t, NATSONDE_DOUBT_GATE) || natsonde_want_is_spent(ev, t->server);
}

/* One that was left on mere suspicion is taken up again where there is no other; n_servers if there is none. */
static unsigned server_to_resume(struct natsonde_want *w, unsigned but)
{
	for (unsigned s = 0; s < w->ev->n_servers; s++) {
		const struct natsonde_tally *t = natsonde_want_tally(w, s);
		struct natsonde_draft f = {0};

		if (s != but && natsonde_filtering_was_asked(w->ev, s) && !natsonde_filtering_judge_with(w->ev, t, &f) && !leads_nowhere(w->ev, t))
			return s;
	}
	return w->ev->n_servers;
}

/* The server to ask now, whose test is not final; n_servers if all is said. A server that has failed is left, and so is one that looks
 * as if it would: the next one need not wait for the proof. */
unsigned natsonde_filtering_server_to_ask(struct natsonde_want *w)
{
	unsigned s = natsonde_filtering_server(w->ev), other;
	const struct natsonde_tally *t = natsonde_want_tally(w, s);
	uint32_t wake_us = NATSONDE_NOT_YET_US;
	struct natsonde_draft f = {0};
	bool is_final = natsonde_filtering_judge_with(w->ev, t, &f);

	if (is_final && f.certainty == NATSONDE_VERIFIED)
		return w->ev->n_servers;
	if (!is_final && (w->ev->n_servers == 1 || (!leads_nowhere(w->ev, t) && !natsonde_is_suspect(w->ev, t, &wake_us)))) {
		natsonde_want_wake(w, wake_us);
		return s;
	}
	other = next_server(w);
	if (other == w->ev->n_servers)
		other = server_to_resume(w, s);
	if (other == w->ev->n_servers && !is_final)
		other = s;
	return other;
}
