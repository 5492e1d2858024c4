#include "json_read.h"

#include <stdio.h>
#include <string.h>

#include <natsonde/names.h>

#include "words.h"

static const char *role_word(unsigned i)
{
	return natsonde_words_role((enum natsonde_socket)i);
}

static const char *endpoint_word(unsigned i)
{
	return natsonde_words_endpoint((enum natsonde_endpoint)i);
}

/* NATSONDE_CHANGE_... are flags: 0, 2, 4, 6. */
static const char *change_word(unsigned i)
{
	return natsonde_change_name(2 * i);
}

static const char *outcome_word(unsigned i)
{
	return natsonde_outcome_name((enum natsonde_outcome)i);
}

static const char *cause_word(unsigned i)
{
	return natsonde_words_cause((enum natsonde_fault)i);
}

/* No two rows of natsonde_questions agree in all of these. */
static bool read_question(struct natsonde_reading *r, const cJSON *object, struct natsonde_probe *p)
{
	struct natsonde_json_source *source = &r->source;
	uint8_t role, endpoint, change;
	char test[32];

	if (!natsonde_json_get_text(source, object, "test", test, sizeof(test)) ||
	    !natsonde_json_get_word(source, object, "role", role_word, NATSONDE_SOCKETS, &role) ||
	    !natsonde_json_get_word(source, object, "endpoint", endpoint_word, NATSONDE_WORDS_ENDPOINTS, &endpoint) ||
	    !natsonde_json_get_word(source, object, "change", change_word, 4, &change))
		return false;
	for (unsigned q = 0; q < NATSONDE_QUESTIONS; q++) {
		const struct natsonde_question_row *row = &natsonde_questions[q];

		p->question = (uint8_t)q;
		if (row->socket == role && row->endpoint == endpoint && row->change == 2 * change && strcmp(natsonde_question_test(q), test) == 0)
			return true;
	}
	return natsonde_json_wrong(source, "", "not a question that this version asks");
}

static bool read_socket(struct natsonde_reading *r, const cJSON *object, const char *key, unsigned first, uint8_t *socket)
{
	unsigned number;

	if (!natsonde_json_get_number(&r->source, object, key, 2 * UINT8_MAX + 1, &number))
		return false;
	/* What never had a socket says 0 within its family. */
	if (number < first || number - first > UINT8_MAX)
		return natsonde_json_wrong(&r->source, key, "not a socket of this address family");
	*socket = (uint8_t)(number - first);
	return true;
}

static bool read_error(struct natsonde_reading *r, const cJSON *object, struct natsonde_probe *p)
{
	unsigned code;

	if (!natsonde_json_get_number(&r->source, object, "code", 699, &code))
		return false;
	p->code = (uint16_t)code;
	p->refuses_change = natsonde_json_lists(object, "refuses", "change-request");
	p->refuses_response_port = natsonde_json_lists(object, "refuses", "response-port");
	return true;
}

/* Nothing is answered before it was sent; evidence counts 71 minutes. */
static bool set_answered(struct natsonde_reading *r, struct natsonde_probe *p, uint32_t after_us)
{
	p->answered_us = p->sent_us + after_us;
	return p->answered_us >= p->sent_us || natsonde_json_wrong(&r->source, "sent_ms", "too long ago");
}

static bool read_icmp(struct natsonde_reading *r, const cJSON *object, struct natsonde_probe *p)
{
	const cJSON *icmp = natsonde_json_get_object(&r->source, object, "icmp");
	unsigned type, code;
	uint32_t after_us = 0;

	if (!icmp || !natsonde_json_get_number(&r->source, icmp, "type", UINT8_MAX, &type) ||
	    !natsonde_json_get_number(&r->source, icmp, "code", UINT8_MAX, &code) ||
	    !natsonde_json_get_ms(&r->source, icmp, "after_ms", &after_us))
		return false;
	p->icmp_type = (uint8_t)type;
	p->icmp_code = (uint8_t)code;
	return set_answered(r, p, after_us);
}

static bool read_answered(struct natsonde_reading *r, const cJSON *object, unsigned first_socket, struct natsonde_probe *p)
{
	uint32_t rtt_us;

	if (!natsonde_json_get_ms(&r->source, object, "rtt_ms", &rtt_us) || !set_answered(r, p, rtt_us))
		return false;
	p->arrived = p->socket;
	return !natsonde_json_get(object, "arrived") || read_socket(r, object, "arrived", first_socket, &p->arrived);
}

/* That it was not waited for to the end says when its socket was closed. */
static bool read_silent(struct natsonde_reading *r, const cJSON *object, const struct natsonde_evidence *ev, struct natsonde_probe *p)
{
	uint32_t waited_us;

	if (!natsonde_json_get(object, "waited_ms"))
		return true;
	if (!natsonde_json_get_ms(&r->source, object, "waited_ms", &waited_us))
		return false;
	if (p->sent_us < ev->now_us && waited_us < ev->now_us - p->sent_us)
		p->answered_us = p->sent_us + waited_us;
	return true;
}

static bool read_outcome(struct natsonde_reading *r, const cJSON *object, const struct natsonde_evidence *ev, unsigned first_socket,
			 struct natsonde_probe *p)
{
	if (!natsonde_json_get_word(&r->source, object, "outcome", outcome_word, NATSONDE_OUTCOMES, &p->outcome))
		return false;
	switch (p->outcome) {
	case NATSONDE_ANSWERED:
	case NATSONDE_LATE: return read_answered(r, object, first_socket, p);
	case NATSONDE_ERROR: return read_answered(r, object, first_socket, p) && read_error(r, object, p);
	case NATSONDE_UNREACHABLE: return read_icmp(r, object, p);
	case NATSONDE_UNSENT: return natsonde_json_get_word(&r->source, object, "cause", cause_word, NATSONDE_FAULTS, &p->fault);
	default: return read_silent(r, object, ev, p);
	}
}

static bool read_addrs(struct natsonde_reading *r, unsigned family, const cJSON *object, struct natsonde_probe *p)
{
	return natsonde_read_addr(r, family, object, "local", &p->local) && natsonde_read_addr(r, family, object, "to", &p->to) &&
	       natsonde_read_addr(r, family, object, "from", &p->from) &&
	       natsonde_read_addr(r, family, object, "origin", &p->origin) &&
	       natsonde_read_addr(r, family, object, "other", &p->other) &&
	       natsonde_read_addr(r, family, object, "mapped", &p->mapped) &&
	       natsonde_read_addr(r, family, object, "mapped_plain", &p->mapped_plain);
}

static bool read_probe(struct natsonde_reading *r, const cJSON *object, unsigned family, unsigned server, unsigned first_socket)
{
	struct natsonde_evidence *ev = &r->saved->families[family].evidence;
	struct natsonde_probe *p = &ev->probes[ev->n_probes];
	unsigned port = 0, len = 0, instance = 0;

	if (ev->n_probes == ev->max_probes)
		return natsonde_json_wrong(&r->source, "", "one probe too many");
	memset(p, 0, sizeof(*p));
	p->server = (uint8_t)server;
	if (!read_question(r, object, p) || !read_socket(r, object, "socket", first_socket, &p->socket) ||
	    !natsonde_json_get_ms(&r->source, object, "sent_ms", &p->sent_us) ||
	    (natsonde_json_get(object, "response_port") &&
	     !natsonde_json_get_number(&r->source, object, "response_port", UINT16_MAX, &port)) ||
	    (p->question >= NATSONDE_QUESTIONS_FIRST &&
	     !natsonde_json_get_number(&r->source, object, "instance", UINT8_MAX, &instance)) ||
	    (natsonde_json_get(object, "answer_to") && !read_socket(r, object, "answer_to", first_socket, &p->target)) ||
	    (natsonde_json_get(object, "length") && !natsonde_json_get_number(&r->source, object, "length", UINT16_MAX, &len)) ||
	    !read_outcome(r, object, ev, first_socket, p) || !read_addrs(r, family, object, p))
		return false;
	p->response_port = (uint16_t)port;
	p->len = (uint16_t)len;
	p->instance = (uint8_t)instance;
	p->is_tampered = cJSON_IsTrue(natsonde_json_get(object, "tampered"));
	p->is_padded = cJSON_IsTrue(natsonde_json_get(object, "padded"));
	p->is_unprotected = cJSON_IsTrue(natsonde_json_get(object, "unprotected"));
	ev->n_probes++;
	return true;
}

bool natsonde_read_probes(struct natsonde_reading *r, const cJSON *probes, unsigned family, unsigned first_socket)
{
	const cJSON *object;
	unsigned i = 0, server;

	cJSON_ArrayForEach(object, probes) {
		snprintf(r->source.where, sizeof(r->source.where), "probes[%u]", i++);
		if (!cJSON_IsObject(object))
			return natsonde_json_wrong(&r->source, "", "not an object");
		if (!natsonde_json_get_number(&r->source, object, "server", NATSONDE_SAVED_SERVERS, &server))
			return false;
		if (server >= r->n_servers)
			return natsonde_json_wrong(&r->source, "server", "no such server in the list");
		if (r->servers[server].family == family &&
		    !read_probe(r, object, family, r->servers[server].index, first_socket))
			return false;
	}
	return true;
}
