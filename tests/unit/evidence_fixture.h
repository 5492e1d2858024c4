/* Evidence written by hand, one line a probe, for the tests of what is concluded from it.
 *
 * Unless a line says otherwise: server 0 is SERVER and names OTHER; probes leave 5 ms apart, each from its question's own
 * socket; an answer takes 20 ms and comes from where an honest server sends it; and a second has passed since the last. */
#ifndef NATSONDE_TESTS_EVIDENCE_FIXTURE_H
#define NATSONDE_TESTS_EVIDENCE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <natsonde/door.h>
#include <natsonde/judge.h>

#include "core/record.h"
#include "core/tally.h"

#define SERVER "203.0.113.10:3478"
#define OTHER "203.0.113.11:3479"
#define HOST "10.0.0.2" /* its sockets have the ports 50001 (filter), 50002 (mapping), 50003 (control), 50004 (TCP) */
#define OUTSIDE "192.0.2.1:40000"

static struct natsonde_probe probes[NATSONDE_PROBES_MAX];
static struct natsonde_addr addrs[UINT8_MAX];
static struct natsonde_evidence ev;
static uint32_t next_us; /* when the next probe leaves */

struct line {
	enum natsonde_question question;
	unsigned server;
	const char *mapped; /* what an answer says; without one nothing came */
	const char *from, *origin, *other, *local;
	enum natsonde_outcome outcome;
	unsigned socket, at_ms, rtt_ms;
	uint16_t response_port, code;
	bool refuses_change, refuses_response_port;
};

/* "192.0.2.1:40000" or "[2001:db8::1]:40000" */
static inline struct natsonde_addr address(const char *text)
{
	const char *colon = strrchr(text, ':');
	struct natsonde_addr addr;
	char ip[NATSONDE_ADDR_TEXT];
	unsigned is_v6 = text[0] == '[';

	assert_non_null(colon);
	snprintf(ip, sizeof(ip), "%.*s", (int)(colon - text) - 2 * (int)is_v6, text + is_v6);
	if (!natsonde_addr_parse_ip(ip, &addr))
		fail_msg("no address: %s", text);
	addr.port = (uint16_t)strtoul(colon + 1, NULL, 10);
	return addr;
}

static inline natsonde_addr_id address_id(const char *text)
{
	struct natsonde_addr addr;

	if (text == NULL)
		return 0;
	addr = address(text);
	return natsonde_record_addr(&ev, &addr);
}

static inline void add_server(const char *addr, const char *other)
{
	ev.servers[ev.n_servers] = (struct natsonde_server){.addr = address_id(addr), .name = ev.n_servers};
	ev.n_servers++;
	natsonde_record_other(&ev, ev.n_servers - 1u, address_id(other));
}

/* Evidence without any server yet. */
static inline void begin_bare(void)
{
	memset(&ev, 0, sizeof(ev));
	memset(probes, 0, sizeof(probes));
	ev.probes = probes;
	ev.max_probes = NATSONDE_PROBES_MAX;
	ev.addrs = addrs;
	ev.max_addrs = UINT8_MAX;
	ev.n_addrs = 1;
	ev.family = NATSONDE_IPV4;
	ev.end = NATSONDE_END_DECIDED;
	ev.sees = NATSONDE_SEES_ICMP;
	next_us = 5000;
}

static inline void begin(void)
{
	begin_bare();
	add_server(SERVER, OTHER);
}

static inline void note_answer(struct natsonde_probe *p, const struct line *l)
{
	struct natsonde_addr from = natsonde_evidence_endpoint(&ev, l->server, natsonde_questions[l->question].replies);

	p->answered_us = p->sent_us + (l->rtt_ms == 0 ? 20u : l->rtt_ms) * 1000u;
	p->arrived = (uint8_t)(natsonde_is_diverted(l->question) ? NATSONDE_SOCKET_CONTROL + 1u : p->socket);
	p->from = l->from != NULL ? address_id(l->from) : natsonde_record_addr(&ev, &from);
	p->origin = l->origin != NULL ? address_id(l->origin) : p->from;
	p->other = l->other != NULL ? address_id(l->other) : ev.servers[l->server].other;
	p->mapped = p->mapped_plain = address_id(l->mapped);
}

static inline struct natsonde_probe *add_line(struct line l)
{
	const struct natsonde_question_row *q = &natsonde_questions[l.question];
	struct natsonde_addr to = natsonde_evidence_endpoint(&ev, l.server, q->endpoint);
	struct natsonde_probe *p = natsonde_record_probe(&ev);
	char local[NATSONDE_ADDR_TEXT];

	assert_non_null(p);
	next_us = l.at_ms != 0 ? l.at_ms * 1000u : next_us;
	p->question = (uint8_t)l.question;
	p->server = (uint8_t)l.server;
	p->socket = (uint8_t)(l.socket != 0 ? l.socket : q->socket + 1u);
	snprintf(local, sizeof(local), HOST ":%u", 50000u + p->socket);
	p->local = address_id(l.local != NULL ? l.local : local);
	p->to = natsonde_record_addr(&ev, &to);
	p->sent_us = next_us;
	p->response_port = l.response_port;
	p->code = l.code;
	p->refuses_change = l.refuses_change;
	p->refuses_response_port = l.refuses_response_port;
	p->outcome = (uint8_t)(l.outcome == NATSONDE_SILENT && l.mapped != NULL ? NATSONDE_ANSWERED : l.outcome);
	if (p->outcome == NATSONDE_ANSWERED || p->outcome == NATSONDE_LATE || p->outcome == NATSONDE_ERROR)
		note_answer(p, &l);
	next_us += 5000;
	ev.now_us = p->sent_us + 1000000;
	return p;
}

/* One packet: its question, and whatever is not as said above. */
#define probe(...) add_line((struct line){.question = __VA_ARGS__})

/* The endpoints in their order, as the mapping socket and the control socket ask them. */
static const enum natsonde_question map_of[NATSONDE_ENDPOINTS] = {
	NATSONDE_Q_MAP_A1P1, NATSONDE_Q_MAP_A2P1, NATSONDE_Q_MAP_A2P2, NATSONDE_Q_MAP_A1P2
};
static const enum natsonde_question open_of[NATSONDE_ENDPOINTS] = {
	NATSONDE_Q_OPEN_A1P1, NATSONDE_Q_OPEN_A2P1, NATSONDE_Q_OPEN_A2P2, NATSONDE_Q_OPEN_A1P2
};

static inline struct natsonde_finding judged(enum natsonde_behaviour b)
{
	struct natsonde_verdicts verdicts;

	natsonde_judge(&ev, &verdicts);
	return verdicts.of[b];
}

#endif
