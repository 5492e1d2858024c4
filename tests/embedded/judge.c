/* Judges the saved evidence and prints all that follows from it: the host and every target must print the same. */
#include <stdio.h>

#include <natsonde/judge.h>
#include <natsonde/names.h>

#include "saved_table.h"

static void print_finding(enum natsonde_behaviour b, const struct natsonde_finding *f)
{
	printf("  %s %s %s %u", natsonde_behaviour_name(b), natsonde_verdict_name((enum natsonde_verdict)f->verdict),
	       natsonde_certainty_name((enum natsonde_certainty)f->certainty), f->reason);
	for (unsigned i = 0; i < sizeof(f->basis.bits) / sizeof(f->basis.bits[0]); i++)
		printf(" %08lx", (unsigned long)f->basis.bits[i]);
	printf("\n");
}

static void print_pairs(const struct natsonde_verdicts *verdicts)
{
	const char *name = natsonde_rfc3489(verdicts);

	printf("  pairs");
	for (unsigned i = 0; i < NATSONDE_PEERS; i++)
		printf(" %u", natsonde_pair_with(verdicts, i));
	printf(", %s\n", name ? name : "-");
}

static void print_facts(const struct natsonde_verdicts *v)
{
	const struct natsonde_ports_facts *p = &v->ports;
	const struct natsonde_lifetime_facts *l = &v->lifetime;

	printf("  nat %u %u %u\n", v->nat.kind, v->nat.kind_certainty, v->nat.preserves_ports);
	printf("  ports %u %u%% %u %u %d %u-%u %lu %u\n", p->sockets, p->preserved_percent, p->parity, p->contiguity, p->step, p->low, p->high,
	       (unsigned long)p->guess, p->pooling);
	printf("  lifetime %u-%u %u-%u %u %u %u\n", l->exchange.alive_ds, l->exchange.dead_ds, l->stream.alive_ds, l->stream.dead_ds,
	       l->refresh_in, l->refresh_out, l->keepalive_s);
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(saved) / sizeof(saved[0]); i++) {
		const struct natsonde_evidence *ev = &saved[i].ev;
		struct natsonde_verdicts verdicts;

		natsonde_judge_all(ev, &verdicts);
		printf("%s\n", saved[i].spec);
		for (enum natsonde_behaviour b = NATSONDE_NAT; b < NATSONDE_BEHAVIOURS; b++)
			print_finding(b, &verdicts.of[b]);
		print_pairs(&verdicts);
		print_facts(&verdicts);
		for (unsigned s = 0; s < ev->n_servers; s++) {
			struct natsonde_server_finding f = natsonde_judge_server(ev, s);

			printf("  server %u: %s %u\n", s, natsonde_server_verdict_name((enum natsonde_server_verdict)f.verdict), f.reason);
		}
	}
	return 0;
}
