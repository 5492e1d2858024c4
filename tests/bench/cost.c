/* What a discovery costs where no network slows it: bytes of state, and discoveries per second of one core's time in the
 * simulated network. Prints "NAME NUMBER" lines for cost.sh. */
#define _GNU_SOURCE
#include <time.h>

#include "../matrix/world.h"

enum { ROUNDS = 9, RUNS = 9 * 200 };

static struct world w;

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A discovery that ends without its verdicts would be fast for the wrong reason. */
static void run(const struct natsonde_sim_spec *spec)
{
	const struct natsonde_finding *of = w.verdicts.of;

	world_run_spec(&w, spec);
	if (of[NATSONDE_FILTERING].verdict != spec->filtering || of[NATSONDE_MAPPING].verdict != spec->mapping) {
		world_print(&w);
		exit(1);
	}
}

/* Discoveries per second: the best of several rounds, since whatever else the machine does only slows them. */
static double rate(const char *const *classes, unsigned n)
{
	struct natsonde_sim_spec specs[9];
	double best = 0;

	for (unsigned i = 0; i < n; i++)
		specs[i] = world_spec(classes[i]);
	for (unsigned round = 0; round < ROUNDS; round++) {
		double began = cpu_s(), found;

		for (unsigned i = 0; i < RUNS; i++) {
			specs[i % n].seed = i;
			run(&specs[i % n]);
		}
		found = RUNS / (cpu_s() - began);
		best = found > best ? found : best;
	}
	return best;
}

int main(void)
{
	static const char *const all[9] = {
		"mapping=eim,filtering=eif", "mapping=eim,filtering=adf", "mapping=eim,filtering=apdf",
		"mapping=adm,filtering=eif", "mapping=adm,filtering=adf", "mapping=adm,filtering=apdf",
		"mapping=apdm,filtering=eif", "mapping=apdm,filtering=adf", "mapping=apdm,filtering=apdf",
	};

	printf("engine %zu\n", sizeof(struct natsonde_engine));
	printf("records %zu\n", 64 * (sizeof(struct natsonde_probe) + sizeof(struct natsonde_addr)));
	printf("rate_all %.0f\n", rate(all, 9));
	printf("rate_open %.0f\n", rate(&all[0], 1));
	printf("rate_home %.0f\n", rate(&all[2], 1));
	return 0;
}
