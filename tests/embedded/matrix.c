/* The matrix, small enough for an emulated microcontroller: core and simulator, what goes in must come out. Prints a line for
 * each discovery, with a digest of its evidence: the host and every target must print the same. */
#include "../matrix/world.h"

static struct world w;
static unsigned wrong;

static const char *const mappings[] = {"eim", "adm", "apdm", "none"};
static const char *const filterings[] = {"eif", "adf", "apdf"};
static const char *const ports[] = {"preserved", "sequential", "random", "overloaded"};
static const char *const faults[] = {
	"ok", "binding-only", "ignores-change", "rejects-change", "answers-400", "same-ip", "dead-alternate", "dead-port",
	"drops-change", "drops-first", "private-alternate", "third-address", "late", "silent", "no-response-port",
};
#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

/* FNV-1a over bytes that mean the same on every little-endian machine. */
static uint32_t digest(const struct natsonde_evidence *ev)
{
	uint32_t hash = 2166136261u;
	const uint8_t *bytes = (const uint8_t *)ev->probes;

	for (size_t i = 0; i < ev->n_probes * sizeof(ev->probes[0]); i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash;
}

static const char *word(enum natsonde_behaviour b)
{
	return natsonde_verdict_short(b, (enum natsonde_verdict)w.verdicts.of[b].verdict);
}

static const char *certainty(enum natsonde_behaviour b)
{
	return natsonde_certainty_name((enum natsonde_certainty)w.verdicts.of[b].certainty);
}

static bool is_true(enum natsonde_behaviour b, enum natsonde_verdict truth)
{
	enum natsonde_verdict found = (enum natsonde_verdict)w.verdicts.of[b].verdict;

	return found == truth || found == NATSONDE_UNKNOWN || found == NATSONDE_UNSTABLE ||
	       (found == NATSONDE_ENDPOINT_DEPENDENT && truth != NATSONDE_ENDPOINT_INDEPENDENT);
}

/* is_clean: nothing is lost and the server does all: then every verdict must be there, and verified. */
static void discover(const char *text, bool is_clean)
{
	const struct natsonde_sim_spec spec = world_spec(text);
	const struct natsonde_evidence *ev;
	enum natsonde_verdict mapping = spec.mapping == NATSONDE_NONE ? NATSONDE_ENDPOINT_INDEPENDENT : (enum natsonde_verdict)spec.mapping;
	bool is_right;

	world_run_spec(&w, &spec);
	ev = natsonde_engine_evidence(&w.engine);
	is_right = is_true(NATSONDE_MAPPING, mapping) && is_true(NATSONDE_FILTERING, (enum natsonde_verdict)spec.filtering);
	for (enum natsonde_behaviour b = NATSONDE_NAT; is_clean && b <= NATSONDE_P2P; b++)
		is_right = is_right && w.verdicts.of[b].certainty == NATSONDE_VERIFIED;
	printf("%s: %s/%s %s/%s %s/%s %s, %u probes, %lu us, %08lx%s\n", text, word(NATSONDE_NAT), certainty(NATSONDE_NAT),
	       word(NATSONDE_MAPPING), certainty(NATSONDE_MAPPING), word(NATSONDE_FILTERING), certainty(NATSONDE_FILTERING),
	       word(NATSONDE_P2P), ev->n_probes, (unsigned long)ev->now_us, (unsigned long)digest(ev), is_right ? "" : " WRONG");
	wrong += !is_right;
}

static void discover_classes(const char *more, bool is_clean)
{
	char text[160];

	for (unsigned i = 0; i < COUNT(mappings) * COUNT(filterings) * COUNT(ports); i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,ports=%s,%s", mappings[i % 4], filterings[i / 4 % 3],
			 ports[i / 12], more);
		discover(text, is_clean);
	}
}

static void discover_faults(void)
{
	char text[160];

	for (unsigned i = 0; i < COUNT(faults) * 9; i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,server=%s,loss=2,seed=%u", mappings[i % 3],
			 filterings[i / 3 % 3], faults[i / 9], i);
		discover(text, false);
	}
}

int main(void)
{
	w.max_open = 3;
	discover_classes("rtt=20", true);
	discover_classes("rtt=300,family=6", true);
	discover_classes("loss=10,rtt=100", false);
	discover_classes("loss=20,burst=5,rtt=40,jitter=20", false);
	discover_faults();
	if (wrong)
		printf("%u wrong\n", wrong);
	return wrong ? 1 : 0;
}
