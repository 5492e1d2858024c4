/* The engine driven by hand, as its header says, in a world that each test describes. Time is a number here, and nothing
 * is ever sent anywhere. What holds for every run is checked at every step. */
#ifndef NATSONDE_TESTS_ENGINE_FIXTURE_H
#define NATSONDE_TESTS_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <natsonde/engine.h>

#define BEGAN (77 * NATSONDE_S) /* the clock of the caller begins anywhere */

/* Something that was done: an action, and for SEND what was sent. */
struct deed {
	natsonde_us at;
	struct natsonde_action action;
	struct natsonde_stun_message request;
};

/* Something that will come in. */
struct arrival {
	natsonde_us at;
	struct natsonde_event event;
	unsigned generation; /* of the slot: a socket opened later does not get what was meant for this one */
	uint8_t bytes[256];
};

static struct natsonde_engine engine;
static struct natsonde_plan plan;
static struct natsonde_probe probes[NATSONDE_PROBES_MAX + 1]; /* one more that nobody may touch */
static struct natsonde_addr addrs[NATSONDE_ADDRS_MAX + 1];
static unsigned max_probes, max_addrs;
static natsonde_us now;
static const struct natsonde_evidence *ev;

static struct deed deeds[1024];
static struct arrival arrivals[1024];
static unsigned n_deeds, n_arrivals;
static unsigned generations[NATSONDE_ENGINE_SLOTS];
static bool is_open[NATSONDE_ENGINE_SLOTS];
static struct natsonde_addr local_of[NATSONDE_ENGINE_SLOTS];
static unsigned n_open, most_open, n_sent;
static uint8_t last_random[NATSONDE_STUN_TID];

/* The world. */
static void (*world)(const struct deed *sent);                           /* gets whatever leaves; NULL: nobody is there */
static enum natsonde_fault (*open_fault)(const struct natsonde_action *a); /* NULL: every open works */
static enum natsonde_fault (*send_fault)(const struct natsonde_action *a); /* NULL: every send works */
static natsonde_us oversleeps;                                          /* how late this driver wakes */
static natsonde_us rtt;
static enum natsonde_verdict mapping, filtering;

static inline struct natsonde_addr address(const char *text)
{
	const char *colon = strrchr(text, ':');
	struct natsonde_addr addr;
	char ip[NATSONDE_ADDR_TEXT];
	unsigned is_v6 = text[0] == '[';

	snprintf(ip, sizeof(ip), "%.*s", (int)(colon - text) - 2 * (int)is_v6, text + is_v6);
	if (!natsonde_addr_parse_ip(ip, &addr))
		fail_msg("no address: %s", text);
	addr.port = (uint16_t)strtoul(colon + 1, NULL, 10);
	return addr;
}

static inline bool is_at(const struct natsonde_addr *a, const char *text)
{
	struct natsonde_addr b = address(text);

	return natsonde_addr_equal(a, &b);
}

static inline void fill_random(void *ctx, uint8_t *out, size_t n)
{
	static uint32_t seed = 1;

	(void)ctx;
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		out[i] = (uint8_t)(seed >> 24);
	}
	if (n == sizeof(last_random))
		memcpy(last_random, out, n);
}

/* A plan for one server; a world without anybody. */
static inline void prepare(const char *server)
{
	memset(&plan, 0, sizeof(plan));
	plan.servers[0].addr = address(server);
	plan.family = plan.servers[0].addr.family;
	plan.n_servers = 1;
	plan.tests = NATSONDE_TESTS_DEFAULT;
	plan.sees = NATSONDE_SEES_ICMP;
	plan.timeout = 10 * NATSONDE_S;
	max_probes = NATSONDE_PROBES_MAX;
	max_addrs = NATSONDE_ADDRS_MAX;
	world = NULL;
	open_fault = send_fault = NULL;
	oversleeps = 0;
	rtt = 20 * NATSONDE_MS;
	mapping = NATSONDE_ENDPOINT_INDEPENDENT;
	filtering = NATSONDE_ADDRESS_AND_PORT_DEPENDENT;
}

static inline void start(void)
{
	n_deeds = n_arrivals = n_open = most_open = n_sent = 0;
	memset(is_open, 0, sizeof(is_open));
	memset(probes, 0xa5, sizeof(probes));
	memset(addrs, 0xa5, sizeof(addrs));
	now = BEGAN;
	natsonde_engine_init(&engine, &plan, (struct natsonde_random){fill_random, NULL}, probes, max_probes, addrs, max_addrs);
	ev = natsonde_engine_evidence(&engine);
}

static inline void do_open(const struct natsonde_action *a)
{
	enum natsonde_fault fault = open_fault == NULL ? NATSONDE_OK : open_fault(a);
	struct natsonde_addr local = address(plan.family == NATSONDE_IPV4 ? "10.0.0.2:0" : "[2001:db8::2]:0");

	assert_false(is_open[a->slot]);
	/* A filter socket never has a port that another kind may have used a minute ago. */
	if (plan.local_port == 0 && a->transport == NATSONDE_UDP)
		assert_int_equal(a->port & 0xc000, engine.slots[a->slot].kind == NATSONDE_SOCKET_FILTER ? 0x8000 : 0xc000);
	assert_int_equal(a->transport, a->slot == NATSONDE_SOCKET_TCP ? NATSONDE_TCP : NATSONDE_UDP);
	local.port = a->port != 0 ? a->port : 61234;
	if (fault == NATSONDE_OK) {
		is_open[a->slot] = true;
		local_of[a->slot] = local;
		generations[a->slot]++;
		n_open++;
		most_open = n_open > most_open ? n_open : most_open;
	}
	natsonde_engine_on_open(&engine, a->slot, fault, fault == NATSONDE_OK ? &local : NULL);
}

static inline void do_send(struct deed *d, const uint8_t *bytes)
{
	enum natsonde_fault fault = send_fault == NULL ? NATSONDE_OK : send_fault(&d->action);

	assert_true(is_open[d->action.slot]);
	assert_int_not_equal(d->action.to.family, NATSONDE_NO_FAMILY);
	assert_int_not_equal(d->action.to.port, 0);
	assert_true(natsonde_stun_decode(bytes, d->action.len, &d->request));
	assert_memory_equal(d->request.tid, last_random, sizeof(last_random));
	if (fault != NATSONDE_OK) {
		natsonde_engine_on_unsent(&engine, fault);
		return;
	}
	n_sent++;
	if (world != NULL)
		world(d);
}

static inline void perform(const struct natsonde_action *a, const uint8_t *bytes)
{
	struct deed *d = &deeds[n_deeds++];

	assert_true(n_deeds < sizeof(deeds) / sizeof(deeds[0]));
	assert_true(a->slot < NATSONDE_ENGINE_SLOTS);
	*d = (struct deed){.at = now, .action = *a};
	switch (a->what) {
	case NATSONDE_DO_OPEN:
		do_open(a);
		break;
	case NATSONDE_DO_SEND:
		do_send(d, bytes);
		break;
	case NATSONDE_DO_CLOSE:
		assert_true(is_open[a->slot]);
		is_open[a->slot] = false;
		n_open--;
		break;
	}
}

/* Does what is due now. */
static inline void act(void)
{
	struct natsonde_action a;
	uint8_t bytes[NATSONDE_SEND_MAX];

	while (natsonde_engine_next(&engine, now, bytes, sizeof(bytes), &a))
		perform(&a, bytes);
	assert_true(natsonde_engine_deadline(&engine) > now); /* a driver would spin */
	assert_true(ev->n_probes <= max_probes && ev->n_addrs <= max_addrs);
	assert_int_equal(((const uint8_t *)&probes[max_probes])[0], 0xa5);
	assert_int_equal(((const uint8_t *)&addrs[max_addrs])[0], 0xa5);
}

static inline struct arrival *next_arrival(void)
{
	struct arrival *next = NULL;

	for (unsigned i = 0; i < n_arrivals; i++)
		if (arrivals[i].at != NATSONDE_NEVER && (next == NULL || arrivals[i].at < next->at))
			next = &arrivals[i];
	return next;
}

static inline void receive(const struct arrival *arrival)
{
	const struct natsonde_event *e = &arrival->event;

	if (!is_open[e->slot] || arrival->generation != generations[e->slot])
		return;
	if (e->kind == NATSONDE_EVENT_RECEIVED)
		natsonde_engine_on_received(&engine, now, e->slot, &e->peer, arrival->bytes, e->len);
	if (e->kind == NATSONDE_EVENT_ICMP)
		natsonde_engine_on_icmp(&engine, now, e->slot, &e->peer, e->icmp_type, e->icmp_code, arrival->bytes, e->len);
	if (e->kind == NATSONDE_EVENT_CLOSED)
		natsonde_engine_on_closed(&engine, now, e->slot);
}

/* Waits for the next event, until that time at the latest. */
static inline void wait_until(natsonde_us until)
{
	struct arrival *arrival = next_arrival();

	if (arrival == NULL || arrival->at > until) {
		now = until + oversleeps;
		return;
	}
	now = arrival->at > now ? arrival->at : now;
	arrival->at = NATSONDE_NEVER;
	receive(arrival);
}

/* The loop of engine.h, up to some time; the whole run with NATSONDE_NEVER. */
static inline void run_until(natsonde_us until)
{
	natsonde_us deadline;

	for (act(); (deadline = natsonde_engine_deadline(&engine)) != NATSONDE_NEVER && now < until; act())
		wait_until(deadline < until ? deadline : until);
}

static inline void run(void)
{
	start();
	run_until(NATSONDE_NEVER);
	assert_int_equal(n_open, 0);
	assert_int_not_equal(ev->end, NATSONDE_END_NOT_YET);
}

static inline struct arrival *add_arrival(natsonde_us after, enum natsonde_event_kind kind, unsigned slot,
					  struct natsonde_addr peer)
{
	struct arrival *a = &arrivals[n_arrivals++];

	assert_true(n_arrivals < sizeof(arrivals) / sizeof(arrivals[0]));
	*a = (struct arrival){.at = now + after, .generation = generations[slot]};
	a->event = (struct natsonde_event){.kind = kind, .slot = slot, .peer = peer};
	return a;
}

static inline void send_back(natsonde_us after, unsigned slot, struct natsonde_addr from, const struct natsonde_stun_message *m)
{
	struct arrival *a = add_arrival(after, NATSONDE_EVENT_RECEIVED, slot, from);

	a->event.len = natsonde_stun_encode(m, a->bytes, sizeof(a->bytes));
	assert_int_not_equal(a->event.len, 0);
}

/* The server's endpoint that differs from this one as asked; OTHER-ADDRESS is the one that differs in both. */
static inline struct natsonde_addr changed(struct natsonde_addr at, uint8_t change)
{
	unsigned last = at.family == NATSONDE_IPV4 ? 3 : 15;

	if (change & NATSONDE_CHANGE_IP)
		at.ip[last] ^= 1;
	if (change & NATSONDE_CHANGE_PORT)
		at.port ^= 1;
	return at;
}

/* Where the NAT makes this datagram come from. */
static inline struct natsonde_addr mapped_by_nat(unsigned slot, const struct natsonde_addr *to)
{
	struct natsonde_addr out = address(plan.family == NATSONDE_IPV4 ? "192.0.2.1:0" : "[2001:db8:1::1]:0");

	out.port = (uint16_t)(20000 + 100 * slot);
	if (mapping != NATSONDE_ENDPOINT_INDEPENDENT)
		out.port = (uint16_t)(out.port + 2 * (to->ip[to->family == NATSONDE_IPV4 ? 3 : 15] % 20));
	if (mapping == NATSONDE_ADDRESS_AND_PORT_DEPENDENT)
		out.port = (uint16_t)(out.port + to->port % 2);
	return out;
}

/* Whether the NAT lets that sender through to the mapping that has this port. */
static inline bool lets_in(unsigned slot, uint16_t port, const struct natsonde_addr *from)
{
	for (unsigned i = 0; i < n_deeds; i++) {
		const struct natsonde_action *a = &deeds[i].action;

		if (a->what == NATSONDE_DO_SEND && a->slot == slot && mapped_by_nat(slot, &a->to).port == port &&
		    (filtering == NATSONDE_ENDPOINT_INDEPENDENT || natsonde_addr_equal(&a->to, from) ||
		     (filtering == NATSONDE_ADDRESS_DEPENDENT && natsonde_addr_same_ip(&a->to, from))))
			return true;
	}
	return false;
}

static inline struct natsonde_stun_message success(const struct deed *d, const struct natsonde_addr *from)
{
	struct natsonde_stun_message m = {.cls = NATSONDE_STUN_SUCCESS, .method = NATSONDE_STUN_BINDING, .origin = *from};

	memcpy(m.tid, d->request.tid, sizeof(m.tid));
	m.mapped = m.xor_mapped = mapped_by_nat(d->action.slot, &d->action.to);
	m.other = changed(d->action.to, NATSONDE_CHANGE_BOTH);
	return m;
}

/* An RFC 5780 server behind every address that is spoken to, and the NAT before us. */
static inline void honest(const struct deed *d)
{
	struct natsonde_addr from = changed(d->action.to, d->request.change);
	struct natsonde_stun_message m = success(d, &from);
	uint16_t port = d->request.has_response_port ? d->request.response_port : m.mapped.port;

	if (d->action.transport == NATSONDE_TCP) {
		send_back(rtt, d->action.slot, d->action.to, &m);
		return;
	}
	for (unsigned slot = 0; slot < NATSONDE_SOCKET_TCP; slot++)
		if (is_open[slot] && lets_in(slot, port, &from))
			send_back(rtt, slot, from, &m);
}

static inline struct natsonde_finding judged(enum natsonde_behaviour b)
{
	struct natsonde_verdicts verdicts;

	natsonde_judge(ev, &verdicts);
	return verdicts.of[b];
}

static inline void expect_classes(enum natsonde_verdict m, enum natsonde_verdict f)
{
	assert_int_equal(judged(NATSONDE_MAPPING).verdict, m);
	assert_int_equal(judged(NATSONDE_MAPPING).certainty, NATSONDE_VERIFIED);
	assert_int_equal(judged(NATSONDE_FILTERING).verdict, f);
	assert_int_equal(judged(NATSONDE_FILTERING).certainty, NATSONDE_VERIFIED);
}

static inline unsigned count_probes(enum natsonde_outcome outcome)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ev->n_probes; i++)
		n += ev->probes[i].outcome == outcome;
	return n;
}

static inline unsigned count_deeds(enum natsonde_do what)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_deeds; i++)
		n += deeds[i].action.what == what;
	return n;
}

#endif
