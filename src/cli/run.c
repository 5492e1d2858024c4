#include "run.h"

#include <errno.h>
#include <string.h>

#include <natsonde/engine.h>

#include "live.h"
#include "load.h"
#include "shared/plan.h"
#include "present.h"
#include "progress.h"
#include "world.h"

#define PROBING_MIN (4 * NATSONDE_S)
#define PATIENCE (4 * NATSONDE_S) /* that nothing answers is said after this */
#define RESOLVING_MAX (30 * NATSONDE_S) /* three name servers, asked twice for 5 s each: no resolver takes longer */

/* All that one family's engine works with. */
struct family_run {
	struct natsonde_engine engine;
	struct natsonde_probe probes[NATSONDE_PROBES_MAX];
	struct natsonde_addr addrs[NATSONDE_ADDRS_MAX];
	uint8_t large[NATSONDE_SEND_LARGE_MAX];
	struct natsonde_io_interface interface;
};

struct run {
	const struct natsonde_options *options;
	struct natsonde_world world;
	natsonde_us began;
	bool is_interrupted; /* before there was anything to measure */
	unsigned n_names, n_wanted;          /* of the names, how many are to take part */
	struct natsonde_target targets[NATSONDE_SERVERS_MAX];
	struct natsonde_io_name names[NATSONDE_SERVERS_MAX];
	const char *hosts[NATSONDE_SERVERS_MAX];
	struct natsonde_unresolved unresolved[NATSONDE_SERVERS_MAX];
	struct family_run families[2];
	struct natsonde_report report;
	struct natsonde_watch watch;         /* somebody may look on: one of the next two, or nobody */
	struct natsonde_progress progress;
	struct natsonde_live live;
	struct natsonde_saved before;        /* what --diff compares with */
};

/* A hundred kilobytes are better not on the stack. */
static struct run run;

static const enum natsonde_family family_of[2] = { NATSONDE_IPV4, NATSONDE_IPV6 };

static natsonde_us now(const struct run *r)
{
	return r->world.door.now(r->world.door.ctx);
}

static void choose_servers(struct run *r)
{
	r->n_names = r->n_wanted = r->options->n_targets;
	if (r->n_names)
		memcpy(r->targets, r->options->targets, sizeof(r->targets));
	else
		r->n_names = natsonde_world_servers(&r->world, r->targets, &r->n_wanted);
	for (unsigned i = 0; i < r->n_names; i++) {
		r->hosts[i] = r->targets[i].host;
		natsonde_target_name(&r->targets[i], &r->names[i]);
		r->names[i].is_spare = i >= r->n_wanted;
	}
}

/* Names may take long: resolvers turn to a second name server only after 5 s. What is left suffices to see that nothing
 * answers, for there may be other servers whose names did resolve. */
static void resolve(struct run *r)
{
	natsonde_us half = r->options->timeout / 2;
	natsonde_us left = half < PROBING_MIN ? half : PROBING_MIN;

	natsonde_us resolving = r->options->timeout - left;

	natsonde_world_resolve(&r->world, r->names, r->n_names, r->began + (resolving < RESOLVING_MAX ? resolving : RESOLVING_MAX));
	for (unsigned i = 0; i < r->n_names; i++) {
		enum natsonde_resolution result = r->names[i].result;

		r->is_interrupted |= result == NATSONDE_RESOLVE_INTERRUPTED;
		if (result == NATSONDE_RESOLVED || result == NATSONDE_RESOLVE_NOT_NEEDED || r->names[i].is_spare)
			continue;
		r->report.unresolved = r->unresolved;
		r->unresolved[r->report.n_unresolved++] = (struct natsonde_unresolved){ r->hosts[i], natsonde_world_why(result) };
	}
}

/* Makes the engine of a family ready, or says why there is nothing to measure. */
static enum natsonde_unavailable prepare(struct run *r, unsigned f)
{
	const struct natsonde_options *o = r->options;
	const struct natsonde_door *door = &r->world.door;
	struct natsonde_random random = { door->random, door->ctx };
	struct family_run *family = &r->families[f];
	struct natsonde_plan plan = {
		.tests = o->tests,
		.further = o->tests & ~NATSONDE_TESTS_DEFAULT ? &natsonde_further_tests : NULL,
		.large = family->large,
		.max_lifetime_s = o->max_lifetime_s,
		.port_low = o->port_low,
		.port_high = o->port_high,
		.local_port = o->local_port,
		.sees = (uint8_t)door->sees,
		.timeout = r->began + o->timeout - now(r),
		.patience = PATIENCE,
	};
	bool has_server = natsonde_plan_servers(&plan, family_of[f], r->names, r->n_names, r->n_wanted);

	if (!(f == 0 ? o->ipv4 : o->ipv6))
		return NATSONDE_NOT_ASKED;
	if (!natsonde_world_has_route(&r->world, family_of[f], has_server ? &plan.servers[0].addr : NULL))
		return NATSONDE_NO_ROUTE;
	if (!has_server || r->is_interrupted)
		return NATSONDE_NO_SERVER_ADDRESS;
	natsonde_engine_init(&family->engine, &plan, random, family->probes, NATSONDE_PROBES_MAX, family->addrs,
			     NATSONDE_ADDRS_MAX);
	return NATSONDE_AVAILABLE;
}

static void measure(struct run *r, const struct natsonde_door *door)
{
	struct natsonde_engine *engines[2];
	unsigned n = 0;

	for (unsigned f = 0; f < 2; f++) {
		r->report.families[f].unavailable = prepare(r, f);
		r->report.families[f].interface = "";
		if (r->report.families[f].unavailable == NATSONDE_AVAILABLE)
			r->watch.engines[f] = engines[n++] = &r->families[f].engine;
	}
	r->progress.gives_up = now(r) + PATIENCE < r->progress.ends ? now(r) + PATIENCE : r->progress.ends;
	if (n)
		natsonde_drive(engines, n, door);
}

static void find_interface(struct run *r, unsigned f)
{
	struct natsonde_family_report *report = &r->report.families[f];
	const struct natsonde_evidence *ev = report->evidence;
	struct natsonde_io_interface *interface = &r->families[f].interface;

	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].local) {
			natsonde_world_interface(&r->world, natsonde_evidence_addr(ev, ev->probes[i].local), interface);
			report->interface = interface->name;
			report->is_tunnel = interface->is_tunnel;
			return;
		}
}

static void judge(struct run *r)
{
	for (unsigned f = 0; f < 2; f++) {
		struct natsonde_family_report *report = &r->report.families[f];

		if (report->unavailable != NATSONDE_AVAILABLE)
			continue;
		report->evidence = natsonde_engine_evidence(&r->families[f].engine);
		report->unavailable = natsonde_outcome_family(report->evidence);
		natsonde_judge_all(report->evidence, &report->verdicts);
		find_interface(r, f);
	}
}

/* What is known before anything is measured. */
static void describe(struct run *r)
{
	r->report.simulated = r->options->simulate;
	r->report.started = r->world.started;
	r->report.system = r->world.system;
	r->report.sees = (uint8_t)r->world.door.sees;
	r->report.tests = r->options->tests;
	r->report.names = r->hosts;
	r->report.is_redacted = false;
}

static enum natsonde_exit conclude(struct run *r)
{
	struct natsonde_conclusion c = natsonde_outcome_conclude(r->report.families, r->options->tests, r->is_interrupted);

	r->report.outcome = c.outcome;
	r->report.unreachable = c.unreachable;
	r->report.fault = c.fault;
	r->report.elapsed = now(r) - r->began;
	return c.exit_code;
}

static bool tell_live(struct run *r)
{
	static struct natsonde_report first;

	first = r->report;
	r->live.out = stdout;
	r->live.report = &first;
	r->live.watch = &r->watch;
	r->watch.look = natsonde_live_look;
	r->watch.ctx = &r->live;
	return natsonde_live_begin(&r->live);
}

static bool show_progress(struct run *r)
{
	if (!natsonde_progress_begin(&r->progress))
		return false;
	r->progress.watch = &r->watch;
	r->progress.ends = r->began + r->options->timeout;
	r->watch.look = natsonde_progress_look;
	r->watch.ctx = &r->progress;
	r->watch.slice = NATSONDE_PROGRESS_SLICE;
	return true;
}

static enum natsonde_exit complain(const char *text, enum natsonde_exit code)
{
	fprintf(stderr, "natsonde: %s\n", text);
	return code;
}

static enum natsonde_exit discover(struct run *r)
{
	struct natsonde_door door = r->world.door;
	enum natsonde_exit code;

	r->began = now(r);
	describe(r);
	errno = 0;
	if (r->options->is_jsonl && !tell_live(r))
		return natsonde_present_failed();
	if (r->options->is_jsonl || show_progress(r))
		door = natsonde_watch_door(&r->watch, &r->world.door);
	choose_servers(r);
	resolve(r);
	measure(r, &door);
	if (r->options->is_jsonl)
		(void)natsonde_live_look(&r->live, now(r));
	natsonde_progress_end(&r->progress);
	judge(r);
	code = conclude(r);
	return natsonde_present(r->options, &r->report, r->options->diff ? &r->before : NULL, code);
}

enum natsonde_exit natsonde_run(const struct natsonde_options *options)
{
	struct natsonde_complaint complaint;
	enum natsonde_exit code;

	run.options = options;
	if (options->diff && !natsonde_load("--diff", options->diff, &run.before, &complaint))
		return complain(complaint.text, NATSONDE_EXIT_USAGE);
	if (!natsonde_world_open(&run.world, options, &complaint))
		return complain(complaint.text, NATSONDE_EXIT_FAULT);
	code = discover(&run);
	natsonde_world_close(&run.world);
	return code;
}
