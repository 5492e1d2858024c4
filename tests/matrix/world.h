/* One discovery against the simulated network, as the matrix tests and benchmarks run it. */
#ifndef NATSONDE_TESTS_WORLD_H
#define NATSONDE_TESTS_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <natsonde/engine.h>
#include <natsonde/names.h>
#include <natsonde/sim.h>

struct world {
	struct natsonde_engine engine;
	struct natsonde_probe probes[NATSONDE_PROBES_MAX];
	struct natsonde_addr addrs[NATSONDE_ADDRS_MAX];
	uint8_t large[NATSONDE_SEND_LARGE_MAX];
	struct natsonde_verdicts verdicts;
	unsigned n_servers;  /* set before world_run; 0 means 1 */
	bool checks_server;  /* likewise */
	unsigned max_open;   /* likewise; 0 means as many as the door has */
	uint8_t mailbox;     /* likewise; 0 means that the stack keeps any number of datagrams for a socket */
	uint16_t tests;      /* likewise; 0 means the default ones */
	uint16_t max_lifetime_s, port_low, port_high; /* likewise; 0 means the default */
	uint16_t local_port; /* likewise; 0 means fresh random ones */
	uint8_t few_ports;   /* likewise; not 0: each kind of socket draws from so few ports that it meets them again and again */
	struct natsonde_door door;
};

static inline void world_random(void *ctx, uint8_t *out, size_t n)
{
	struct world *w = ctx;

	w->door.random(w->door.ctx, out, n);
	if (w->few_ports == 0 || n != sizeof(uint16_t))
		return;
	out[0] = 0;
	out[1] %= w->few_ports;
}

static inline struct natsonde_sim_spec world_spec(const char *text)
{
	struct natsonde_sim_spec spec;
	struct natsonde_sim_complaint complaint;

	if (!natsonde_sim_parse(text, &spec, &complaint)) {
		fprintf(stderr, "bad spec \"%s\": %s \"%.*s\"\n", text, complaint.what, (int)complaint.len, complaint.at);
		abort();
	}
	return spec;
}

/* One more discovery on a network that is there already, with what earlier ones have left in it. */
static inline void world_run_on(struct world *w, struct natsonde_sim *sim, const struct natsonde_sim_spec *spec)
{
	struct natsonde_door door = natsonde_sim_door(sim);
	enum natsonde_family family = spec->has_ipv4 ? NATSONDE_IPV4 : NATSONDE_IPV6;
	struct natsonde_plan plan = {.family = (uint8_t)family, .tests = NATSONDE_TESTS_DEFAULT, .sees = (uint8_t)door.sees,
				     .mailbox = w->mailbox, .timeout = 10 * NATSONDE_S};
	struct natsonde_random random = {world_random, w};
	struct natsonde_engine *engine = &w->engine;

	w->door = door;
	plan.local_port = w->local_port;
	if (w->tests != 0)
		plan.tests = w->tests;
	plan.max_lifetime_s = w->max_lifetime_s;
	plan.port_low = w->port_low;
	plan.port_high = w->port_high;
	if (plan.tests & ~NATSONDE_TESTS_DEFAULT) {
		plan.further = &natsonde_further_tests;
		plan.large = w->large;
		plan.timeout = 3600 * NATSONDE_S;
	}
	if (w->max_open != 0)
		door.max_open = w->max_open;
	plan.checks_server = w->checks_server;
	plan.n_servers = (uint8_t)(w->n_servers == 0 ? 1 : w->n_servers);
	for (unsigned i = 0; i < plan.n_servers; i++) {
		plan.servers[i].name = (uint8_t)i;
		natsonde_sim_resolve(sim, i, family, 3478, &plan.servers[i].addr);
	}
	natsonde_engine_init(&w->engine, &plan, random, w->probes, NATSONDE_PROBES_MAX, w->addrs, NATSONDE_ADDRS_MAX);
	natsonde_drive(&engine, 1, &door);
	if (plan.further != NULL)
		natsonde_judge_all(natsonde_engine_evidence(&w->engine), &w->verdicts);
	else
		natsonde_judge(natsonde_engine_evidence(&w->engine), &w->verdicts);
}

static inline void world_run_spec(struct world *w, const struct natsonde_sim_spec *spec)
{
	world_run_on(w, natsonde_sim_start(spec), spec);
}

static inline void world_run(struct world *w, const char *text)
{
	struct natsonde_sim_spec spec = world_spec(text);

	world_run_spec(w, &spec);
}

/* For the person who looks for the cause of a wrong verdict: every probe on a line. */
static inline void world_print(const struct world *w)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&w->engine);

	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		printf("%s: %s (%s) %s\n", natsonde_behaviour_name((enum natsonde_behaviour)b),
		       natsonde_verdict_name((enum natsonde_verdict)w->verdicts.of[b].verdict),
		       natsonde_certainty_name((enum natsonde_certainty)w->verdicts.of[b].certainty),
		       natsonde_reason_sentence((enum natsonde_reason)w->verdicts.of[b].reason));
	for (unsigned s = 0; s < ev->n_servers; s++) {
		struct natsonde_server_finding f = natsonde_judge_server(ev, s);

		printf("server %u: %s: %s\n", s, natsonde_server_verdict_name((enum natsonde_server_verdict)f.verdict),
		       natsonde_server_reason_sentence((enum natsonde_server_reason)f.reason));
	}
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		char to[NATSONDE_ADDR_TEXT], from[NATSONDE_ADDR_TEXT], mapped[NATSONDE_ADDR_TEXT];

		natsonde_addr_format(natsonde_evidence_addr(ev, p->to), to, sizeof(to));
		natsonde_addr_format(natsonde_evidence_addr(ev, p->from), from, sizeof(from));
		natsonde_addr_format(natsonde_evidence_addr(ev, p->mapped), mapped, sizeof(mapped));
		printf("%3u %8.1f ms s%u q%-2u socket %u to %s %s rp %u -> %s", i, p->sent_us / 1000.0, p->server, p->question, p->socket,
		       to, natsonde_change_name(natsonde_questions[p->question].change), p->response_port,
		       natsonde_outcome_name((enum natsonde_outcome)p->outcome));
		if (p->answered_us != 0)
			printf(" %.1f ms from %s mapped %s code %u", p->answered_us / 1000.0, from, mapped, p->code);
		printf("\n");
	}
	printf("end %u at %.1f ms\n", ev->end, ev->now_us / 1000.0);
}

#endif
