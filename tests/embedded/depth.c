/* Measures what make size reports and no compiler knows: the size of an engine with its records, and the painted stack. */
#include "../matrix/world.h"
#include "stack.h"

static struct world w;

static const char *const specs[] = {
	"mapping=eim,filtering=eif", "mapping=apdm,filtering=apdf", "mapping=adm,filtering=adf,family=6", "loss=20,burst=5",
	"conflict=a2p1", "server=dead-alternate,mapping=apdm", "server=binding-only", "udp=reject", "udp=drop", "pool=4,mapping=apdm",
};

static unsigned deepest_run, deepest_judge;

__attribute__((noinline)) static void measure(const char *text)
{
	struct natsonde_sim_spec spec = world_spec(text);
	struct natsonde_door door = natsonde_sim_door(natsonde_sim_start(&spec));
	struct natsonde_plan plan = {.family = spec.has_ipv4 ? NATSONDE_IPV4 : NATSONDE_IPV6, .n_servers = 1,
				     .tests = NATSONDE_TESTS_DEFAULT, .sees = NATSONDE_SEES_ICMP, .timeout = 10 * NATSONDE_S};
	struct natsonde_engine *engine = &w.engine;
	unsigned depth;

	natsonde_sim_resolve(door.ctx, 0, (enum natsonde_family)plan.family, 3478, &plan.servers[0].addr);
	natsonde_engine_init(engine, &plan, (struct natsonde_random){door.random, door.ctx}, w.probes, 64, w.addrs, 64);
	stack_paint(stack_here());
	natsonde_drive(&engine, 1, &door);
	depth = stack_depth(stack_here());
	deepest_run = depth > deepest_run ? depth : deepest_run;
	stack_paint(stack_here());
	natsonde_judge(natsonde_engine_evidence(engine), &w.verdicts);
	depth = stack_depth(stack_here());
	deepest_judge = depth > deepest_judge ? depth : deepest_judge;
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
		measure(specs[i]);
	printf("engine %u\nprobe %u\naddress %u\n", (unsigned)sizeof(struct natsonde_engine), (unsigned)sizeof(struct natsonde_probe),
	       (unsigned)sizeof(struct natsonde_addr));
	printf("run %u\njudge %u\n", deepest_run, deepest_judge);
	return 0;
}
