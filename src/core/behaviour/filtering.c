/* Filtering (RFC 4787 section 5), asked as in RFC 5780 section 4.4: from whom does a reply come in, on a socket that has only
 * ever spoken to A1:P1? A changed reply that came is seen; one that did not come is a verdict only when the path was open at
 * that moment, when enough copies were silent, and when the same request was answered through an open door (control.h). */
#include "behaviour.h"

#include "../control.h"
#include "../reach.h"
#include "../silence.h"
#include "../vet.h"

#define BLIND_COPIES 3u        /* of each request, before any round trip is known */
#define FIRST_ANSWERS_US 50000u /* the first copies follow the first plain request within this */
#define CONTROLS_PLANNED_MAX 14u
#define DOOR_OPENS_US 20000u

/* Whether a changed reply came before this host had spoken to any alternate. */
static bool came_unprompted(const struct natsonde_evidence *ev, const struct natsonde_tally *t, enum natsonde_question q)
{
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server == t->server && p->question == q && natsonde_probe_is_good(ev, p) && p->answered_us <= t->alternate_us)
			return true;
	}
	return false;
}

/* Copies that stayed silent although they left well before the first packet to an alternate. */
static unsigned silent_before_gate(const struct natsonde_evidence *ev, const struct natsonde_tally *t, enum natsonde_question q)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server == t->server && p->question == q && p->outcome == NATSONDE_SILENT &&
		    p->sent_us + t->rtt_us < t->alternate_us && natsonde_silence_path_was_open(ev, t, i))
			n++;
	}
	return n;
}

static void rest_on_filter_probes(const struct natsonde_evidence *ev, const struct natsonde_tally *t, enum natsonde_question q,
				  struct natsonde_draft *f)
{
	for (unsigned i = 0; f->basis != NULL && i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		bool is_silent_copy = p->question == q && p->outcome == NATSONDE_SILENT && natsonde_probe_waited_us(ev, p) >= t->wait_us;
		bool is_positive = natsonde_questions[p->question].change != NATSONDE_CHANGE_NONE && natsonde_probe_is_good(ev, p);

		if (p->server == t->server && (is_silent_copy || is_positive))
			natsonde_rests_on(f, i);
	}
}

/* What to think of a positive that came only after this host had spoken to the alternate: were the earlier copies lost, or did
 * that contact open the door? Where the path loses next to nothing, it was the contact. False while more controls may tell. */
static bool weigh_late_positive(const struct natsonde_evidence *ev, const struct natsonde_tally *t, enum natsonde_question q,
				enum natsonde_verdict verdict, struct natsonde_draft *f)
{
	unsigned silent = silent_before_gate(ev, t, q);

	if (silent > 0 && natsonde_silence_convinces(silent, t->controls_lost, t->controls, NATSONDE_DOUBT_DEAD)) {
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_HOST_KEYED);
		return true;
	}
	natsonde_find(f, verdict, NATSONDE_LIKELY, NATSONDE_WHY_CAME_LATE);
	return t->controls_lost > 0 || t->controls >= CONTROLS_PLANNED_MAX;
}

/* A negative: of all the doors that the answered ones leave open, this one stayed shut. */
static bool judge_silence(const struct natsonde_evidence *ev, const struct natsonde_tally *t, struct natsonde_draft *f)
{
	bool port_came = t->row[NATSONDE_Q_FILTER_PORT].good > 0;
	const struct natsonde_control_row *c = port_came ? &natsonde_control_both : &natsonde_control_port;
	enum natsonde_verdict verdict = port_came ? NATSONDE_ADDRESS_DEPENDENT : NATSONDE_ADDRESS_AND_PORT_DEPENDENT;
	enum natsonde_control control = natsonde_control_status(ev, t, c);
	struct natsonde_silence n = natsonde_silence_count(ev, t, c->filter);

	rest_on_filter_probes(ev, t, c->filter, f);
	if (control == NATSONDE_CONTROL_FAILED) {
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_SERVER_CANNOT);
		return true;
	}
	natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_TOO_FEW_COPIES);
	if (!natsonde_silence_convinces_despite(n.waited, n.in_holes, t, t->controls, NATSONDE_DOUBT_VERDICT))
		return false;
	if (control == NATSONDE_CONTROL_OPEN)
		return false;
	if (control == NATSONDE_CONTROL_IMPOSSIBLE)
		natsonde_find(f, verdict, NATSONDE_LIKELY, NATSONDE_WHY_NO_CONTROL);
	else
		natsonde_find(f, verdict, NATSONDE_VERIFIED,
			      port_came ? NATSONDE_WHY_CHANGED_PORT_CAME : NATSONDE_WHY_NOTHING_CHANGED_CAME);
	if (port_came && !came_unprompted(ev, t, NATSONDE_Q_FILTER_PORT))
		return weigh_late_positive(ev, t, NATSONDE_Q_FILTER_PORT, verdict, f);
	return true;
}

/* The verdict that this server's probes lead to. True if no further probe to it would change it. */
bool natsonde_filtering_judge_with(const struct natsonde_evidence *ev, const struct natsonde_tally *t, struct natsonde_draft *f)
{
	enum natsonde_server_verdict vet = natsonde_vet(ev, t).verdict;

	natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_SERVER_CANNOT);
	if (vet == NATSONDE_SERVER_SILENT) {
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, natsonde_no_answer_reason(ev));
		return natsonde_vet_is_given_up(ev, t);
	}
	if (vet != NATSONDE_SERVER_RFC5780 && vet != NATSONDE_SERVER_ALTERNATE_UNREACHABLE)
		return true;
	if (t->row[NATSONDE_Q_FILTER_BOTH].good == 0)
		return judge_silence(ev, t, f);
	rest_on_filter_probes(ev, t, NATSONDE_QUESTIONS, f);
	natsonde_find(f, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_CHANGED_BOTH_CAME);
	if (came_unprompted(ev, t, NATSONDE_Q_FILTER_BOTH))
		return true;
	return weigh_late_positive(ev, t, NATSONDE_Q_FILTER_BOTH, NATSONDE_ENDPOINT_INDEPENDENT, f);
}

/* The most certain answer counts, of equal ones the first; equal ones that differ are reported, not averaged. */
void natsonde_filtering_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	unsigned chosen = ev->n_servers;
	bool disagree = false;
	struct natsonde_tally t;

	(void)v;
	natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE,
		      natsonde_reach_has_answer(ev) ? NATSONDE_WHY_SERVER_CANNOT : natsonde_no_answer_reason(ev));
	for (unsigned s = 0; s < ev->n_servers; s++) {
		struct natsonde_draft found = {0};

		if (!natsonde_filtering_was_asked(ev, s))
			continue;
		natsonde_tally(ev, s, &t);
		(void)natsonde_filtering_judge_with(ev, &t, &found);
		if (found.certainty == f->certainty && found.verdict != f->verdict)
			disagree = true;
		if (found.certainty > f->certainty)
			disagree = false;
		if (found.certainty > f->certainty || (chosen == ev->n_servers && found.reason != natsonde_no_answer_reason(ev))) {
			natsonde_find(f, (enum natsonde_verdict)found.verdict, (enum natsonde_certainty)found.certainty,
				      (enum natsonde_reason)found.reason);
			chosen = s;
		}
	}
	if (chosen < ev->n_servers && f->basis != NULL) {
		natsonde_tally(ev, chosen, &t);
		(void)natsonde_filtering_judge_with(ev, &t, f);
	}
	if (disagree)
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_SERVERS_DISAGREE);
	if (f->verdict == NATSONDE_UNKNOWN && f->reason == NATSONDE_WHY_TOO_FEW_COPIES &&
	    (ev->end == NATSONDE_END_TIMEOUT || ev->end == NATSONDE_END_INTERRUPTED))
		f->reason = NATSONDE_WHY_NOT_FINISHED;
}

static uint32_t later(uint32_t a_us, uint32_t b_us)
{
	return a_us > b_us ? a_us : b_us;
}

/* Where everything was held up (a neighbour had to be found first), the answers come in one after the other. */
static uint32_t first_answer_us(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	uint16_t first = t->row[NATSONDE_Q_MAP_A1P1].first_good;

	return first == NATSONDE_NO_PROBE ? 0 : ev->probes[first].answered_us;
}

/* When enough copies of change-both have had the time to be answered. */
static uint32_t gate_us(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	unsigned n = 0;

	if (t->row[NATSONDE_Q_FILTER_BOTH].good > 0 || t->alternate_us != NATSONDE_NOT_YET_US)
		return 0;
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server == t->server && p->question == NATSONDE_Q_FILTER_BOTH && p->outcome != NATSONDE_UNSENT &&
		    natsonde_silence_convinces(++n, t->controls_lost, t->controls, NATSONDE_DOUBT_GATE))
			return later(p->sent_us + t->rtt_us + t->rtt_us / 2, first_answer_us(ev, t) + FIRST_ANSWERS_US);
	}
	return NATSONDE_NOT_YET_US;
}

uint32_t natsonde_filtering_gate_us(const struct natsonde_want *w, const struct natsonde_tally *t)
{
	struct natsonde_draft f = {0};
	uint32_t opens_us = (w->plan->tests & NATSONDE_TEST(NATSONDE_FILTERING)) != 0 ? gate_us(w->ev, t) : 0;

	return opens_us > w->ev->now_us && natsonde_filtering_judge_with(w->ev, t, &f) ? 0 : opens_us;
}

/* No copy of the question has met its fate yet. */
static bool is_unsettled(const struct natsonde_row *row)
{
	return row->good + row->lost + row->errors + row->strange + row->unreachable + row->unsent == 0;
}

/* Questions of this run that will tell what the path loses, and have not been put or answered yet. Until an endpoint has proven
 * alive its questions are no controls; it is taken to be. */
static unsigned controls_to_come(const struct natsonde_tally *t)
{
	static const uint8_t questions[] = {NATSONDE_Q_MAP_A2P1, NATSONDE_Q_MAP_A2P2, NATSONDE_Q_MAP_A1P2, NATSONDE_Q_OPEN_A2P2,
					    NATSONDE_Q_OPEN_A1P2};
	unsigned n = is_unsettled(&t->row[NATSONDE_Q_CONTROL_BOTH]) && is_unsettled(&t->row[NATSONDE_Q_CONTROL_PORT]);

	for (unsigned i = 0; i < sizeof(questions); i++) {
		const struct natsonde_row *row = &t->row[questions[i]];

		if (t->endpoint_is_alive[natsonde_questions[questions[i]].endpoint])
			n += row->sent == 0;
		else
			n += is_unsettled(row);
	}
	return n;
}

static bool wants_copies(const struct natsonde_want *w, const struct natsonde_tally *t, enum natsonde_question q)
{
	unsigned controls = (unsigned)t->controls + t->controls_pending + controls_to_come(t);
	const struct natsonde_row *row = &t->row[q];
	struct natsonde_silence n = natsonde_silence_count(w->ev, t, q);

	if (row->good > 0 || row->unsent >= BLIND_COPIES)
		return false;
	if (t->rtt_us == 0)
		return row->sent < BLIND_COPIES - (q == NATSONDE_Q_FILTER_PORT);
	return !natsonde_silence_convinces_despite(n.sent, n.in_holes, t, controls, NATSONDE_DOUBT_VERDICT);
}

/* Silence becomes evidence, and a control is lost, when the wait is over. */
static void wake_when_waited(struct natsonde_want *w, const struct natsonde_tally *t)
{
	for (unsigned q = 0; q < NATSONDE_Q_TCP; q++)
		if (t->row[q].pending > 0)
			natsonde_want_wake(w, t->row[q].last_us + t->wait_us);
}

/* The first copies deserve the time to be answered before more of them are sent. Not with a server that takes the place of another:
 * there is no time to lose. */
static uint32_t next_copy_us(const struct natsonde_evidence *ev, const struct natsonde_row *row, const struct natsonde_tally *t)
{
	uint32_t first_us = t->row[NATSONDE_Q_FILTER_PORT].first_us;
	uint32_t answer_due_us = first_us < first_answer_us(ev, t) ? first_us + t->rtt_us + t->rtt_us / 8 : 0;
	uint32_t next_us = row->sent + row->unsent > 0 ? row->last_us + t->spacing_us : 0;

	return t->rtt_us != 0 && t->row[NATSONDE_Q_FILTER_PORT].sent > 0 && next_us < answer_due_us ? answer_due_us : next_us;
}

/* The copies, and beside each a plain request. First change-both and change-port; once the gate is open only what is undecided:
 * filters are nested, so change-both matters only where change-port came through. */
static void ask_copies(struct natsonde_want *w, const struct natsonde_tally *t, bool gate_is_open)
{
	const struct natsonde_row *both = &t->row[NATSONDE_Q_FILTER_BOTH], *port = &t->row[NATSONDE_Q_FILTER_PORT];
	const struct natsonde_row *plain = &t->row[NATSONDE_Q_FILTER_PLAIN];
	unsigned attempt = t->server + 1u;
	bool gate_needs_both = !gate_is_open && (t->rtt_us == 0 || !natsonde_silence_convinces(both->sent, t->controls_lost,
						  t->controls, NATSONDE_DOUBT_GATE));
	bool both_wanted = (gate_needs_both || port->good > 0) && wants_copies(w, t, NATSONDE_Q_FILTER_BOTH);
	bool port_wanted = wants_copies(w, t, NATSONDE_Q_FILTER_PORT);

	if (both_wanted)
		natsonde_want_offer(w, t->server, NATSONDE_Q_FILTER_BOTH, attempt, next_copy_us(w->ev, both, t), 0);
	if (port_wanted)
		natsonde_want_offer(w, t->server, NATSONDE_Q_FILTER_PORT, attempt, next_copy_us(w->ev, port, t), 0);
	if ((both_wanted || port_wanted) && t->rtt_us != 0)
		natsonde_want_offer(w, t->server, NATSONDE_Q_FILTER_PLAIN, attempt,
				    next_copy_us(w->ev, plain, t) + (t->controls_lost > 0 ? t->spacing_us : 0), 0);
}

/* The door is open as soon as a packet has left through it. Whether the control takes RESPONSE-PORT is not known before the answers are
 * there; a first copy without it saves their round trip where it does not. */
static void try_control(struct natsonde_want *w, const struct natsonde_tally *t, const struct natsonde_control_row *c)
{
	if (t->row[c->open].sent > 0 && t->row[c->open].good == 0 && t->row[c->map].good == 0 && t->row[c->control].sent == 0)
		natsonde_want_offer(w, t->server, (enum natsonde_question)c->control, t->server + 1u,
				    t->row[c->open].first_us + DOOR_OPENS_US, 0);
}

/* Does the server honour RESPONSE-PORT at all? Each copy has a plain request beside it. */
static void ask_for_response_port(struct natsonde_want *w, const struct natsonde_tally *t)
{
	const struct natsonde_row *asked = &t->row[NATSONDE_Q_RESPONSE_PORT], *plain = &t->row[NATSONDE_Q_FILTER_PLAIN];
	uint16_t port = natsonde_evidence_addr(w->ev, natsonde_tally_mapped(w->ev, t, NATSONDE_Q_OPEN_A2P2))->port;

	if (!natsonde_want_answer(w, t, NATSONDE_Q_RESPONSE_PORT, t->attempt, port) && asked->pending == 0)
		natsonde_want_offer(w, t->server, NATSONDE_Q_RESPONSE_PORT, t->attempt, asked->last_us + t->spacing_us, port);
	if (asked->sent > 0 && plain->last_us < asked->last_us)
		natsonde_want_offer(w, t->server, NATSONDE_Q_FILTER_PLAIN, t->server + 1u, 0, 0);
}

static void ask_control(struct natsonde_want *w, const struct natsonde_tally *t)
{
	const struct natsonde_control_row *c = t->row[NATSONDE_Q_FILTER_PORT].good > 0 ? &natsonde_control_both : &natsonde_control_port;
	unsigned attempt = t->server + 1u;
	uint16_t response_port;

	if (natsonde_control_status(w->ev, t, c) != NATSONDE_CONTROL_OPEN)
		return;
	if (!natsonde_control_is_ready(w->ev, t, c, &response_port)) {
		try_control(w, t, c);
		return;
	}
	if (response_port != 0 && !t->row[c->control].is_diverted) {
		natsonde_want_offer(w, t->server, c->control, attempt, 0, response_port);
		return;
	}
	if (natsonde_want_answer(w, t, c->control, attempt, response_port))
		return;
	if (natsonde_control_needs_response_port(w->ev, t, c))
		ask_for_response_port(w, t);
}

static bool has_come_late(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	struct natsonde_draft f = {0};

	if (t->row[NATSONDE_Q_FILTER_BOTH].good + t->row[NATSONDE_Q_FILTER_PORT].good == 0)
		return false;
	(void)natsonde_filtering_judge_with(ev, t, &f);
	return f.reason == NATSONDE_WHY_CAME_LATE;
}

/* A late positive is weighed against what the path loses: more plain requests tell that. */
static void ask_for_losses(struct natsonde_want *w, const struct natsonde_tally *t)
{
	const struct natsonde_row *plain = &t->row[NATSONDE_Q_FILTER_PLAIN];

	if ((unsigned)t->controls + t->controls_pending < CONTROLS_PLANNED_MAX)
		natsonde_want_offer(w, t->server, NATSONDE_Q_FILTER_PLAIN, t->server + 1u, plain->last_us + t->spacing_us, 0);
}

void natsonde_filtering_ask(struct natsonde_want *w)
{
	unsigned s = w->ev->n_servers > 0 ? natsonde_filtering_server_to_ask(w) : w->ev->n_servers;
	const struct natsonde_tally *t;

	if (s == w->ev->n_servers)
		return;
	t = natsonde_want_tally(w, s);
	wake_when_waited(w, t);
	if (has_come_late(w->ev, t)) {
		ask_for_losses(w, t);
		return;
	}
	ask_copies(w, t, gate_us(w->ev, t) <= w->ev->now_us);
	ask_control(w, t);
}
