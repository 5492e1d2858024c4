/* What comes in is matched to the probe it answers: by transaction id and by socket, never by address alone. */
#include <natsonde/engine.h>

#include <string.h>

#include "record.h"
#include "stun_wire.h"
#include "tally.h"

void natsonde_record_time(struct natsonde_engine *e, natsonde_us now)
{
	if (!e->has_begun) {
		e->has_begun = true;
		e->ev.began = now;
	}
	if (e->ev.end == NATSONDE_END_NOT_YET && now > e->ev.began)
		e->ev.now_us = (uint32_t)(now - e->ev.began);
}

/* The socket that a question's answer may come to: its own, and the one that it was sent to on purpose. */
static bool may_arrive_at(const struct natsonde_engine *e, const struct natsonde_probe *p, unsigned slot)
{
	return e->slots[slot].number == p->socket || (p->target != 0 && e->slots[slot].number == p->target);
}

static struct natsonde_probe *find_by_id(struct natsonde_engine *e, const uint8_t *tid)
{
	for (unsigned i = e->ev.n_probes; i-- > 0;)
		if (memcmp(e->ev.probes[i].tid, tid, NATSONDE_STUN_TID) == 0)
			return &e->ev.probes[i];
	return NULL;
}

/* Which of what was asked for the server did not understand (RFC 8489 section 14.9). */
static void note_refusals(const struct natsonde_stun_message *m, struct natsonde_probe *p)
{
	for (unsigned i = 0; i < m->unknown_count; i++) {
		p->refuses_change = p->refuses_change || m->unknown[i] == NATSONDE_ATTR_CHANGE_REQUEST;
		p->refuses_response_port = p->refuses_response_port || m->unknown[i] == NATSONDE_ATTR_RESPONSE_PORT;
	}
}

static bool took_too_long(const struct natsonde_evidence *ev, const struct natsonde_probe *p)
{
	struct natsonde_tally t;

	if (ev->now_us - p->sent_us <= NATSONDE_LEAST_WAIT_US)
		return false;
	natsonde_tally(ev, p->server, &t);
	return t.rtt_us != 0 && ev->now_us - p->sent_us > t.wait_us;
}

static void note_answer(struct natsonde_engine *e, struct natsonde_probe *p, const struct natsonde_stun_message *m)
{
	bool is_late = took_too_long(&e->ev, p);

	p->answered_us = e->ev.now_us;
	p->is_padded = m->padding > 0;
	p->origin = natsonde_record_addr(&e->ev, &m->origin);
	p->other = natsonde_record_addr(&e->ev, &m->other);
	if (m->cls == NATSONDE_STUN_ERROR) {
		p->outcome = NATSONDE_ERROR;
		p->code = m->error_code;
		note_refusals(m, p);
		return;
	}
	p->mapped_plain = natsonde_record_addr(&e->ev, &m->mapped);
	p->is_unprotected = m->xor_mapped.family == NATSONDE_NO_FAMILY;
	p->mapped = p->is_unprotected ? p->mapped_plain : natsonde_record_addr(&e->ev, &m->xor_mapped);
	p->outcome = is_late ? NATSONDE_LATE : NATSONDE_ANSWERED;
}

static bool is_binding(const uint8_t *bytes, size_t len, struct natsonde_stun_message *m)
{
	return natsonde_stun_decode_answer(bytes, len, m) && m->method == NATSONDE_STUN_BINDING && !m->is_classic;
}

/* What one socket of this host sends to another comes in as the request that it is; everything else must be an answer. */
static bool can_answer(const struct natsonde_probe *p, const struct natsonde_stun_message *m)
{
	if (natsonde_questions[p->question].endpoint == NATSONDE_OWN_MAPPING)
		return m->cls == NATSONDE_STUN_REQUEST;
	return m->cls == NATSONDE_STUN_SUCCESS || m->cls == NATSONDE_STUN_ERROR;
}

/* A server that answers nonsense is not silent, and whoever runs it wants to know. */
static void note_noise(struct natsonde_engine *e, const struct natsonde_addr *from)
{
	for (unsigned s = 0; s < e->ev.n_servers && e->ev.end == NATSONDE_END_NOT_YET; s++) {
		struct natsonde_server *server = &e->ev.servers[s];

		if (server->noise < UINT8_MAX && natsonde_addr_equal(natsonde_evidence_addr(&e->ev, server->addr), from))
			server->noise++;
	}
}

/* Such an answer is dropped (RFC 8489 section 6.3), but remembered: somebody has rewritten what it says. */
static bool is_tampered(struct natsonde_probe *p, const struct natsonde_stun_message *m)
{
	p->is_tampered = p->is_tampered || m->fingerprint == NATSONDE_FINGERPRINT_BAD;
	return m->fingerprint == NATSONDE_FINGERPRINT_BAD;
}

/* Of answers from elsewhere the first is enough: a server that goes on would fill the memory that others need. */
static bool is_no_better(const struct natsonde_engine *e, const struct natsonde_probe *p, const struct natsonde_addr *from)
{
	struct natsonde_addr wanted = natsonde_evidence_endpoint(&e->ev, p->server, (enum natsonde_endpoint)natsonde_questions[p->question].replies);

	return natsonde_is_success(p->outcome) && !natsonde_addr_equal(from, &wanted);
}

bool natsonde_engine_on_received(struct natsonde_engine *e, natsonde_us now, unsigned slot, const struct natsonde_addr *from,
				 const uint8_t *bytes, size_t len)
{
	struct natsonde_stun_message m;
	struct natsonde_probe *p;
	bool is_answer;

	natsonde_record_time(e, now);
	if (slot >= NATSONDE_ENGINE_SLOTS)
		return false;
	p = is_binding(bytes, len, &m) ? find_by_id(e, m.tid) : NULL;
	is_answer = p != NULL && can_answer(p, &m);
	if (!is_answer || is_tampered(p, &m)) {
		note_noise(e, from);
		return is_answer;
	}
	/* An answer from the right address settles a probe; one from elsewhere may still be followed by it. */
	if (e->ev.end != NATSONDE_END_NOT_YET || !may_arrive_at(e, p, slot) || p->outcome == NATSONDE_ERROR ||
	    natsonde_probe_is_good(&e->ev, p) || is_no_better(e, p, from) ||
	    (m.cls == NATSONDE_STUN_SUCCESS && m.not_understood != 0))
		return true;
	p->from = natsonde_record_addr(&e->ev, from);
	p->arrived = e->slots[slot].number;
	p->len = (uint16_t)len;
	note_answer(e, p, &m);
	if (p->question >= NATSONDE_QUESTIONS_FIRST)
		return true;
	/* Only A1:P1 says what its alternate is: asked at an alternate, a server names A1:P1, or itself (RFC 5780 section 6). */
	if (natsonde_questions[p->question].endpoint == NATSONDE_A1P1 && p->from == e->ev.servers[p->server].addr &&
	    natsonde_questions[p->question].change == NATSONDE_CHANGE_NONE && p->question != NATSONDE_Q_TCP)
		natsonde_record_other(&e->ev, p->server, p->other);
	return true;
}

/* RFC 1122 section 3.2.2 promises only eight quoted bytes of the UDP datagram: then socket and destination have to do. */
void natsonde_engine_on_icmp(struct natsonde_engine *e, natsonde_us now, unsigned slot, const struct natsonde_addr *to,
			     uint8_t type, uint8_t code, const uint8_t *quoted, size_t len)
{
	struct natsonde_probe *p = NULL;

	natsonde_record_time(e, now);
	if (e->ev.end != NATSONDE_END_NOT_YET || slot >= NATSONDE_ENGINE_SLOTS)
		return;
	if (len >= NATSONDE_STUN_HEADER)
		p = find_by_id(e, quoted + NATSONDE_STUN_HEADER - NATSONDE_STUN_TID);
	for (unsigned i = e->ev.n_probes; i-- > 0 && p == NULL && len < NATSONDE_STUN_HEADER;)
		if (e->ev.probes[i].socket == e->slots[slot].number && e->ev.probes[i].outcome == NATSONDE_SILENT &&
		    natsonde_addr_equal(natsonde_evidence_addr(&e->ev, e->ev.probes[i].to), to))
			p = &e->ev.probes[i];
	if (p == NULL || p->outcome != NATSONDE_SILENT)
		return;
	p->outcome = NATSONDE_UNREACHABLE;
	p->answered_us = e->ev.now_us;
	p->icmp_type = type;
	p->icmp_code = code;
}

void natsonde_engine_on_closed(struct natsonde_engine *e, natsonde_us now, unsigned slot)
{
	natsonde_record_time(e, now);
	for (unsigned i = 0; i < e->ev.n_probes && e->ev.end == NATSONDE_END_NOT_YET; i++) {
		struct natsonde_probe *p = &e->ev.probes[i];

		if (p->socket == e->slots[slot].number && p->outcome == NATSONDE_SILENT) {
			p->outcome = NATSONDE_UNREACHABLE;
			p->answered_us = e->ev.now_us;
		}
	}
}
