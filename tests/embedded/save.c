/* Runs discoveries of all kinds on this host and prints their evidence as a table in C, for judge.c. */
#include "../matrix/world.h"

static struct world w;

#define LIFETIME_S 12 /* how long lifetime tries, where it is asked for */

static const char *const specs[] = {
	"mapping=eim,filtering=eif", "mapping=eim,filtering=adf", "mapping=eim,filtering=apdf",
	"mapping=adm,filtering=eif", "mapping=adm,filtering=adf", "mapping=adm,filtering=apdf",
	"mapping=apdm,filtering=eif", "mapping=apdm,filtering=adf", "mapping=apdm,filtering=apdf",
	"mapping=none,filtering=eif", "mapping=none,filtering=apdf", "mapping=none,filtering=adf,family=6",
	"mapping=apdm,ports=random,loss=20,seed=3", "mapping=eim,loss=20,burst=5,seed=4", "mapping=adm,dup=50,jitter=40",
	"conflict=a2p1", "conflict=a2p2,filtering=adf", "pool=4,pooling=arbitrary,mapping=apdm", "pool=2,pooling=arbitrary",
	"filter-key=host,loss=5", "nats=2,mapping=apdm", "udp=drop", "udp=reject", "udp=drop,tcp=drop", "alg=rewrites",
	"server=binding-only", "server=binding-only+binding-only,mapping=adm", "server=ignores-change", "server=rejects-change",
	"server=answers-400", "server=same-ip", "server=dead-alternate", "server=dead-port,mapping=apdm", "server=drops-change",
	"server=drops-first", "server=private-alternate", "server=third-address", "server=late+ok", "server=silent+ok",
	"server=no-response-port,mapping=apdm", "server=silent+dead-port+ok,mapping=apdm,loss=10",
};
/* On these, all tests are run. */
static const char *const all_specs[] = {
	"lifetime=5,stream-lifetime=8", "mapping=apdm,filtering=apdf,ports=random,lifetime=6", "ports=set,hairpin=external,filtering=eif",
	"ports=sequential,hairpin=internal,accept-local=no", "fragments=drop-inbound,tcp=drop,alg=rewrites", "intercept=yes,lifetime=60",
	"family=6,fragments=local,lifetime=7", "loss=10,server=ok+no-response-port,lifetime=5",
};

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

static const char *spec_of(unsigned number)
{
	return number < COUNT(specs) ? specs[number] : all_specs[number - COUNT(specs)];
}

static void print_bytes(const uint8_t *bytes, size_t n)
{
	putchar('{');
	for (size_t i = 0; i < n; i++)
		printf("%u,", bytes[i]);
	putchar('}');
}

static void print_probe(const struct natsonde_probe *p)
{
	printf("\t{.tid = ");
	print_bytes(p->tid, sizeof(p->tid));
	printf(", .sent_us = %luu, .answered_us = %luu, .response_port = %u, .code = %u, .question = %u, .server = %u, .socket = %u,\n",
	       (unsigned long)p->sent_us, (unsigned long)p->answered_us, p->response_port, p->code, p->question, p->server, p->socket);
	printf("\t .instance = %u, .target = %u, .len = %u, .is_unprotected = %d, .is_tampered = %d, .is_padded = %d,\n", p->instance, p->target,
	       p->len, p->is_unprotected, p->is_tampered, p->is_padded);
	printf("\t .arrived = %u, .outcome = %u, .fault = %u, .icmp_type = %u, .icmp_code = %u, .refuses_change = %d, "
	       ".refuses_response_port = %d,\n", p->arrived, p->outcome, p->fault, p->icmp_type, p->icmp_code, p->refuses_change,
	       p->refuses_response_port);
	printf("\t .local = %u, .to = %u, .from = %u, .origin = %u, .other = %u, .mapped = %u, .mapped_plain = %u},\n", p->local, p->to,
	       p->from, p->origin, p->other, p->mapped, p->mapped_plain);
}

static void print_arrays(unsigned number, const struct natsonde_evidence *ev)
{
	printf("static struct natsonde_probe probes_%u[] = {\n", number);
	for (unsigned i = 0; i < ev->n_probes; i++)
		print_probe(&ev->probes[i]);
	printf("};\nstatic struct natsonde_addr addrs_%u[] = {\n", number);
	for (unsigned i = 0; i < ev->n_addrs; i++) {
		printf("\t{.family = %u, .port = %u, .ip = ", ev->addrs[i].family, ev->addrs[i].port);
		print_bytes(ev->addrs[i].ip, sizeof(ev->addrs[i].ip));
		printf("},\n");
	}
	printf("};\n\n");
}

static void print_evidence(unsigned number, const struct natsonde_evidence *ev)
{
	printf("\t{\"%s\", {.probes = probes_%u, .addrs = addrs_%u, .n_probes = %u, .max_probes = %u, .n_addrs = %u, .max_addrs = %u,\n",
	       spec_of(number), number, number, ev->n_probes, ev->n_probes, ev->n_addrs, ev->n_addrs);
	printf("\t  .servers = {");
	for (unsigned s = 0; s < ev->n_servers; s++)
		printf("{.addr = %u, .other = %u, .name = %u, .noise = %u, .same_as = %u}, ", ev->servers[s].addr, ev->servers[s].other,
		       ev->servers[s].name, ev->servers[s].noise, ev->servers[s].same_as);
	printf("},\n\t  .n_servers = %u, .family = %u, .end = %u, .fault = %u, .fixed_port = %d, .sees = %d, .is_truncated = %d, "
	       ".max_lifetime_s = %u, .now_us = %luu}},\n", ev->n_servers, ev->family, ev->end, ev->fault, ev->fixed_port, ev->sees,
	       ev->is_truncated, ev->max_lifetime_s, (unsigned long)ev->now_us);
}

/* The evidence of all runs must be there at once; a run's arrays are printed when it ends. */
static struct natsonde_evidence kept[COUNT(specs) + COUNT(all_specs)];

int main(void)
{
	const unsigned n = COUNT(kept);

	printf("#include \"saved.h\"\n\n");
	for (unsigned i = 0; i < n; i++) {
		struct natsonde_sim_spec spec = world_spec(spec_of(i));

		w.n_servers = spec.n_servers;
		w.max_lifetime_s = LIFETIME_S;
		w.tests = i < COUNT(specs) ? NATSONDE_TESTS_DEFAULT : NATSONDE_TESTS_ALL;
		world_run_spec(&w, &spec);
		kept[i] = *natsonde_engine_evidence(&w.engine);
		print_arrays(i, &kept[i]);
	}
	printf("static const struct saved saved[] = {\n");
	for (unsigned i = 0; i < n; i++)
		print_evidence(i, &kept[i]);
	printf("};\n");
	return 0;
}
