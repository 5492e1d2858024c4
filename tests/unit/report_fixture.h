/* Reports made by hand, for the tests of src/report: evidence written down as if it had been measured. */
#ifndef NATSONDE_TESTS_REPORT_FIXTURE_H
#define NATSONDE_TESTS_REPORT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <natsonde/names.h>
#include <natsonde/report.h>

struct fixture {
	struct natsonde_report report;
	struct natsonde_evidence ev[2];
	struct natsonde_probe probes[2][32];
	struct natsonde_addr addrs[2][64];
	const char *names[2];
	struct natsonde_unresolved unresolved[1];
};

static inline natsonde_addr_id fixture_addr(struct natsonde_evidence *ev, const char *ip, uint16_t port)
{
	struct natsonde_addr addr;

	assert_true(natsonde_addr_parse_ip(ip, &addr));
	addr.port = port;
	for (unsigned id = 1; id < ev->n_addrs; id++)
		if (natsonde_addr_equal(&ev->addrs[id], &addr))
			return (natsonde_addr_id)id;
	ev->addrs[ev->n_addrs] = addr;
	return (natsonde_addr_id)ev->n_addrs++;
}

static inline void fixture_begin(struct fixture *f, unsigned family)
{
	struct natsonde_evidence *ev = &f->ev[family];

	ev->probes = f->probes[family];
	ev->addrs = f->addrs[family];
	ev->max_probes = 32;
	ev->max_addrs = 64;
	ev->n_addrs = 1;
	ev->family = family == 0 ? NATSONDE_IPV4 : NATSONDE_IPV6;
	ev->end = NATSONDE_END_DECIDED;
	ev->sees = NATSONDE_SEES_ICMP;
	ev->now_us = 400000;
	f->report.families[family] = (struct natsonde_family_report){.evidence = ev, .interface = "wlan0"};
}

static inline void fixture_server(struct natsonde_evidence *ev, unsigned name, const char *ip, uint16_t port)
{
	ev->servers[ev->n_servers++] = (struct natsonde_server){.addr = fixture_addr(ev, ip, port), .name = (uint8_t)name};
}

static inline struct natsonde_probe *fixture_probe(struct natsonde_evidence *ev, enum natsonde_question question, unsigned socket,
						   const char *local, const char *to, uint16_t to_port)
{
	struct natsonde_probe *p = &ev->probes[ev->n_probes];

	p->question = (uint8_t)question;
	p->socket = (uint8_t)socket;
	p->arrived = (uint8_t)socket;
	p->sent_us = 5000u * ev->n_probes;
	p->local = fixture_addr(ev, local, (uint16_t)(51822 + socket));
	p->to = fixture_addr(ev, to, to_port);
	ev->n_probes++;
	return p;
}

static inline void fixture_answer(struct natsonde_evidence *ev, struct natsonde_probe *p, const char *mapped,
				  uint16_t mapped_port)
{
	p->outcome = NATSONDE_ANSWERED;
	p->answered_us = p->sent_us + 20400;
	p->from = p->origin = p->to;
	p->mapped = p->mapped_plain = fixture_addr(ev, mapped, mapped_port);
}

static inline void fixture_find(struct fixture *f, unsigned family, enum natsonde_behaviour b, enum natsonde_verdict verdict,
				enum natsonde_certainty certainty, enum natsonde_reason reason)
{
	struct natsonde_finding *finding = &f->report.families[family].verdicts.of[b];

	finding->verdict = (uint8_t)verdict;
	finding->certainty = (uint8_t)certainty;
	finding->reason = (uint8_t)reason;
}

static inline void fixture_rests_on(struct fixture *f, unsigned family, enum natsonde_behaviour b, unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++)
		f->report.families[family].verdicts.of[b].basis.bits[i / 32] |= 1u << (i % 32);
}

static inline void fixture_blank(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->names[0] = "stun.example.org";
	f->names[1] = "plain.example.net";
	f->report.started = "2026-11-20T08:00:00Z";
	f->report.elapsed = 412345;
	f->report.system = "linux";
	f->report.sees = NATSONDE_SEES_ICMP | NATSONDE_SEES_OWN_SOURCE | NATSONDE_SEES_FRAGMENTS;
	f->report.tests = NATSONDE_TESTS_DEFAULT;
	f->report.names = f->names;
	f->report.unresolved = f->unresolved;
	f->report.families[0].unavailable = NATSONDE_NO_ROUTE;
	f->report.families[1].unavailable = NATSONDE_NO_ROUTE;
	f->report.families[0].interface = f->report.families[1].interface = "";
}

/* Two servers, five destinations, one external port; two changed replies that do not come. */
static inline void fixture_measure(struct fixture *f, unsigned family, const char *local, const char *external,
				   const char *const servers[3])
{
	struct natsonde_evidence *ev = &f->ev[family];
	static const struct { enum natsonde_question question; uint8_t server; uint16_t port; } destinations[] = {
		{NATSONDE_Q_MAP_A1P1, 0, 3478}, {NATSONDE_Q_MAP_A2P1, 1, 3478}, {NATSONDE_Q_MAP_A2P2, 1, 3479},
		{NATSONDE_Q_MAP_A1P2, 0, 3479}, {NATSONDE_Q_MAP_A1P1, 2, 19302},
	};

	fixture_begin(f, family);
	fixture_server(ev, 0, servers[0], 3478);
	ev->servers[0].other = fixture_addr(ev, servers[1], 3479);
	fixture_server(ev, 1, servers[2], 19302);
	fixture_probe(ev, NATSONDE_Q_FILTER_BOTH, 1, local, servers[0], 3478);
	fixture_probe(ev, NATSONDE_Q_FILTER_PORT, 1, local, servers[0], 3478);
	for (unsigned i = 0; i < sizeof(destinations) / sizeof(destinations[0]); i++) {
		struct natsonde_probe *p = fixture_probe(ev, destinations[i].question, 0, local, servers[destinations[i].server],
							 destinations[i].port);
		p->server = destinations[i].server == 2 ? 1 : 0;
		fixture_answer(ev, p, external, 40000);
	}
	fixture_rests_on(f, family, NATSONDE_FILTERING, 0, 2);
	fixture_rests_on(f, family, NATSONDE_NAT, 2, 1);
	fixture_rests_on(f, family, NATSONDE_MAPPING, 2, 5);
}

/* Behind an ordinary router, without IPv6. */
static inline void fixture_home(struct fixture *f)
{
	static const char *const servers[3] = {"203.0.113.10", "203.0.113.11", "203.0.113.50"};

	fixture_blank(f);
	fixture_measure(f, 0, "192.168.1.20", "198.51.100.7", servers);
	fixture_find(f, 0, NATSONDE_NAT, NATSONDE_PRESENT, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPED_DIFFERS);
	fixture_find(f, 0, NATSONDE_MAPPING, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_SAME_EVERYWHERE);
	fixture_find(f, 0, NATSONDE_FILTERING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_VERIFIED,
		     NATSONDE_WHY_NOTHING_CHANGED_CAME);
	fixture_find(f, 0, NATSONDE_P2P, NATSONDE_EASY, NATSONDE_VERIFIED, NATSONDE_WHY_ONE_MAPPING_FOR_ALL);
	fixture_find(f, 0, NATSONDE_ALG, NATSONDE_NONE, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPED_ALIKE);
	f->report.families[0].verdicts.nat = (struct natsonde_nat_facts){NATSONDE_KIND_NAPT, NATSONDE_VERIFIED, NATSONDE_ANSWER_NO};
}

/* The same host with IPv6 and no NAT there, but a firewall. */
static inline void fixture_add_ipv6(struct fixture *f)
{
	static const char *const servers[3] = {"2001:db8:ffff:ffff:ffff:ffff:ffff:1", "2001:db8:ffff:ffff:ffff:ffff:ffff:2",
					       "2001:db8:ffff:ffff:ffff:ffff:ffff:3"};
	static const char host[] = "2001:db8:1234:5678:9abc:def0:1234:5678";

	fixture_measure(f, 1, host, host, servers);
	fixture_find(f, 1, NATSONDE_NAT, NATSONDE_NONE, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPED_IS_LOCAL);
	fixture_find(f, 1, NATSONDE_MAPPING, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_NOT_TRANSLATED);
	fixture_find(f, 1, NATSONDE_FILTERING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_VERIFIED,
		     NATSONDE_WHY_NOTHING_CHANGED_CAME);
	fixture_find(f, 1, NATSONDE_P2P, NATSONDE_EASY, NATSONDE_VERIFIED, NATSONDE_WHY_ONE_MAPPING_FOR_ALL);
	fixture_find(f, 1, NATSONDE_ALG, NATSONDE_NONE, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPED_ALIKE);
	f->report.families[1].verdicts.nat = (struct natsonde_nat_facts){NATSONDE_KIND_FIREWALL, NATSONDE_VERIFIED, NATSONDE_ANSWER_YES};
}

/* Three questions, no answer over UDP, one over TCP. */
static inline void fixture_blocked(struct fixture *f)
{
	struct natsonde_evidence *ev = &f->ev[0];

	fixture_blank(f);
	fixture_begin(f, 0);
	fixture_server(ev, 0, "203.0.113.10", 3478);
	fixture_server(ev, 1, "203.0.113.50", 19302);
	fixture_probe(ev, NATSONDE_Q_MAP_A1P1, 0, "10.20.4.31", "203.0.113.10", 3478);
	fixture_probe(ev, NATSONDE_Q_MAP_A1P1, 0, "10.20.4.31", "203.0.113.50", 19302)->server = 1;
	struct natsonde_probe *tcp = fixture_probe(ev, NATSONDE_Q_TCP, 1, "10.20.4.31", "203.0.113.10", 3478);
	fixture_answer(ev, tcp, "198.51.100.7", 40000);
	f->report.families[0].unavailable = NATSONDE_NO_ANSWER;
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		fixture_find(f, 0, (enum natsonde_behaviour)b, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_NO_ANSWER);
	fixture_find(f, 0, NATSONDE_P2P, NATSONDE_BLOCKED, NATSONDE_VERIFIED, NATSONDE_WHY_UDP_BLOCKED);
	f->report.outcome = NATSONDE_RUN_UNREACHABLE;
	f->report.unreachable = NATSONDE_UNREACHABLE_TCP_ONLY;
	f->report.elapsed = 4 * NATSONDE_S;
}

/* The report as text; the caller frees it. */
static inline char *fixture_render(const struct fixture *f, struct natsonde_look look)
{
	static char *text; /* gcc 12 takes a stream's buffer for the variable that points to it, and calls it dangling */
	static size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_true(natsonde_report_write(&f->report, &look, out));
	fclose(out);
	return text;
}

#endif
