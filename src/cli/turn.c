#include "turn.h"

#include <string.h>

#define RTO (500 * NATSONDE_MS)    /* RFC 8489 section 6.2.1; 2 round trips once one is known */
#define RTO_MIN (100 * NATSONDE_MS)
#define COPIES 4u
#define COPIES_BLIND 3u            /* while no round trip is known: 3.5 s in all */
#define PATIENCE (4 * NATSONDE_S)  /* for an answer over TCP */
#define MESSAGE_MAX 64

static size_t encode(uint16_t method, const uint8_t *id, uint8_t *buf)
{
	struct natsonde_stun_message m = { .cls = NATSONDE_STUN_REQUEST, .method = method };

	memcpy(m.tid, id, sizeof(m.tid));
	if (method == NATSONDE_STUN_ALLOCATE)
		m.requested_transport = NATSONDE_TRANSPORT_UDP;
	return natsonde_stun_encode(&m, buf, MESSAGE_MAX);
}

static enum natsonde_fault send(struct natsonde_turn *t, const struct natsonde_door *door, unsigned slot, uint16_t method)
{
	uint8_t buf[MESSAGE_MAX];
	size_t len = encode(method, method == NATSONDE_STUN_ALLOCATE ? t->allocate_id : t->binding_id, buf);

	t->finding.sent++;
	return door->send(door->ctx, slot, &t->to, buf, len);
}

static void end(struct natsonde_turn *t, enum natsonde_turn_answer answer)
{
	t->finding.answer = (uint8_t)answer;
	t->is_over = true;
	t->due = NATSONDE_NEVER;
}

static void end_unsent(struct natsonde_turn *t, enum natsonde_fault fault)
{
	t->finding.fault = (uint8_t)fault;
	end(t, NATSONDE_TURN_UNSENT);
}

static void begin(struct natsonde_turn *t, const struct natsonde_door *door, unsigned slot, natsonde_us now)
{
	struct natsonde_addr local;
	enum natsonde_fault fault = door->open(door->ctx, slot, t->transport, &t->to, 0, &local);

	door->random(door->ctx, t->allocate_id, sizeof(t->allocate_id));
	door->random(door->ctx, t->binding_id, sizeof(t->binding_id));
	t->began = t->due = now;
	t->is_open = fault == NATSONDE_OK;
	if (!t->is_open)
		end_unsent(t, fault);
}

static void give_up(struct natsonde_turn *t)
{
	if (t->is_binding_answered)
		end(t, NATSONDE_TURN_STUN_ONLY);
	else if (t->is_garbled)
		end(t, NATSONDE_TURN_GARBLED);
	else
		end(t, t->is_refused ? NATSONDE_TURN_REFUSED : NATSONDE_TURN_SILENT);
}

/* How long the newest copy is waited for. Whether a Binding request is answered tells a STUN server from nobody, and how long an
 * answer takes. */
static natsonde_us wait_of(const struct natsonde_turn *t)
{
	if (t->rtt)
		return 2 * t->rtt > RTO_MIN ? 2 * t->rtt : RTO_MIN;
	return RTO << (t->copies - 1);
}

static void ask_again(struct natsonde_turn *t, const struct natsonde_door *door, unsigned slot, natsonde_us now)
{
	enum natsonde_fault fault;

	if (t->copies == (t->rtt ? COPIES : COPIES_BLIND) || (t->transport == NATSONDE_TCP && t->copies)) {
		give_up(t);
		return;
	}
	fault = send(t, door, slot, NATSONDE_STUN_ALLOCATE);
	if (t->transport == NATSONDE_UDP && !t->is_binding_answered && fault == NATSONDE_OK)
		fault = send(t, door, slot, NATSONDE_STUN_BINDING);
	t->copies++;
	t->due = now + (t->transport == NATSONDE_TCP ? PATIENCE : wait_of(t));
	if (fault != NATSONDE_OK && fault != NATSONDE_FAULT_BUSY)
		end_unsent(t, fault);
}

static void keep_realm(struct natsonde_turn_finding *f, const struct natsonde_stun_message *m)
{
	size_t len = m->realm_len < sizeof(f->realm) ? m->realm_len : sizeof(f->realm) - 1;

	if (m->realm)
		memcpy(f->realm, m->realm, len);
}

/* RFC 8489 section 9.2.4: credentials can be given only to who has said for which realm, and with which nonce. */
static void take_allocate(struct natsonde_turn *t, const struct natsonde_stun_message *m, natsonde_us now)
{
	t->finding.rtt_us = t->copies == 1 ? (uint32_t)(now - t->began) : 0;
	t->finding.code = m->error_code;
	keep_realm(&t->finding, m);
	if (m->cls == NATSONDE_STUN_SUCCESS)
		end(t, NATSONDE_TURN_ALLOCATES);
	else if (m->error_code != 401)
		end(t, NATSONDE_TURN_ERROR);
	else
		end(t, m->realm && m->nonce ? NATSONDE_TURN_ASKS : NATSONDE_TURN_ASKS_BADLY);
}

static void receive(struct natsonde_turn *t, const struct natsonde_event *event, natsonde_us now)
{
	struct natsonde_stun_message m;
	bool is_answer = natsonde_stun_decode(event->bytes, event->len, &m) &&
			 (m.cls == NATSONDE_STUN_SUCCESS || m.cls == NATSONDE_STUN_ERROR);

	if (!natsonde_addr_equal(&event->peer, &t->to))
		return;
	if (is_answer && m.method == NATSONDE_STUN_ALLOCATE && memcmp(m.tid, t->allocate_id, sizeof(m.tid)) == 0) {
		take_allocate(t, &m, now);
	} else if (is_answer && m.method == NATSONDE_STUN_BINDING && memcmp(m.tid, t->binding_id, sizeof(m.tid)) == 0) {
		if (!t->is_binding_answered && t->copies == 1) {
			t->rtt = now - t->began;
			t->due = t->began + wait_of(t);
		}
		t->is_binding_answered = true;
	} else {
		t->is_garbled = true;
	}
}

static void handle(struct natsonde_turn *t, const struct natsonde_event *event, natsonde_us now)
{
	if (t->is_over)
		return;
	if (event->kind == NATSONDE_EVENT_RECEIVED)
		receive(t, event, now);
	if (event->kind == NATSONDE_EVENT_ICMP) {
		t->is_refused = true;
		t->due = now + RTO_MIN < t->due ? now + RTO_MIN : t->due;
	}
	if (event->kind == NATSONDE_EVENT_CLOSED)
		end(t, t->is_garbled ? NATSONDE_TURN_GARBLED : NATSONDE_TURN_REFUSED);
}

/* False once the user wants it to end. */
static bool run(struct natsonde_turn *turns, unsigned n, const struct natsonde_door *door, natsonde_us until)
{
	struct natsonde_event event = { .kind = NATSONDE_EVENT_NONE };

	while (event.kind != NATSONDE_EVENT_INTERRUPT) {
		natsonde_us now = door->now(door->ctx), next = NATSONDE_NEVER;

		for (unsigned i = 0; i < n; i++) {
			if (turns[i].due <= now)
				ask_again(&turns[i], door, i, now);
			next = turns[i].due < next ? turns[i].due : next;
		}
		if (next == NATSONDE_NEVER || now >= until)
			return true;
		door->wait(door->ctx, next < until ? next : until, &event);
		if (event.kind != NATSONDE_EVENT_NONE && event.slot < n)
			handle(&turns[event.slot], &event, door->now(door->ctx));
	}
	return false;
}

bool natsonde_turn_ask(struct natsonde_turn *turns, unsigned n, const struct natsonde_door *door, natsonde_us until)
{
	unsigned width = door->max_open < NATSONDE_DOOR_SLOTS ? door->max_open : NATSONDE_DOOR_SLOTS;
	bool goes_on = true;

	for (unsigned first = 0, some; first < n && goes_on; first += some) {
		some = n - first < width ? n - first : width;
		for (unsigned i = 0; i < some; i++)
			begin(&turns[first + i], door, i, door->now(door->ctx));
		goes_on = run(&turns[first], some, door, until);
		for (unsigned i = 0; i < some; i++)
			if (turns[first + i].is_open)
				door->close(door->ctx, i);
	}
	return goes_on;
}
