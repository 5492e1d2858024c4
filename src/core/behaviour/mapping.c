/* Mapping (RFC 4787 section 4.1), asked as in RFC 5780 section 4.3 but of all four endpoints of a server and of every other
 * server, from one socket: is the external address the same toward each? Test II and III of the RFC alone take a port conflict
 * on one endpoint for a behaviour; four endpoints and a second socket do not. */
#include "behaviour.h"

#include "../mapped.h"
#include "../pattern.h"
#include "../vet.h"

#define HEAD_START_US 100000u /* of the first server before the others */
#define INTRODUCTION_US 15000u /* after the first packets of mapping and filtering */
#define ATTEMPTS_MAX 3u /* fresh sockets, before a mapping is called unstable */
#define REPEATS_MAX 8u  /* copies of a question that was answered once, to have it answered again */

/* The newest socket of a kind, 0 without one. */
static unsigned newest_socket(const struct natsonde_evidence *ev, enum natsonde_socket kind)
{
	for (unsigned i = ev->n_probes; i-- > 0;)
		if (natsonde_questions[ev->probes[i].question].socket == kind)
			return ev->probes[i].socket;
	return 0;
}

static unsigned count_attempts(const struct natsonde_evidence *ev)
{
	unsigned n = 0, last = 0;

	for (unsigned i = 0; i < ev->n_probes; i++)
		if (natsonde_questions[ev->probes[i].question].socket == NATSONDE_SOCKET_MAPPING && ev->probes[i].socket != last) {
			last = ev->probes[i].socket;
			n++;
		}
	return n;
}

/* A dependence shows as answers that differ: that counts only with servers that, asked the same again, answer the same. Where
 * servers are known with all their endpoints, the others only confirm. */
static bool are_repeated(const struct natsonde_evidence *ev, const struct natsonde_samples *m)
{
	bool any_four = false;

	for (unsigned s = 0; s < ev->n_servers; s++)
		any_four = any_four || natsonde_samples_has_four(m, s);
	for (unsigned s = 0; s < ev->n_servers; s++)
		if (m->at[s][NATSONDE_A1P1] != 0 && (natsonde_samples_has_four(m, s) || !any_four) &&
		    !natsonde_mapped_check(ev, s).is_repeated)
			return false;
	return true;
}

/* Different sockets seen under different external addresses: a pool, or several uplinks. */
static bool has_several_egresses(const struct natsonde_evidence *ev, natsonde_server_set liars)
{
	const struct natsonde_addr *first = NULL;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_addr *mapped = natsonde_evidence_addr(ev, ev->probes[i].mapped);

		if (!natsonde_mapped_tells(ev, liars, &ev->probes[i]))
			continue;
		if (first == NULL)
			first = mapped;
		if (!natsonde_addr_same_ip(first, mapped))
			return true;
	}
	return false;
}

static void rest_on_mapping_probes(const struct natsonde_evidence *ev, natsonde_server_set liars, unsigned socket,
				   struct natsonde_draft *f)
{
	unsigned control = natsonde_is_dependent((enum natsonde_verdict)f->verdict) ? newest_socket(ev, NATSONDE_SOCKET_CONTROL) : 0;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if ((p->socket == socket || (control != 0 && p->socket == control)) && natsonde_mapped_tells(ev, liars, p) &&
		    !natsonde_is_diverted(p->question))
			natsonde_rests_on(f, i);
	}
}

static void judge_independent(const struct natsonde_evidence *ev, natsonde_server_set liars, struct natsonde_opinion o,
			      enum natsonde_witness witness, struct natsonde_draft *f)
{
	bool had_conflict = count_attempts(ev) > 1;

	if (witness == NATSONDE_WITNESS_DISAGREES)
		natsonde_find(f, NATSONDE_UNSTABLE, NATSONDE_LIKELY, NATSONDE_WHY_SOCKETS_DISAGREE);
	else if (has_several_egresses(ev, liars))
		natsonde_find(f, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_SEVERAL_EGRESS);
	else if (had_conflict)
		natsonde_find(f, NATSONDE_ENDPOINT_INDEPENDENT, witness == NATSONDE_WITNESS_AGREES ? NATSONDE_VERIFIED : NATSONDE_LIKELY,
			      NATSONDE_WHY_SAME_AFTER_CONFLICT);
	else
		natsonde_find(f, NATSONDE_ENDPOINT_INDEPENDENT,
			      o.reason == NATSONDE_WHY_SAME_EVERYWHERE ? NATSONDE_VERIFIED : NATSONDE_LIKELY,
			      (enum natsonde_reason)o.reason);
}

/* No destination saw another address than the socket's own. */
static void judge_untranslated(const struct natsonde_evidence *ev, natsonde_server_set liars, struct natsonde_draft *f)
{
	bool is_protected = false;

	for (unsigned i = 0; i < ev->n_probes; i++)
		is_protected = is_protected || (natsonde_mapped_tells(ev, liars, &ev->probes[i]) && !ev->probes[i].is_unprotected);
	if (is_protected)
		natsonde_find(f, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_NOT_TRANSLATED);
	else
		natsonde_find(f, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_MAPPED_UNPROTECTED);
}

static bool is_translated(const struct natsonde_evidence *ev, natsonde_server_set liars)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (natsonde_mapped_tells(ev, liars, &ev->probes[i]) && ev->probes[i].mapped != ev->probes[i].local)
			return true;
	return false;
}

void natsonde_mapping_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	unsigned socket = newest_socket(ev, NATSONDE_SOCKET_MAPPING);
	natsonde_server_set liars = natsonde_mapped_liars(ev);
	struct natsonde_samples m, c;
	struct natsonde_opinion o;
	enum natsonde_witness witness;

	(void)v;
	natsonde_samples_collect(ev, liars, socket, &m);
	natsonde_samples_collect(ev, liars, newest_socket(ev, NATSONDE_SOCKET_CONTROL), &c);
	o = natsonde_samples_judge(ev, &m);
	witness = natsonde_samples_witness(ev, &c, &m, (enum natsonde_verdict)o.verdict);
	if (o.reason != NATSONDE_WHY_NO_ANSWER && o.verdict != NATSONDE_UNSTABLE && !is_translated(ev, liars))
		judge_untranslated(ev, liars, f);
	else if (o.reason == NATSONDE_WHY_NO_ANSWER && liars != 0)
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_MAPPED_UNTRUE);
	else if (o.reason == NATSONDE_WHY_NO_ANSWER)
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, natsonde_no_answer_reason(ev));
	else if (o.verdict == NATSONDE_UNKNOWN)
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, (enum natsonde_reason)o.reason);
	else if (o.verdict == NATSONDE_ENDPOINT_INDEPENDENT)
		judge_independent(ev, liars, o, witness, f);
	else if (o.verdict != NATSONDE_UNSTABLE && witness == NATSONDE_WITNESS_DISAGREES)
		natsonde_find(f, NATSONDE_UNSTABLE, NATSONDE_LIKELY, NATSONDE_WHY_SOCKETS_DISAGREE);
	else
		natsonde_find(f, (enum natsonde_verdict)o.verdict,
			      (o.verdict == NATSONDE_UNSTABLE || witness == NATSONDE_WITNESS_AGREES) && are_repeated(ev, &m) ? NATSONDE_VERIFIED
															  : NATSONDE_LIKELY,
			      (enum natsonde_reason)o.reason);
	rest_on_mapping_probes(ev, liars, socket, f);
}

/* Whether this server's alternates are asked too: where the filtering test speaks to them anyway, where that was begun, and
 * without a filtering test the first that has any. */
static bool asks_alternates(const struct natsonde_want *w, const struct natsonde_tally *t, bool *has_four_server)
{
	bool is_filtering = (w->plan->tests & NATSONDE_TEST(NATSONDE_FILTERING)) != 0;
	bool is_chosen = t->row[NATSONDE_Q_FILTER_BOTH].sent > 0 || t->row[NATSONDE_Q_MAP_A2P1].sent > 0 ||
			 (!is_filtering && !*has_four_server);

	if (!is_chosen || !t->endpoint_is_alive[NATSONDE_A1P1] || natsonde_vet_alternate(w->ev, t->server) != NATSONDE_SERVER_WHY_NONE)
		return false;
	*has_four_server = true;
	return true;
}

/* The control socket opens its doors beside the mapping socket: for the control of filtering, and as the second witness. What it
 * has toward A1:P1 the control tells; where there will be none, that is asked as well. */
static bool ask_second_socket(struct natsonde_want *w, const struct natsonde_tally *t, unsigned attempt)
{
	bool any = natsonde_want_answer(w, t, NATSONDE_Q_OPEN_A2P2, attempt, 0);

	if (t->row[NATSONDE_Q_FILTER_BOTH].good > 0 || (w->plan->tests & NATSONDE_TEST(NATSONDE_FILTERING)) == 0)
		any = natsonde_want_answer(w, t, NATSONDE_Q_OPEN_A1P1, attempt, 0) || any;
	return natsonde_want_answer(w, t, NATSONDE_Q_OPEN_A1P2, attempt, 0) || any;
}

/* It speaks to A1:P1 while nothing else can be done but wait for the first answers: where the filter lets in everybody, the run is
 * over a packet earlier. Not where that takes the last socket: the TCP control may need it. */
static void introduce_second_socket(struct natsonde_want *w, const struct natsonde_tally *t)
{
	const struct natsonde_row *first = &t->row[NATSONDE_Q_MAP_A1P1], *open = &t->row[NATSONDE_Q_OPEN_A1P1];

	if (w->plan->max_sockets > 3 && first->sent > 0 && open->sent + open->unsent == 0)
		natsonde_want_offer(w, t->server, NATSONDE_Q_OPEN_A1P1, t->server + 1u, first->first_us + INTRODUCTION_US, 0);
}

static bool ask_server(struct natsonde_want *w, const struct natsonde_tally *t, unsigned attempt, bool with_alternates, bool needs_witness)
{
	unsigned serving = natsonde_filtering_server(w->ev);
	uint32_t gate_us = with_alternates ? natsonde_filtering_gate_us(w, t) : 0;
	bool any = false;

	if (!natsonde_vet_is_given_up(w->ev, t))
		any = natsonde_want_answer(w, t, NATSONDE_Q_MAP_A1P1, attempt, 0);
	if (t->server == serving && (w->plan->tests & NATSONDE_TEST(NATSONDE_FILTERING)) != 0)
		introduce_second_socket(w, t);
	/* A server that filtering has turned away from will never open its gate. */
	if (t->server != serving && gate_us == NATSONDE_NOT_YET_US)
		with_alternates = false;
	if (with_alternates && gate_us > w->ev->now_us) {
		if (gate_us != NATSONDE_NOT_YET_US)
			natsonde_want_wake(w, gate_us);
		return true;
	}
	if (with_alternates) {
		any = natsonde_want_answer(w, t, NATSONDE_Q_MAP_A2P1, attempt, 0) || any;
		any = natsonde_want_answer(w, t, NATSONDE_Q_MAP_A2P2, attempt, 0) || any;
		any = natsonde_want_answer(w, t, NATSONDE_Q_MAP_A1P2, attempt, 0) || any;
		if (t->server == serving || (w->plan->tests & NATSONDE_TEST(NATSONDE_FILTERING)) == 0)
			any = ask_second_socket(w, t, serving + 1) || any;
	}
	if (needs_witness && t->endpoint_is_alive[NATSONDE_A1P1])
		any = natsonde_want_answer(w, t, NATSONDE_Q_OPEN_A1P1, serving + 1, 0) || any;
	if (needs_witness && t->endpoint_is_alive[NATSONDE_A2P1])
		any = natsonde_want_answer(w, t, NATSONDE_Q_OPEN_A2P1, serving + 1, 0) || any;
	return any;
}

/* When a further server may be spoken to first. Until the server that tests filtering has named its alternate, or has taken its
 * time, any other address could be that alternate; and one that is waits for the gate. */
static uint32_t may_begin_us(struct natsonde_want *w, unsigned server)
{
	unsigned serving = natsonde_filtering_server(w->ev);
	const struct natsonde_tally *t;

	if (server == serving || (w->plan->tests & NATSONDE_TEST(NATSONDE_FILTERING)) == 0)
		return 0;
	t = natsonde_want_tally(w, serving);
	if (!t->endpoint_is_alive[NATSONDE_A1P1])
		return HEAD_START_US;
	if (natsonde_is_near_alternate(w->ev, serving, natsonde_evidence_addr(w->ev, w->ev->servers[server].addr)))
		return natsonde_filtering_gate_us(w, t);
	return 0;
}

static bool ask_all(struct natsonde_want *w, unsigned attempt, bool is_fresh, bool needs_witness)
{
	bool any = false, has_four_server = false;

	for (unsigned s = 0; s < w->ev->n_servers; s++) {
		const struct natsonde_tally *t;
		bool with_alternates;
		uint32_t begins_us;

		if (w->ev->servers[s].same_as != 0)
			continue;
		begins_us = may_begin_us(w, s);
		if (begins_us > w->ev->now_us) {
			natsonde_want_wake(w, begins_us);
			any = true;
			continue;
		}
		t = natsonde_want_tally(w, s);
		with_alternates = asks_alternates(w, t, &has_four_server);
		if (is_fresh)
			t = natsonde_want_tally_afresh(w, s);
		any = ask_server(w, t, attempt, with_alternates, needs_witness) || any;
	}
	return any;
}

/* Puts the first question again to each server that was not yet seen to answer it alike. */
static bool ask_again(struct natsonde_want *w, unsigned attempt)
{
	bool any = false;

	for (unsigned s = 0; s < w->ev->n_servers; s++) {
		struct natsonde_mapped mapped = natsonde_mapped_check(w->ev, s);
		const struct natsonde_tally *t = natsonde_want_tally(w, s);
		const struct natsonde_row *row = &t->row[NATSONDE_Q_MAP_A1P1];

		if (w->ev->servers[s].same_as != 0 || mapped.is_repeated || mapped.reason != NATSONDE_SERVER_WHY_NONE || row->good == 0)
			continue;
		if (row->pending > 0)
			natsonde_want_wake(w, row->last_us + t->wait_us);
		else if (row->sent < row->good + REPEATS_MAX)
			natsonde_want_offer(w, s, NATSONDE_Q_MAP_A1P1, attempt, 0, 0);
		else
			continue;
		any = true;
	}
	return any;
}

/* A server alone that says that there is a NAT is asked again, and by another socket. */
static void ask_for_nat(struct natsonde_want *w, unsigned attempt)
{
	struct natsonde_draft f = {0};

	if ((w->plan->tests & NATSONDE_TEST(NATSONDE_NAT)) == 0)
		return;
	natsonde_nat_judge(w->ev, NULL, &f);
	if (f.verdict != NATSONDE_PRESENT || f.certainty == NATSONDE_VERIFIED || !natsonde_filtering_is_over(w))
		return;
	(void)ask_again(w, attempt);
	for (unsigned s = 0; s < w->ev->n_servers; s++)
		if (w->ev->servers[s].same_as == 0 && !natsonde_mapped_check(w->ev, s).is_distinct &&
		    natsonde_want_tally(w, s)->endpoint_is_alive[NATSONDE_A1P1])
			(void)natsonde_want_answer(w, natsonde_want_tally(w, s), NATSONDE_Q_OPEN_A1P1,
						   natsonde_filtering_server(w->ev) + 1, 0);
}

void natsonde_mapping_ask(struct natsonde_want *w)
{
	unsigned attempts = count_attempts(w->ev);
	struct natsonde_draft f = {0};

	if (ask_all(w, attempts == 0 ? 1 : attempts, false, false))
		return;
	natsonde_mapping_judge(w->ev, NULL, &f);
	if (natsonde_is_dependent((enum natsonde_verdict)f.verdict) && f.certainty != NATSONDE_VERIFIED) {
		bool any;

		/* Until then its control may yet bear witness. */
		if (!natsonde_filtering_is_over(w))
			return;
		any = ask_again(w, attempts);
		if (ask_all(w, attempts, false, true) || any)
			return;
	}
	if (f.verdict == NATSONDE_UNSTABLE && ask_again(w, attempts))
		return;
	if (f.verdict == NATSONDE_UNSTABLE && attempts < ATTEMPTS_MAX)
		(void)ask_all(w, attempts + 1, true, false);
	else
		ask_for_nat(w, attempts);
}

void natsonde_mapping_ask_further(struct natsonde_want *w)
{
	struct natsonde_draft f = {0};

	natsonde_mapping_judge(w->ev, NULL, &f);
	if (f.verdict != NATSONDE_UNKNOWN && f.verdict != NATSONDE_ENDPOINT_DEPENDENT && f.reason != NATSONDE_WHY_SAME_ON_ONE_PORT)
		return;
	for (unsigned s = 0; s < w->ev->n_servers; s++) {
		const struct natsonde_tally *t = natsonde_want_tally(w, s);
		bool has_four_server = true;

		if (w->ev->servers[s].same_as == 0 && t->endpoint_is_alive[NATSONDE_A1P1] && !asks_alternates(w, t, &has_four_server) &&
		    natsonde_vet_alternate(w->ev, s) == NATSONDE_SERVER_WHY_NONE &&
		    natsonde_want_answer(w, t, NATSONDE_Q_MAP_A2P1, count_attempts(w->ev), 0))
			return;
	}
}
