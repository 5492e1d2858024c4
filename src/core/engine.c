#include <natsonde/engine.h>

#include <stddef.h>
#include <string.h>

#include "behaviour/behaviour.h"
#include "reach.h"
#include "record.h"
#include "spare.h"
#include "silence.h"
#include "slot.h"
#include "stun_wire.h"
#include "use.h"

#define PATIENCE_US 4000000u
#define HURRY_US 2000000u /* a first neighbour solicitation that was lost takes one (RFC 4861 section 10) */
#define BUSY_PAUSE_US 20000u
#define BUSY_MAX 10
#define PORTS_TRIED_MAX 16
#define CATCH_UP_US 1000u /* that a driver wakes late is made up for, so far */
#define LIFETIME_MAX_S 330 /* RFC 4787 REQ-5 recommends five minutes */

void natsonde_engine_init(struct natsonde_engine *e, const struct natsonde_plan *plan, struct natsonde_random random,
			  struct natsonde_probe *probes, unsigned max_probes, struct natsonde_addr *addrs, unsigned max_addrs)
{
	memset(e, 0, sizeof(*e));
	e->plan = *plan;
	e->plan.tests = natsonde_tests_needed(plan);
	if (e->plan.patience == 0)
		e->plan.patience = PATIENCE_US;
	if ((uint32_t)e->plan.timeout < (uint32_t)e->plan.patience)
		e->plan.patience = e->plan.timeout;
	if (e->plan.max_sockets < 3)
		e->plan.max_sockets = 3;
	e->random = random;
	e->ev.probes = probes;
	e->ev.max_probes = (uint16_t)max_probes;
	e->ev.addrs = addrs;
	e->ev.max_addrs = (uint16_t)max_addrs;
	memset(&addrs[0], 0, sizeof(addrs[0]));
	e->ev.n_addrs = 1;
	e->ev.family = plan->family;
	e->ev.fixed_port = plan->local_port != 0 || plan->reuses_socket;
	e->ev.sees = plan->sees;
	if (e->plan.max_lifetime_s == 0)
		e->plan.max_lifetime_s = LIFETIME_MAX_S;
	if (e->plan.tests & NATSONDE_TEST(NATSONDE_LIFETIME))
		e->ev.max_lifetime_s = e->plan.max_lifetime_s;
}

static void add_servers(struct natsonde_engine *e, struct natsonde_tally *scratch)
{
	for (unsigned i = 0; i < e->plan.n_servers; i++) {
		struct natsonde_server server = {.name = e->plan.servers[i].name};

		if ((e->added >> i & 1) || !natsonde_spare_is_needed(e, i, scratch))
			continue;
		e->added = (uint8_t)(e->added | 1u << i);
		server.addr = natsonde_record_addr(&e->ev, &e->plan.servers[i].addr);
		/* Without room for its address it cannot be spoken to. */
		if (server.addr != 0)
			e->ev.servers[e->ev.n_servers++] = server;
	}
}

/* Whether the tests of mapping and filtering are over. */
static bool is_further(const struct natsonde_evidence *ev)
{
	return ev->n_probes > 0 && ev->probes[ev->n_probes - 1].question >= NATSONDE_QUESTIONS_FIRST;
}

static void collect_first(const struct natsonde_engine *e, struct natsonde_want *w)
{
	if (!natsonde_reach_has_answer(&e->ev))
		natsonde_reach_ask(w);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS_FIRST; b++)
		if ((e->plan.tests & NATSONDE_TEST(b)) && natsonde_behaviours[b].ask != NULL)
			natsonde_behaviours[b].ask(w);
	if (e->plan.checks_server)
		natsonde_use_ask(w);
	if (w->when_us == NATSONDE_NOT_YET_US && w->wake_us == NATSONDE_NOT_YET_US)
		natsonde_mapping_ask_further(w);
}

static void collect_wants(struct natsonde_engine *e, struct natsonde_want *w)
{
	memset(w, 0, offsetof(struct natsonde_want, tally));
	w->ev = &e->ev;
	w->plan = &e->plan;
	w->slots = e->slots;
	w->when_us = w->wake_us = NATSONDE_NOT_YET_US;
	if (!is_further(&e->ev))
		collect_first(e, w);
	/* They are put one after the other, so that none can open a door for another. */
	if (w->when_us == NATSONDE_NOT_YET_US && w->wake_us == NATSONDE_NOT_YET_US && e->plan.further != NULL &&
	    natsonde_reach_has_answer(&e->ev))
		e->plan.further->ask(w);
}

static bool close_next(struct natsonde_engine *e, struct natsonde_action *action)
{
	for (unsigned slot = 0; slot < NATSONDE_ENGINE_SLOTS; slot++)
		if (e->slots[slot].is_open)
			return natsonde_slot_close(e, slot, action);
	e->deadline = NATSONDE_NEVER;
	return false;
}

/* The socket that an answer must come to where it is not the one that asks: a rung, or the control socket. */
static uint8_t target_of(const struct natsonde_engine *e, const struct natsonde_want *w)
{
	if (!natsonde_is_diverted(w->question))
		return w->target;
	return e->slots[natsonde_slot_for(e, NATSONDE_SOCKET_CONTROL, w->server + 1u)].number;
}

static struct natsonde_addr destination_of(const struct natsonde_engine *e, const struct natsonde_want *w)
{
	enum natsonde_endpoint endpoint = (enum natsonde_endpoint)natsonde_questions[w->question].endpoint;

	if (endpoint == NATSONDE_NOBODY)
		return e->plan.further->nobody(&e->ev, w->server);
	if (w->to != 0)
		return *natsonde_evidence_addr(&e->ev, w->to);
	return natsonde_evidence_endpoint(&e->ev, w->server, endpoint);
}

/* Never part of its caller: the message would stand on the stack beneath everything that decides what to ask. */
__attribute__((noinline))
static bool send_question(struct natsonde_engine *e, const struct natsonde_want *w, unsigned slot, uint8_t *buf,
			  size_t cap, struct natsonde_action *action)
{
	const struct natsonde_question_row *q = &natsonde_questions[w->question];
	struct natsonde_probe *p = natsonde_record_probe(&e->ev);
	struct natsonde_stun_request request;

	if (p == NULL)
		return false;
	if (!e->was_busy)
		e->busy = 0;
	e->was_busy = false;
	e->random.fill(e->random.ctx, p->tid, sizeof(p->tid));
	action->what = NATSONDE_DO_SEND;
	action->slot = slot;
	action->transport = natsonde_socket_is_tcp((enum natsonde_socket)q->socket) ? NATSONDE_TCP : NATSONDE_UDP;
	action->to = destination_of(e, w);
	p->sent_us = e->ev.now_us;
	p->response_port = w->response_port;
	p->question = w->question;
	p->server = w->server;
	p->socket = e->slots[slot].number;
	p->instance = w->attempt;
	p->target = target_of(e, w);
	p->local = e->slots[slot].local;
	p->to = natsonde_record_addr(&e->ev, &action->to);
	request = (struct natsonde_stun_request){.tid = p->tid, .change = q->change, .response_port = w->response_port};
	if (q->socket == NATSONDE_SOCKET_LARGE) {
		e->plan.further->enlarge(&request, w->question, e->ev.family);
		buf = e->plan.large;
		cap = NATSONDE_SEND_LARGE_MAX;
	}
	action->bytes = buf;
	action->len = natsonde_stun_write_request(&request, buf, cap);
	/* Pacing keeps step with its schedule, so that a driver that wakes late does not slow the run down. */
	e->paced_us += NATSONDE_PACING_US;
	if (e->paced_us < p->sent_us + NATSONDE_PACING_US - CATCH_UP_US)
		e->paced_us = p->sent_us + NATSONDE_PACING_US - CATCH_UP_US;
	return true;
}

/* There is nothing to do until then. */
static bool wait_until(struct natsonde_engine *e, uint32_t at_us)
{
	uint32_t end_us = (uint32_t)e->plan.timeout;

	e->deadline = e->ev.began + (at_us < end_us ? at_us : end_us);
	return false;
}

static bool act(struct natsonde_engine *e, struct natsonde_want *w, uint8_t *buf, size_t cap, struct natsonde_action *action)
{
	unsigned kind = natsonde_questions[w->question].socket;
	unsigned slot = natsonde_slot_for(e, kind, w->attempt);
	struct natsonde_slot *s = &e->slots[slot];

	memset(action, 0, sizeof(*action));
	if (s->is_open && (s->kind != kind || s->attempt != w->attempt)) {
		uint32_t free_us = natsonde_slot_free_us(e, slot, w);

		return free_us > e->ev.now_us ? wait_until(e, free_us) : natsonde_slot_close(e, slot, action);
	}
	if (!s->is_open)
		return natsonde_slot_open(e, slot, w, action);
	return send_question(e, w, slot, buf, cap, action) || wait_until(e, w->wake_us);
}

/* A socket that its test has done with. */
static bool close_done(struct natsonde_engine *e, const struct natsonde_want *w, struct natsonde_action *action)
{
	for (unsigned slot = 0; slot < NATSONDE_ENGINE_SLOTS && w->done_attempt != 0; slot++)
		if (e->slots[slot].is_open && e->slots[slot].kind == w->done_kind && e->slots[slot].attempt == w->done_attempt)
			return natsonde_slot_close(e, slot, action);
	return false;
}

/* The fault that kept this host from sending anything over UDP; NATSONDE_OK if it sent something. */
static uint8_t sending_fault(const struct natsonde_evidence *ev)
{
	uint8_t fault = NATSONDE_OK;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		if (ev->probes[i].question != NATSONDE_Q_TCP && ev->probes[i].outcome != NATSONDE_UNSENT)
			return NATSONDE_OK;
		fault = ev->probes[i].question != NATSONDE_Q_TCP ? ev->probes[i].fault : fault;
	}
	return fault;
}

/* Nothing is wanted any more. That no server answered is then this host's own fault, or nobody is there. */
static void end_decided(struct natsonde_engine *e)
{
	e->ev.fault = sending_fault(&e->ev);
	if (natsonde_reach_has_answer(&e->ev))
		e->ev.end = NATSONDE_END_DECIDED;
	else
		e->ev.end = e->ev.fault != NATSONDE_OK ? NATSONDE_END_FAULT : NATSONDE_END_NO_ANSWER;
}

bool natsonde_engine_next(struct natsonde_engine *e, natsonde_us now, uint8_t *buf, size_t cap, struct natsonde_action *action)
{
	struct natsonde_want w;

	natsonde_record_time(e, now);
	if (e->ev.end == NATSONDE_END_NOT_YET && e->ev.now_us >= (uint32_t)e->plan.timeout)
		e->ev.end = natsonde_reach_has_answer(&e->ev) ? NATSONDE_END_TIMEOUT : NATSONDE_END_NO_ANSWER;
	if (e->ev.end == NATSONDE_END_NOT_YET) {
		if (!is_further(&e->ev))
			add_servers(e, &w.tally);
		if (natsonde_reach_is_over(&e->ev, &e->plan))
			end_decided(e);
	}
	if (e->ev.end != NATSONDE_END_NOT_YET)
		return close_next(e, action);
	if (e->ev.now_us < e->paced_us)
		return wait_until(e, e->paced_us); /* whatever is wanted, it could not be sent yet */
	if (e->slots[NATSONDE_SOCKET_TCP].is_open && e->slots[NATSONDE_SOCKET_TCP].kind == NATSONDE_SOCKET_TCP &&
	    !e->plan.checks_server && natsonde_reach_has_answer(&e->ev))
		return natsonde_slot_close(e, NATSONDE_SOCKET_TCP, action);
	collect_wants(e, &w);
	e->ev.is_truncated = e->ev.is_truncated || w.is_out_of_room;
	if (close_done(e, &w, action))
		return true;
	if (w.when_us == NATSONDE_NOT_YET_US && w.wake_us == NATSONDE_NOT_YET_US) {
		end_decided(e);
		return close_next(e, action);
	}
	if (w.when_us <= e->ev.now_us)
		return act(e, &w, buf, cap, action);
	return wait_until(e, w.when_us < w.wake_us ? w.when_us : w.wake_us);
}

natsonde_us natsonde_engine_deadline(const struct natsonde_engine *e)
{
	return e->deadline;
}

/* Without that socket its question cannot be put; that ends nothing. */
static void note_fault(struct natsonde_engine *e, const struct natsonde_slot *s, enum natsonde_fault fault)
{
	struct natsonde_probe *p = natsonde_record_probe(&e->ev);

	if (p == NULL)
		return;
	p->question = s->question;
	p->server = s->server;
	p->instance = s->attempt;
	p->sent_us = e->ev.now_us;
	p->to = e->ev.servers[s->server].addr;
	p->outcome = NATSONDE_UNSENT;
	p->fault = (uint8_t)fault;
}

void natsonde_engine_on_open(struct natsonde_engine *e, unsigned slot, enum natsonde_fault fault, const struct natsonde_addr *local)
{
	struct natsonde_slot *s = &e->slots[slot];
	bool is_optional = s->kind >= NATSONDE_SOCKET_TCP;

	s->is_open = false;
	if (fault == NATSONDE_OK) {
		s->is_open = true;
		s->number = ++e->sockets;
		s->opens = 0;
		s->local = natsonde_record_addr(&e->ev, local);
		return;
	}
	if (fault == NATSONDE_FAULT_PORT_TAKEN && s->kind != NATSONDE_SOCKET_TCP && (is_optional || e->plan.local_port == 0) &&
	    ++s->opens < PORTS_TRIED_MAX)
		return;
	if (is_optional) {
		s->opens = 0;
		note_fault(e, s, fault);
		return;
	}
	e->ev.end = NATSONDE_END_FAULT;
	e->ev.fault = (uint8_t)fault;
}

void natsonde_engine_on_unsent(struct natsonde_engine *e, enum natsonde_fault fault)
{
	struct natsonde_probe *p;

	if (e->ev.n_probes == 0)
		return;
	p = &e->ev.probes[e->ev.n_probes - 1];
	if (fault == NATSONDE_FAULT_BUSY && ++e->busy < BUSY_MAX) {
		e->was_busy = true;
		e->ev.n_probes--; /* a local shortage is no lost probe: the question is put again */
		e->paced_us += BUSY_PAUSE_US;
		return;
	}
	e->busy = 0;
	p->outcome = NATSONDE_UNSENT;
	p->fault = (uint8_t)fault;
}

void natsonde_engine_hurry(struct natsonde_engine *e)
{
	e->plan.patience = HURRY_US;
}

void natsonde_engine_stop(struct natsonde_engine *e, natsonde_us now)
{
	natsonde_record_time(e, now);
	if (e->ev.end == NATSONDE_END_NOT_YET)
		e->ev.end = NATSONDE_END_INTERRUPTED;
	e->deadline = now;
}

const struct natsonde_evidence *natsonde_engine_evidence(const struct natsonde_engine *e)
{
	return &e->ev;
}
