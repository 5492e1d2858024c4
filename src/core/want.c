#include "want.h"

#include "silence.h"

#define MS 1000u
#define PACKETS_PER_SERVER 60u    /* some public servers ignore who sends more within two minutes (stuntman's rate limit) */
#define PACKETS_WINDOW_US 120000000u
#define QUESTIONS_FIRST_SECOND 12u /* RFC 5780 section 5 asks for about ten new transactions a second */

const struct natsonde_tally *natsonde_want_tally(struct natsonde_want *w, unsigned server)
{
	if (!w->has_tally || w->tally.server != server)
		natsonde_tally(w->ev, server, &w->tally);
	w->has_tally = true;
	return &w->tally;
}

const struct natsonde_tally *natsonde_want_tally_afresh(struct natsonde_want *w, unsigned server)
{
	(void)natsonde_want_tally(w, server);
	natsonde_tally_forget_mapping(&w->tally);
	w->has_tally = false;
	return &w->tally;
}

static bool is_new_question(const struct natsonde_evidence *ev, unsigned end, unsigned server, unsigned question, unsigned socket)
{
	for (unsigned i = 0; i < end; i++)
		if (ev->probes[i].server == server && ev->probes[i].question == question && ev->probes[i].socket == socket)
			return false;
	return true;
}

/* The earliest time, from when_us on, at which this server may be sent another packet; never if it has had its share. */
static uint32_t polite_time(const struct natsonde_evidence *ev, unsigned server, enum natsonde_question q, bool is_new, uint32_t when_us)
{
	uint32_t first_us = 0;
	unsigned packets = 0, questions = 0;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server != server || p->outcome == NATSONDE_UNSENT)
			continue;
		if (packets++ == 0)
			first_us = p->sent_us;
		if (is_new && p->sent_us - first_us < 1000 * MS && is_new_question(ev, i, server, p->question, p->socket))
			questions++;
	}
	if (packets >= PACKETS_PER_SERVER && q != NATSONDE_Q_TCP)
		return NATSONDE_NOT_YET_US;
	if (is_new && questions >= QUESTIONS_FIRST_SECOND && when_us < first_us + 1000 * MS)
		return first_us + 1000 * MS;
	return when_us;
}

/* The earliest time, from when_us on, at which no more than so many packets to this server lie within the window before it; looks
 * at those from there on back that went to it. */
static uint32_t window_time(const struct natsonde_evidence *ev, unsigned server, unsigned packets, uint32_t window_us, uint32_t when_us)
{
	for (unsigned i = ev->n_probes; i-- > 0;) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server == server && p->outcome != NATSONDE_UNSENT && natsonde_questions[p->question].endpoint < NATSONDE_ENDPOINTS &&
		    --packets == 0) {
			uint32_t free_us = natsonde_later_us(p->sent_us, window_us);

			return free_us > when_us ? free_us : when_us;
		}
	}
	return when_us;
}

uint32_t natsonde_want_room_us(const struct natsonde_evidence *ev, unsigned server, unsigned packets)
{
	return window_time(ev, server, PACKETS_PER_SERVER - packets + 1, PACKETS_WINDOW_US, ev->now_us);
}

/* Each packet of the further tests is a question of its own (RFC 5780 section 5), and there are many of them. */
void natsonde_want_offer_further(struct natsonde_want *w, const struct natsonde_further_offer *offer)
{
	uint32_t when_us = offer->when_us > w->ev->now_us ? offer->when_us : w->ev->now_us;

	w->is_out_of_room = w->is_out_of_room || w->ev->n_probes >= w->ev->max_probes;
	if (w->is_out_of_room)
		return;
	if (natsonde_questions[offer->question].endpoint < NATSONDE_ENDPOINTS) {
		when_us = window_time(w->ev, offer->server, PACKETS_PER_SERVER, PACKETS_WINDOW_US, when_us);
		when_us = window_time(w->ev, offer->server, QUESTIONS_FIRST_SECOND, 1000 * MS, when_us);
	}
	if (when_us >= w->when_us)
		return;
	w->when_us = when_us;
	w->question = offer->question;
	w->server = offer->server;
	w->attempt = offer->attempt;
	w->target = offer->target;
	w->response_port = offer->response_port;
	w->local_port = offer->local_port;
	w->to = offer->to;
}

bool natsonde_want_is_open(const struct natsonde_want *w, enum natsonde_socket kind, unsigned attempt)
{
	for (unsigned slot = 0; slot < NATSONDE_ENGINE_SLOTS; slot++)
		if (w->slots[slot].is_open && w->slots[slot].kind == kind && w->slots[slot].attempt == attempt)
			return true;
	return false;
}

unsigned natsonde_want_count(const struct natsonde_want *w, enum natsonde_socket kind)
{
	unsigned n = 0;

	for (unsigned slot = 0; slot < NATSONDE_ENGINE_SLOTS; slot++)
		n += w->slots[slot].is_open && w->slots[slot].kind == kind;
	return n;
}

void natsonde_want_done(struct natsonde_want *w, enum natsonde_socket kind, unsigned attempt)
{
	if (!natsonde_want_is_open(w, kind, attempt))
		return;
	w->done_kind = (uint8_t)kind;
	w->done_attempt = (uint8_t)attempt;
}

bool natsonde_want_is_spent(const struct natsonde_evidence *ev, unsigned server)
{
	return natsonde_evidence_traffic(ev, server).sent >= PACKETS_PER_SERVER;
}

/* Where the stack keeps only so many datagrams for a socket, no more answers may be under way than it keeps: one that is thrown
 * away by this host would look like one that was filtered. */
static uint32_t mailbox_time(const struct natsonde_want *w, enum natsonde_question q, uint32_t when_us)
{
	unsigned under_way = 0;
	uint32_t wait_us;

	if (w->plan->mailbox == 0)
		return when_us;
	wait_us = natsonde_tally_patience_us(w->ev);
	if (wait_us < 500 * MS)
		wait_us = 500 * MS; /* a radio that saves power hands over late, and all at once */
	for (unsigned i = w->ev->n_probes; i-- > 0;) {
		const struct natsonde_probe *p = &w->ev->probes[i];

		if (p->outcome == NATSONDE_SILENT && natsonde_questions[p->question].socket == natsonde_questions[q].socket &&
		    ++under_way == w->plan->mailbox)
			return p->sent_us + wait_us > when_us ? p->sent_us + wait_us : when_us;
	}
	return when_us;
}

void natsonde_want_offer(struct natsonde_want *w, unsigned server, enum natsonde_question q, unsigned attempt, uint32_t when_us,
			 uint16_t response_port)
{
	unsigned i = w->ev->n_probes;
	bool is_new;

	w->is_out_of_room = w->is_out_of_room || w->ev->n_probes >= w->ev->max_probes;
	if (when_us >= w->when_us || w->is_out_of_room)
		return;
	/* From another socket than before it is another question. */
	while (i > 0 && natsonde_questions[w->ev->probes[i - 1].question].socket != natsonde_questions[q].socket)
		i--;
	is_new = i == 0 || is_new_question(w->ev, w->ev->n_probes, server, q, w->ev->probes[i - 1].socket) ||
		 (natsonde_questions[q].socket == NATSONDE_SOCKET_MAPPING && attempt > 1);
	when_us = mailbox_time(w, q, polite_time(w->ev, server, q, is_new, when_us));
	if (when_us >= w->when_us)
		return;
	w->when_us = when_us;
	w->question = (uint8_t)q;
	w->server = (uint8_t)server;
	w->attempt = (uint8_t)attempt;
	w->response_port = response_port;
}

void natsonde_want_wake(struct natsonde_want *w, uint32_t when_us)
{
	if (when_us > w->ev->now_us && when_us < w->wake_us)
		w->wake_us = when_us;
}

/* The first repetition waits for the answer that may be under way; if that was silent too, copies are what brings certainty. */
static uint32_t next_copy_us(const struct natsonde_row *row, const struct natsonde_tally *t)
{
	uint32_t slack_us = t->rtt_us / 2 > 50 * MS ? t->rtt_us / 2 : 50 * MS;

	if (row->sent + row->unsent == 0)
		return 0;
	if (t->rtt_us == 0)
		return row->last_us + t->wait_us;
	return row->last_us + (row->sent <= (t->controls_lost == 0 ? 1 : 4) ? t->rtt_us + slack_us : t->spacing_us);
}

bool natsonde_want_answer(struct natsonde_want *w, const struct natsonde_tally *t, enum natsonde_question q, unsigned attempt,
			  uint16_t response_port)
{
	const struct natsonde_row *row = &t->row[q];

	if (row->good > 0 || natsonde_is_hopeless(row, t))
		return false;
	if (row->pending > 0)
		natsonde_want_wake(w, row->last_us + t->wait_us);
	if (!natsonde_is_rebuffed(row) &&
	    !natsonde_silence_convinces((unsigned)row->lost + row->pending, t->controls_lost,
					(unsigned)t->controls + t->controls_pending, NATSONDE_DOUBT_DEAD))
		natsonde_want_offer(w, t->server, q, attempt, next_copy_us(row, t), response_port);
	return true;
}
