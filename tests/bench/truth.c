/* How often a verdict is wrong, unsure or missing, and what it costs: simulated discoveries over every class, loss, burst,
 * RTT and jitter.
 *
 *     truth [RUNS]     RUNS of each combination (1,400: at least 100,000 in each line of the first table)
 *
 * A verdict is wrong if it is not the class that was simulated; "endpoint-dependent" is true of every mapping that depends
 * on its destination. Equal RUNS, equal tables: every run has a seed of its own, whichever process does it. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../matrix/expect.h"

enum { CLASSES = 12, LINKS = 13, RTTS = 3, JITTERS = 2, CELLS = CLASSES * RTTS * JITTERS * LINKS };
enum { BINS_MS = 10100, PROCESSES_MAX = 16, EXAMPLES_MAX = 8, EXAMPLE_MAX = 200 };

static const struct { unsigned loss, burst; } links[LINKS] = {
	{0, 0}, {1, 0}, {1, 3}, {1, 10}, {5, 0}, {5, 3}, {5, 10}, {10, 0}, {10, 3}, {10, 10}, {20, 0}, {20, 3}, {20, 10},
};
static const unsigned rtts[RTTS] = {20, 100, 300}, jitters[JITTERS] = {0, 20};

/* One combination; the link changes fastest, so that processes that share cells by turns have equally much to do. */
struct cell { unsigned class, rtt, jitter, link; };

struct tally {
	uint32_t runs, wrong_verified, wrong_likely, any_unknown; /* runs */
	uint32_t likely[NATSONDE_BEHAVIOURS], unknown[NATSONDE_BEHAVIOURS];
	uint32_t longest_us, most_packets;
	uint32_t by_ms[BINS_MS], by_packets[NATSONDE_PROBES_MAX + 1];
};

/* What one process found, in memory that all share; untouched pages cost nothing. */
struct ledger {
	struct tally cells[CELLS];
	char examples[EXAMPLES_MAX][EXAMPLE_MAX];
	unsigned n_examples;
};

static struct world w;

static struct cell cell_of(unsigned i)
{
	return (struct cell){i / LINKS / JITTERS / RTTS, i / LINKS / JITTERS % RTTS, i / LINKS % JITTERS, i % LINKS};
}

static const char *class_name(unsigned class)
{
	static char name[16];

	snprintf(name, sizeof(name), "%s/%s", expect_mappings[class / 3], expect_filterings[class % 3]);
	return name;
}

/* --- Runs --- */

static void cell_text(const struct cell *c, char *text, size_t cap)
{
	snprintf(text, cap, "mapping=%s,filtering=%s,rtt=%u,jitter=%u,loss=%u,burst=%u", expect_mappings[c->class / 3],
		 expect_filterings[c->class % 3], rtts[c->rtt], jitters[c->jitter], links[c->link].loss, links[c->link].burst);
}

static void count_verdicts(struct tally *t, const struct natsonde_sim_spec *spec)
{
	bool is_wrong[NATSONDE_CERTAINTIES] = {false}, is_unknown = false;

	for (enum natsonde_behaviour b = NATSONDE_NAT; b <= NATSONDE_FILTERING; b++) {
		const struct natsonde_finding *f = &w.verdicts.of[b];
		enum natsonde_verdict verdict = (enum natsonde_verdict)f->verdict;

		if (expect_is_silent(verdict)) {
			t->unknown[b]++;
			is_unknown = true;
			continue;
		}
		t->likely[b] += f->certainty == NATSONDE_LIKELY;
		if (!expect_is_true(verdict, expect_truth(b, spec)))
			is_wrong[f->certainty] = true;
	}
	t->wrong_verified += is_wrong[NATSONDE_VERIFIED];
	t->wrong_likely += is_wrong[NATSONDE_LIKELY];
	t->any_unknown += is_unknown;
}

static void count_cost(struct tally *t)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&w.engine);
	uint32_t ms = ev->now_us / 1000;

	t->by_ms[ms < BINS_MS ? ms : BINS_MS - 1]++;
	t->by_packets[ev->n_probes]++;
	if (ev->now_us > t->longest_us)
		t->longest_us = ev->now_us;
	if (ev->n_probes > t->most_packets)
		t->most_packets = ev->n_probes;
}

static void run_cell(struct ledger *ledger, unsigned i, unsigned runs)
{
	struct cell c = cell_of(i);
	struct tally *t = &ledger->cells[i];
	char text[160];

	cell_text(&c, text, sizeof(text));
	struct natsonde_sim_spec spec = world_spec(text);
	for (t->runs = 0; t->runs < runs; t->runs++) {
		uint32_t wrong = t->wrong_verified;

		spec.seed = 1 + i * runs + t->runs;
		world_run_spec(&w, &spec);
		count_verdicts(t, &spec);
		count_cost(t);
		if (t->wrong_verified != wrong && ledger->n_examples < EXAMPLES_MAX)
			snprintf(ledger->examples[ledger->n_examples++], EXAMPLE_MAX, "%s,seed=%u", text, spec.seed);
	}
}

/* A process a core; false if one of them failed. */
static bool run_all(struct ledger *ledgers, unsigned n, unsigned runs)
{
	bool is_well = true;

	for (unsigned k = 0; k < n; k++) {
		pid_t pid = fork();

		if (pid < 0)
			return false;
		if (pid > 0)
			continue;
		for (unsigned i = k; i < CELLS; i += n)
			run_cell(&ledgers[k], i, runs);
		_exit(0);
	}
	for (unsigned k = 0; k < n; k++) {
		int status;

		is_well = wait(&status) > 0 && status == 0 && is_well;
	}
	return is_well;
}

/* --- Tables --- */

static void add(struct tally *sum, const struct tally *t)
{
	sum->runs += t->runs;
	sum->wrong_verified += t->wrong_verified;
	sum->wrong_likely += t->wrong_likely;
	sum->any_unknown += t->any_unknown;
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		sum->likely[b] += t->likely[b];
		sum->unknown[b] += t->unknown[b];
	}
	for (unsigned i = 0; i < BINS_MS; i++)
		sum->by_ms[i] += t->by_ms[i];
	for (unsigned i = 0; i <= NATSONDE_PROBES_MAX; i++)
		sum->by_packets[i] += t->by_packets[i];
	if (t->longest_us > sum->longest_us)
		sum->longest_us = t->longest_us;
	if (t->most_packets > sum->most_packets)
		sum->most_packets = t->most_packets;
}

/* All cells that are as wanted; ANY accepts every value. */
enum { ANY = -1 };
struct want { int class, filtering, rtt, jitter, link; };

static bool suits(int want, unsigned value)
{
	return want == ANY || want == (int)value;
}

static const struct tally *sum_of(const struct tally *cells, struct want want)
{
	static struct tally sum;

	memset(&sum, 0, sizeof(sum));
	for (unsigned i = 0; i < CELLS; i++) {
		struct cell c = cell_of(i);

		if (suits(want.class, c.class) && suits(want.filtering, c.class % 3) && suits(want.rtt, c.rtt) &&
		    suits(want.jitter, c.jitter) && suits(want.link, c.link))
			add(&sum, &cells[i]);
	}
	return &sum;
}

static unsigned percentile(const uint32_t *bins, uint32_t runs, unsigned percent)
{
	uint64_t left = ((uint64_t)runs * percent + 99) / 100;
	unsigned i = 0;

	while (bins[i] < left)
		left -= bins[i++];
	return i;
}

static double share(uint32_t part, uint32_t runs)
{
	return 100.0 * part / runs;
}

static void print_quality(const struct tally *t)
{
	printf(" %u | %u | %u | %.2f / %.2f | %.2f / %.2f | %u / %u | %.2f / %.2f |\n",
	       t->runs, t->wrong_verified, t->wrong_likely,
	       share(t->likely[NATSONDE_MAPPING], t->runs), share(t->likely[NATSONDE_FILTERING], t->runs),
	       share(t->unknown[NATSONDE_MAPPING], t->runs), share(t->unknown[NATSONDE_FILTERING], t->runs),
	       percentile(t->by_packets, t->runs, 50), percentile(t->by_packets, t->runs, 95),
	       percentile(t->by_ms, t->runs, 50) / 1000.0, percentile(t->by_ms, t->runs, 95) / 1000.0);
}

/* For printf. */
#define QUALITY_HEAD "runs | wrong, verified | wrong, likely | likely %%, m / f | unknown %%, m / f | packets, 50 / 95 %% " \
		     "| seconds, 50 / 95 %% |\n"
#define QUALITY_LINE "---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"

static void print_by_link(const struct tally *cells)
{
	printf("All classes, RTTs and jitters together. m / f: mapping / filtering.\n\n"
	       "| loss %% | burst | " QUALITY_HEAD "| ---: | ---: | " QUALITY_LINE);
	for (unsigned l = 0; l < LINKS; l++) {
		printf("| %u | %u |", links[l].loss, links[l].burst);
		print_quality(sum_of(cells, (struct want){ANY, ANY, ANY, ANY, (int)l}));
	}
}

static int link_with(unsigned loss, unsigned burst)
{
	int l = 0;

	while (links[l].loss != loss || links[l].burst != burst)
		l++;
	return l;
}

static void print_heavy_loss(const struct tally *cells)
{
	printf("\nThe line with 20 %% independent loss, taken apart.\n\n"
	       "| filtering | RTT, ms | " QUALITY_HEAD "| --- | ---: | " QUALITY_LINE);
	for (unsigned i = 0; i < 3 * RTTS; i++) {
		printf("| %s | %u |", expect_filterings[i / RTTS], rtts[i % RTTS]);
		print_quality(sum_of(cells, (struct want){ANY, (int)(i / RTTS), (int)(i % RTTS), ANY, link_with(20, 0)}));
	}
}

static const char *met(bool is_met)
{
	return is_met ? "met" : "**not met**";
}

static void print_clean(const struct tally *cells)
{
	static const unsigned restricted_ms[RTTS] = {330, 460, 1350};

	printf("\nThe clean path (no loss, no jitter): the slowest run and the most packets of each class.\n\n"
	       "| class | RTT 20 ms | RTT 100 ms | RTT 300 ms | packets |\n| --- | ---: | ---: | ---: | ---: |\n");
	for (unsigned class = 0; class < CLASSES; class++) {
		bool is_open = class % 3 == 0;
		unsigned most = 0, packets_budget = is_open ? 12 : 25;

		printf("| %s |", class_name(class));
		for (unsigned r = 0; r < RTTS; r++) {
			const struct tally *t = sum_of(cells, (struct want){(int)class, ANY, (int)r, 0, link_with(0, 0)});
			unsigned budget_ms = is_open ? 2 * rtts[r] + 30 : restricted_ms[r];

			printf(" %.1f ms of %u, %s |", t->longest_us / 1000.0, budget_ms, met(t->longest_us <= 1000 * budget_ms));
			most = t->most_packets > most ? t->most_packets : most;
		}
		printf(" %u of %u, %s |\n", most, packets_budget, met(most <= packets_budget));
	}
}

static void print_budgets(const struct tally *cells)
{
	enum { LIGHT, HEAVY, BURSTS, KINDS };
	uint32_t runs[KINDS] = {0}, wrong[KINDS] = {0};
	const struct tally *t = sum_of(cells, (struct want){ANY, ANY, ANY, ANY, link_with(20, 0)});
	double unknown = share(t->any_unknown, t->runs);

	for (unsigned i = 0; i < CELLS; i++) {
		unsigned l = cell_of(i).link, kind = links[l].burst > 0 ? BURSTS : links[l].loss == 20 ? HEAVY : LIGHT;

		runs[kind] += cells[i].runs;
		wrong[kind] += cells[i].wrong_verified;
	}
	printf("\n| budget | found | |\n| --- | --- | --- |\n"
	       "| no verified verdict wrong at 0 to 10 %% independent loss | %u in %u runs | %s |\n"
	       "| at most 1 in 100,000 runs wrong at 20 %% independent loss | %u in %u runs | %s |\n"
	       "| none wrong under bursts | %u in %u runs | %s |\n"
	       "| mapping or filtering unknown in at most 0.5 %% of runs at 20 %% independent loss | %.2f %% | %s |\n",
	       wrong[LIGHT], runs[LIGHT], met(wrong[LIGHT] == 0), wrong[HEAVY], runs[HEAVY],
	       met(wrong[HEAVY] * UINT64_C(100000) <= runs[HEAVY]), wrong[BURSTS], runs[BURSTS], met(wrong[BURSTS] == 0), unknown,
	       met(unknown <= 0.5));
}

int main(int argc, char **argv)
{
	unsigned runs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1400;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = cores < 1 ? 1 : cores > PROCESSES_MAX ? PROCESSES_MAX : (unsigned)cores;
	struct ledger *ledgers = mmap(NULL, n * sizeof(*ledgers), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (runs == 0 || ledgers == MAP_FAILED || !run_all(ledgers, n, runs)) {
		fprintf(stderr, "truth: %s\n", runs == 0 ? "RUNS is a number, at least 1" : "no memory, or a process failed");
		return 1;
	}
	for (unsigned i = 0; i < CELLS; i++)
		ledgers[0].cells[i] = ledgers[i % n].cells[i];
	print_by_link(ledgers[0].cells);
	print_heavy_loss(ledgers[0].cells);
	print_clean(ledgers[0].cells);
	print_budgets(ledgers[0].cells);
	for (unsigned k = 0; k < n; k++)
		for (unsigned e = 0; e < ledgers[k].n_examples; e++)
			printf("%swrong: `natsonde -4 --simulate %s`\n", e == 0 ? "\n" : "", ledgers[k].examples[e]);
	return 0;
}
