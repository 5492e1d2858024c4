/* How long a discovery takes, how many packets it sends, and how polite it stays. */
#include "faults.h"

static struct world w;

struct budget { unsigned rtt_ms, eif_ms, other_ms; };

static void decides_within_its_time_on_a_clean_path(void **state)
{
	static const struct budget budgets[] = {{20, 2 * 20 + 30, 330}, {100, 2 * 100 + 30, 460}, {300, 2 * 300 + 30, 1350}};

	(void)state;
	w.n_servers = 1;
	for (unsigned i = 0; i < 3 * 12; i++) {
		const struct budget *budget = &budgets[i / 12];
		unsigned m = i % 4, f = i / 4 % 3;
		char text[120];

		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,rtt=%u", expect_mappings[m], expect_filterings[f], budget->rtt_ms);
		world_run(&w, text);
		if (natsonde_engine_evidence(&w.engine)->now_us > 1000 * (f == 0 ? budget->eif_ms : budget->other_ms))
			expect_complain(&w, text, "too slow");
		if (natsonde_engine_evidence(&w.engine)->n_probes > (f == 0 ? 12 : 25))
			expect_complain(&w, text, "too many packets");
	}
}

static void expect_polite(const char *text)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&w.engine);

	for (unsigned s = 0; s < ev->n_servers; s++) {
		unsigned packets = 0, questions = 0;
		uint32_t first_us = 0;

		for (unsigned i = 0; i < ev->n_probes; i++) {
			const struct natsonde_probe *p = &ev->probes[i];
			bool is_new = true;

			if (i > 0 && p->sent_us - ev->probes[i - 1].sent_us < 3500 && p->question != NATSONDE_Q_TCP)
				expect_complain(&w, text, "packets too close");
			if (p->server != s || p->question == NATSONDE_Q_TCP)
				continue;
			if (packets++ == 0)
				first_us = p->sent_us;
			for (unsigned k = 0; k < i; k++)
				is_new = is_new && (ev->probes[k].question != p->question || ev->probes[k].server != s ||
						    ev->probes[k].socket != p->socket);
			questions += is_new && p->sent_us - first_us < 1000000;
		}
		if (packets > 60)
			expect_complain(&w, text, "more than 60 packets to one server");
		if (questions > 12)
			expect_complain(&w, text, "more than 12 questions in the first second");
	}
}

/* Only the servers that the user gave, and alternates that a server could have. */
static void expect_decent_destinations(const char *text)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&w.engine);

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_addr *to = natsonde_evidence_addr(ev, ev->probes[i].to);

		if (natsonde_addr_is_not_unicast(to) || natsonde_addr_is_loopback(to) || natsonde_addr_is_private(to) || to->port == 0)
			expect_complain(&w, text, "a destination that nobody may name");
	}
}

static void stays_polite_with_every_fault(void **state)
{
	static const char *const paths[] = {"rtt=20", "rtt=300", "loss=20", "loss=20,burst=5,rtt=100"};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < FAULTS * 12 * 4; i++)
		for (w.n_servers = 1; w.n_servers <= 3; w.n_servers++) {
			snprintf(text, sizeof(text), "mapping=%s,filtering=%s,%s,seed=%u,server=%s", expect_mappings[i % 4],
				 expect_filterings[i / 4 % 3], paths[i / 12 % 4], i, faults[i / 48].name);
			world_run(&w, text);
			expect_polite(text);
			expect_decent_destinations(text);
		}
}

static void stays_polite_whatever_happens(void **state)
{
	static const char *const specs[] = {
		"loss=0", "loss=20,rtt=300", "loss=20,burst=10", "conflict=a2p1", "server=drops-change", "server=dead-alternate",
		"server=dead-port,mapping=apdm", "udp=drop", "pool=4,pooling=arbitrary,mapping=apdm", "loss=50", "server=drops-first,loss=20",
		"filter-key=host,loss=5", "server=late+ok", "server=silent+dead-port+ok,mapping=apdm,loss=10"
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
		for (unsigned seed = 0; seed < 20; seed++) {
			char text[160];

			snprintf(text, sizeof(text), "%s,seed=%u", specs[i], seed);
			w.n_servers = 3;
			world_run(&w, text);
			expect_polite(text);
			expect_decent_destinations(text);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_within_its_time_on_a_clean_path),
		cmocka_unit_test(stays_polite_whatever_happens),
		cmocka_unit_test(stays_polite_with_every_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
