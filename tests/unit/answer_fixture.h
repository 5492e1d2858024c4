/* Answers written by hand, to the first questions that the engine asks. */
#ifndef NATSONDE_TESTS_ANSWER_FIXTURE_H
#define NATSONDE_TESTS_ANSWER_FIXTURE_H

#include "engine_fixture.h"

#define SERVER "203.0.113.10:3478"
#define OTHER "203.0.113.11:3479"
#define A1P2 "203.0.113.10:3479"

static const struct natsonde_probe *p; /* the probe of the test */

/* Asks the first questions of a server that has not answered anything yet, and picks the probe of this one. */
static inline void ask_nobody(enum natsonde_question q)
{
	prepare(SERVER);
	start();
	run_until(BEGAN + 100 * NATSONDE_MS);
	p = NULL;
	for (unsigned i = 0; i < ev->n_probes && p == NULL; i++)
		if (ev->probes[i].question == q)
			p = &ev->probes[i];
	assert_non_null(p);
	assert_int_equal(p->outcome, NATSONDE_SILENT);
}

static inline struct natsonde_stun_message answer(void)
{
	struct natsonde_stun_message m = {.cls = NATSONDE_STUN_SUCCESS, .method = NATSONDE_STUN_BINDING};

	memcpy(m.tid, p->tid, sizeof(m.tid));
	m.xor_mapped = address("192.0.2.1:40000");
	return m;
}

/* Whether the engine calls it its own. */
static inline bool deliver_bytes(const char *from, const uint8_t *bytes, size_t len)
{
	struct natsonde_addr source = address(from);

	assert_int_not_equal(len, 0);
	return natsonde_engine_on_received(&engine, now, natsonde_questions[p->question].socket, &source, bytes, len);
}

static inline bool deliver(const char *from, struct natsonde_stun_message m)
{
	uint8_t bytes[256];

	return deliver_bytes(from, bytes, natsonde_stun_encode(&m, bytes, sizeof(bytes)));
}

static inline bool came_from(const char *text)
{
	return is_at(natsonde_evidence_addr(ev, p->from), text);
}

#endif
