/* Core, simulator and report writers together: JSON and text of a few runs. The host and every target must print the same.
 * On stderr, how deep the writers' stack gets, libc's part and all, and how much heap JSON takes: as a tree, and in pieces. */
#include "../matrix/world.h"

#include <natsonde/report.h>

#include "report/json_library.h"
#include "report/json_pieces.h"
#include "report/json_tree.h"
#include "stack.h"

#define PIECES_MAX (256 * 1024)
#define HEAD 16 /* bytes before a block: its size, with the alignment kept */

static struct world w;
static const char *const names[] = { "stun.example.org", "stun2.example.org" };
static unsigned deepest[3], deepest_pieces;
static size_t heap, most_heap, heap_tree[2], heap_pieces[2]; /* of the default tests, of all */
static char pieces[PIECES_MAX];
static size_t n_pieces;

static const char *const specs[] = {
	"mapping=eim,filtering=apdf", "mapping=apdm,filtering=adf,family=6", "udp=drop", "server=binding-only,loss=20,seed=7",
};

static void write_as(const struct natsonde_report *report, enum natsonde_format format, FILE *out)
{
	const struct natsonde_look look = { .format = format };
	unsigned depth;

	stack_paint(stack_here());
	if (!natsonde_report_write(report, &look, out))
		printf("not written\n");
	depth = stack_depth(stack_here());
	deepest[format] = depth > deepest[format] ? depth : deepest[format];
}

static void *count_malloc(size_t size)
{
	uint8_t *block = malloc(size + HEAD);

	if (block == NULL)
		return NULL;
	memcpy(block, &size, sizeof(size));
	heap += size;
	most_heap = heap > most_heap ? heap : most_heap;
	return block + HEAD;
}

static void count_free(void *pointer)
{
	size_t size;

	if (pointer == NULL)
		return;
	memcpy(&size, (uint8_t *)pointer - HEAD, sizeof(size));
	heap -= size;
	free((uint8_t *)pointer - HEAD);
}

static bool take(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len && n_pieces < PIECES_MAX - 1; i++)
		if (text[i] != '\n') /* those between rows; in strings they are escaped */
			pieces[n_pieces++] = text[i];
	pieces[n_pieces] = '\0';
	return true;
}

/* In pieces it must be the same to the last byte. */
static void compare_pieces(const struct natsonde_report *report)
{
	cJSON_Hooks counting = { count_malloc, count_free };
	const bool is_all = report->tests == NATSONDE_TESTS_ALL;
	unsigned depth;
	cJSON *tree;
	char *text;

	cJSON_InitHooks(&counting);
	n_pieces = most_heap = 0;
	stack_paint(stack_here());
	if (natsonde_json_pieces(report, take, NULL) != NATSONDE_JSON_DONE)
		printf("no pieces\n");
	depth = stack_depth(stack_here());
	deepest_pieces = depth > deepest_pieces ? depth : deepest_pieces;
	heap_pieces[is_all] = most_heap > heap_pieces[is_all] ? most_heap : heap_pieces[is_all];
	most_heap = 0;
	tree = natsonde_json_tree(report);
	heap_tree[is_all] = most_heap > heap_tree[is_all] ? most_heap : heap_tree[is_all];
	text = cJSON_PrintUnformatted(tree);
	printf("pieces: %u bytes%s\n", (unsigned)n_pieces, strcmp(text, pieces) == 0 ? "" : ", NOT as the tree");
	cJSON_free(text);
	cJSON_Delete(tree);
	printf("%u bytes of heap left\n", (unsigned)heap);
	cJSON_InitHooks(NULL);
}

static void report_on(const char *text, uint16_t tests, FILE *out)
{
	struct natsonde_sim_spec spec = world_spec(text);
	struct natsonde_report report = { .simulated = text, .started = NATSONDE_SIM_STARTED, .outcome = NATSONDE_RUN_COMPLETE,
					  .system = "simulation", .about = "a machine that is emulated", .sees = NATSONDE_SEES_ICMP,
					  .tests = tests, .names = names };
	const unsigned f = spec.has_ipv4 ? 0 : 1;

	w.tests = tests;
	w.max_lifetime_s = 10;
	world_run_spec(&w, &spec);
	report.elapsed = natsonde_engine_evidence(&w.engine)->now_us;
	report.families[f].evidence = natsonde_engine_evidence(&w.engine);
	report.families[f].verdicts = w.verdicts;
	report.families[0].interface = report.families[1].interface = NATSONDE_SIM_INTERFACE;
	report.families[1 - f].unavailable = NATSONDE_NO_ROUTE;
	write_as(&report, NATSONDE_JSON, out);
	write_as(&report, NATSONDE_TEXT, out);
	write_as(&report, NATSONDE_SHORT, out);
	compare_pieces(&report);
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
		report_on(specs[i], NATSONDE_TESTS_DEFAULT, stdout);
	report_on("mapping=apdm,filtering=apdf,ports=random,lifetime=5", NATSONDE_TESTS_ALL, stdout);
	fprintf(stderr, "stack %u %u %u\n", deepest_pieces, deepest[NATSONDE_TEXT], deepest[NATSONDE_SHORT]);
	fprintf(stderr, "heap %u %u %u %u\n", (unsigned)heap_tree[0], (unsigned)heap_pieces[0], (unsigned)heap_tree[1], (unsigned)heap_pieces[1]);
	return 0;
}
