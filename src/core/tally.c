#include "tally.h"

#include <string.h>

#define US_PER_MS 1000u

natsonde_addr_id natsonde_tally_mapped(const struct natsonde_evidence *ev, const struct natsonde_tally *t, enum natsonde_question q)
{
	uint16_t first = t->row[q].first_good;

	return first == NATSONDE_NO_PROBE ? 0 : ev->probes[first].mapped;
}

void natsonde_tally_forget_mapping(struct natsonde_tally *t)
{
	for (unsigned q = 0; q < NATSONDE_QUESTIONS_FIRST; q++)
		if (natsonde_questions[q].socket == NATSONDE_SOCKET_MAPPING) {
			memset(&t->row[q], 0, sizeof(t->row[q]));
			t->row[q].first_good = NATSONDE_NO_PROBE;
		}
}

uint32_t natsonde_tally_patience_us(const struct natsonde_evidence *ev)
{
	uint32_t patience_us = 0;

	for (unsigned s = 0; s < ev->n_servers; s++) {
		uint32_t rtt_us = natsonde_evidence_traffic(ev, s).rtt_us;
		uint32_t wait_us = rtt_us + (rtt_us > NATSONDE_LEAST_WAIT_US ? rtt_us : NATSONDE_LEAST_WAIT_US);

		if (rtt_us > 0 && wait_us > patience_us)
			patience_us = wait_us;
	}
	return patience_us > 0 ? patience_us : 500000;
}

struct times { uint32_t n, sum_us, min_us, max_us; };

static struct times collect_times(const struct natsonde_evidence *ev, unsigned server, bool with_changed)
{
	struct times times = {0, 0, UINT32_MAX, 0};

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		uint32_t us = p->answered_us - p->sent_us;

		if (p->question >= NATSONDE_QUESTIONS_FIRST)
			break;
		if (p->server != server || (natsonde_questions[p->question].change != NATSONDE_CHANGE_NONE && !with_changed) ||
		    p->question == NATSONDE_Q_TCP || !natsonde_is_success(p->outcome))
			continue;
		times.sum_us += us;
		times.n++;
		times.min_us = us < times.min_us ? us : times.min_us;
		times.max_us = us > times.max_us ? us : times.max_us;
	}
	return times;
}

/* The round trip comes from plain requests, if any was answered: a server that is slow to change its address must not stretch
 * our patience. */
static void measure_times(const struct natsonde_evidence *ev, unsigned server, struct natsonde_tally *t)
{
	struct times times = collect_times(ev, server, false);
	uint32_t wait_us;

	if (times.n == 0)
		times = collect_times(ev, server, true);
	t->rtt_us = times.n > 0 ? times.sum_us / times.n : 0;
	wait_us = t->rtt_us + (t->rtt_us > NATSONDE_LEAST_WAIT_US ? t->rtt_us : NATSONDE_LEAST_WAIT_US);
	if (times.n > 0 && t->rtt_us + 2 * (times.max_us - times.min_us) > wait_us)
		wait_us = t->rtt_us + 2 * (times.max_us - times.min_us);
	t->wait_us = times.n > 0 ? wait_us : natsonde_tally_patience_us(ev);
	t->spacing_us = t->rtt_us / 5 > 20 * US_PER_MS ? t->rtt_us / 5 : 20 * US_PER_MS;
}

static void count_probe(const struct natsonde_evidence *ev, uint16_t index, bool is_good, struct natsonde_tally *t)
{
	const struct natsonde_probe *p = &ev->probes[index];
	struct natsonde_row *row = &t->row[p->question];
	uint8_t *fate = &row->good;

	/* A control that was tried without RESPONSE-PORT, before it was known that it takes one, has told nothing. */
	if (p->response_port != 0 && !row->is_diverted)
		*row = (struct natsonde_row){.first_good = NATSONDE_NO_PROBE, .is_diverted = true};
	if (p->outcome == NATSONDE_UNSENT) {
		row->unsent++;
		row->last_us = p->sent_us;
		return;
	}
	if (row->sent++ == 0)
		row->first_us = p->sent_us;
	row->last_us = p->sent_us;
	if (p->outcome == NATSONDE_SILENT && natsonde_probe_waited_us(ev, p) < t->wait_us) {
		if (p->answered_us != 0)
			return; /* closed too early, it has told nothing */
		fate = &row->pending;
	} else if (p->outcome == NATSONDE_SILENT) {
		fate = &row->lost;
	} else if (p->outcome == NATSONDE_ERROR) {
		fate = &row->errors;
	} else if (p->outcome == NATSONDE_UNREACHABLE) {
		fate = &row->unreachable;
	} else if (!is_good) {
		fate = &row->strange;
	} else if (row->good == 0) {
		row->first_good = index;
	}
	++*fate;
}

/* Controls are the plain questions to endpoints that have proven alive, and the changed replies that were proven possible:
 * what is lost of these was lost by the path. */
static void count_controls(struct natsonde_tally *t)
{
	for (unsigned q = 0; q < NATSONDE_Q_TCP; q++) {
		const struct natsonde_row *row = &t->row[q];
		const struct natsonde_question_row *question = &natsonde_questions[q];
		bool is_filter_question = question->socket == NATSONDE_SOCKET_FILTER && question->change != NATSONDE_CHANGE_NONE;
		bool is_control = question->change == NATSONDE_CHANGE_NONE && !natsonde_is_diverted(q)
				? t->endpoint_is_alive[question->endpoint] : row->good > 0 && !is_filter_question;

		if (!is_control)
			continue;
		t->controls = (uint8_t)(t->controls + row->good + row->lost);
		t->controls_lost = (uint8_t)(t->controls_lost + row->lost);
		t->controls_pending = (uint8_t)(t->controls_pending + row->pending);
	}
}

/* How often the loss of one control was followed by the loss of the next. */
static void count_holes(const struct natsonde_evidence *ev, struct natsonde_tally *t)
{
	const struct natsonde_probe *last = NULL;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		const struct natsonde_question_row *q = &natsonde_questions[p->question];
		bool is_lost = p->outcome == NATSONDE_SILENT && natsonde_probe_waited_us(ev, p) >= t->wait_us;

		if (p->question >= NATSONDE_QUESTIONS_FIRST)
			break;
		if (p->server != t->server || q->change != NATSONDE_CHANGE_NONE || natsonde_is_diverted(p->question) ||
		    p->question == NATSONDE_Q_TCP || !t->endpoint_is_alive[q->endpoint] || (!is_lost && !natsonde_probe_is_good(ev, p)))
			continue;
		if (last != NULL && last->outcome == NATSONDE_SILENT && p->sent_us - last->sent_us <= 3 * t->spacing_us) {
			t->holes++;
			t->holes_wide = (uint8_t)(t->holes_wide + is_lost);
		}
		last = p;
	}
}

bool natsonde_is_near_alternate(const struct natsonde_evidence *ev, unsigned server, const struct natsonde_addr *addr)
{
	struct natsonde_addr a2 = natsonde_evidence_endpoint(ev, server, NATSONDE_A2P2);
	struct natsonde_addr a1p2 = natsonde_evidence_endpoint(ev, server, NATSONDE_A1P2);

	return a2.family != NATSONDE_NO_FAMILY && (natsonde_addr_same_ip(addr, &a2) || natsonde_addr_equal(addr, &a1p2));
}

static bool touches_alternate(const struct natsonde_evidence *ev, unsigned server, const struct natsonde_probe *p)
{
	if (p->outcome == NATSONDE_UNSENT || p->question == NATSONDE_Q_TCP)
		return false;
	if (p->server == server)
		return natsonde_questions[p->question].endpoint != NATSONDE_A1P1;
	return natsonde_is_near_alternate(ev, server, natsonde_evidence_addr(ev, p->to));
}

void natsonde_tally(const struct natsonde_evidence *ev, unsigned server, struct natsonde_tally *t)
{
	struct natsonde_mapped_walk walk;

	memset(&walk, 0, sizeof(walk));
	memset(t, 0, sizeof(*t));
	t->server = (uint8_t)server;
	t->alternate_us = NATSONDE_NOT_YET_US;
	for (unsigned q = 0; q < NATSONDE_QUESTIONS_FIRST; q++)
		t->row[q].first_good = NATSONDE_NO_PROBE;
	measure_times(ev, server, t);
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		const struct natsonde_question_row *question = &natsonde_questions[p->question];
		bool is_good;

		if (p->question >= NATSONDE_QUESTIONS_FIRST)
			break;
		if (question->socket == NATSONDE_SOCKET_MAPPING && p->socket > t->socket) {
			natsonde_tally_forget_mapping(t);
			t->socket = p->socket;
			t->attempt++;
		}
		if (p->sent_us < t->alternate_us && touches_alternate(ev, server, p))
			t->alternate_us = p->sent_us;
		if (p->server != server)
			continue;
		is_good = natsonde_probe_is_good(ev, p);
		if (question->socket != NATSONDE_SOCKET_MAPPING || p->socket == t->socket)
			count_probe(ev, (uint16_t)i, is_good, t);
		if (is_good && question->change == NATSONDE_CHANGE_NONE && p->question != NATSONDE_Q_TCP)
			t->endpoint_is_alive[question->endpoint] = true;
		if (is_good && p->mapped != 0 && p->question < NATSONDE_Q_TCP)
			natsonde_mapped_see(&walk, p);
	}
	t->mapped = walk.found;
	count_controls(t);
	count_holes(ev, t);
}
