#include "check.h"

#include <errno.h>
#include <string.h>

#include <natsonde/check.h>
#include <natsonde/engine.h>
#include <natsonde/names.h>

#include "shared/plan.h"
#include "present.h"
#include "progress.h"
#include "turn.h"
#include "watch.h"
#include "world.h"

#define ADDRS_PER_FAMILY 3 /* of a name; more tell little that is new */
#define ROWS_MAX (NATSONDE_SERVERS_MAX * 2 * ADDRS_PER_FAMILY)
#define PROBES_MAX 96 /* politeness allows 60 packets to a server */
#define ADDRS_MAX 64
#define SIDE_BY_SIDE (NATSONDE_DOOR_SLOTS / NATSONDE_ENGINE_SLOTS_FIRST)

/* A discovery with one server alone. */
struct alone {
	struct natsonde_engine engine;
	struct natsonde_probe probes[PROBES_MAX];
	struct natsonde_addr addrs[ADDRS_MAX];
};

struct check {
	const struct natsonde_options *options;
	struct natsonde_world world;
	natsonde_us began;
	natsonde_us shown; /* the live line was drawn */
	bool is_interrupted;
	unsigned n_names;
	struct natsonde_target targets[NATSONDE_SERVERS_MAX];
	struct natsonde_io_name names[NATSONDE_SERVERS_MAX];
	struct natsonde_check_row rows[ROWS_MAX];
	uint8_t name_of[ROWS_MAX];
	struct alone alone[ROWS_MAX];
	struct natsonde_turn turns[ROWS_MAX];
	struct natsonde_check_report report;
};

/* Hundreds of kilobytes are better not on the stack. */
static struct check check;

static const enum natsonde_family family_of[2] = { NATSONDE_IPV4, NATSONDE_IPV6 };

static natsonde_us now(const struct check *c)
{
	return c->world.door.now(c->world.door.ctx);
}

static natsonde_us end_of(const struct check *c)
{
	return c->began + c->options->timeout;
}

static void resolve(struct check *c)
{
	unsigned wanted;

	c->n_names = c->options->n_targets;
	if (c->n_names)
		memcpy(c->targets, c->options->targets, sizeof(c->targets));
	else
		c->n_names = natsonde_world_servers(&c->world, c->targets, &wanted);
	for (unsigned i = 0; i < c->n_names; i++)
		natsonde_target_name(&c->targets[i], &c->names[i]);
	natsonde_world_resolve(&c->world, c->names, c->n_names, c->began + c->options->timeout / 2);
	for (unsigned i = 0; i < c->n_names; i++)
		c->is_interrupted |= c->names[i].result == NATSONDE_RESOLVE_INTERRUPTED;
}

static struct natsonde_check_row *add_row(struct check *c, unsigned name)
{
	struct natsonde_check_row *row = &c->rows[c->report.n_rows];

	c->name_of[c->report.n_rows++] = (uint8_t)name;
	row->name = c->targets[name].host;
	row->is_turn = c->targets[name].is_turn;
	row->transport = c->targets[name].transport;
	return row;
}

static void add_family(struct check *c, unsigned name, unsigned f)
{
	const struct natsonde_io_name *n = &c->names[name];
	enum natsonde_unavailable unavailable = NATSONDE_AVAILABLE;

	/* A numeric address is of one family, and nobody misses the other. */
	if (!n->n[f] && c->targets[name].family)
		return;
	if (!n->n[f])
		unavailable = NATSONDE_NO_SERVER_ADDRESS;
	else if (!natsonde_world_has_route(&c->world, family_of[f], &n->addrs[f][0]))
		unavailable = NATSONDE_NO_ROUTE;
	for (unsigned i = 0; i < ADDRS_PER_FAMILY && (i < n->n[f] || i == 0); i++) {
		struct natsonde_check_row *row = add_row(c, name);

		row->family = (uint8_t)family_of[f];
		row->unavailable = (uint8_t)unavailable;
		row->addr = n->addrs[f][i];
	}
}

static void add_rows(struct check *c)
{
	for (unsigned i = 0; i < c->n_names; i++) {
		if (c->names[i].result != NATSONDE_RESOLVED) {
			add_row(c, i)->unresolved = natsonde_world_why(c->names[i].result);
			continue;
		}
		if (c->options->ipv4)
			add_family(c, i, 0);
		if (c->options->ipv6)
			add_family(c, i, 1);
	}
}

static bool is_asked(const struct natsonde_check_row *row)
{
	return !row->unresolved && row->unavailable == NATSONDE_AVAILABLE;
}

static void prepare(struct check *c, unsigned r)
{
	const struct natsonde_door *door = &c->world.door;
	struct natsonde_random random = { door->random, door->ctx };
	struct alone *alone = &c->alone[r];
	struct natsonde_plan plan = {
		.family = c->rows[r].family,
		.n_servers = 1,
		.servers = { { .addr = c->rows[r].addr } },
		.tests = NATSONDE_TEST(NATSONDE_NAT) | NATSONDE_TEST(NATSONDE_MAPPING) | NATSONDE_TEST(NATSONDE_FILTERING),
		.checks_server = true,
		.sees = (uint8_t)door->sees,
		.timeout = end_of(c) - now(c),
	};

	natsonde_engine_init(&alone->engine, &plan, random, alone->probes, PROBES_MAX, alone->addrs, ADDRS_MAX);
	c->rows[r].evidence = natsonde_engine_evidence(&alone->engine);
}

/* The live line, while STUN servers are asked. */
static bool show_progress(void *ctx, natsonde_us now)
{
	struct check *c = ctx;
	const natsonde_us left = end_of(c) > now ? (end_of(c) - now) / (100 * NATSONDE_MS) : 0;
	unsigned sent = 0, answered = 0;
	char line[128];

	if (c->shown && now - c->shown < NATSONDE_PROGRESS_SLICE)
		return true;
	c->shown = now;
	for (unsigned r = 0; r < c->report.n_rows; r++)
		if (c->rows[r].evidence) {
			const struct natsonde_traffic traffic = natsonde_evidence_traffic(c->rows[r].evidence, 0);

			sent += traffic.sent;
			answered += traffic.answered;
		}
	snprintf(line, sizeof(line), "asking the servers: %u packet%s sent, %u answered; at most %u.%u s left", sent, sent == 1 ? "" : "s",
		 answered, (unsigned)(left / 10), (unsigned)(left % 10));
	natsonde_progress_show(line);
	return true;
}

/* Runs the engines that were made ready, if there is the time and the will to go on. */
static void drive(struct check *c, struct natsonde_engine *const *engines, unsigned n)
{
	struct natsonde_watch watch = { .look = show_progress, .ctx = c, .slice = NATSONDE_PROGRESS_SLICE };
	const struct natsonde_door door = natsonde_watch_door(&watch, &c->world.door);

	if (c->is_interrupted || now(c) >= end_of(c)) {
		for (unsigned i = 0; i < n; i++)
			natsonde_engine_stop(engines[i], now(c));
		return;
	}
	natsonde_drive(engines, n, &door);
	for (unsigned i = 0; i < n; i++)
		c->is_interrupted |= natsonde_engine_evidence(engines[i])->end == NATSONDE_END_INTERRUPTED;
}

static void ask_stun(struct check *c)
{
	struct natsonde_engine *engines[SIDE_BY_SIDE];
	unsigned n = 0;

	for (unsigned r = 0; r < c->report.n_rows; r++) {
		if (is_asked(&c->rows[r]) && !c->rows[r].is_turn) {
			prepare(c, r);
			engines[n++] = &c->alone[r].engine;
		}
		if (n == SIDE_BY_SIDE || (n && r + 1 == c->report.n_rows)) {
			drive(c, engines, n);
			n = 0;
		}
	}
}

static void ask_turn(struct check *c)
{
	unsigned row_of[ROWS_MAX], n = 0;

	for (unsigned r = 0; r < c->report.n_rows; r++)
		if (is_asked(&c->rows[r]) && c->rows[r].is_turn) {
			c->turns[n].to = c->rows[r].addr;
			c->turns[n].transport = (enum natsonde_transport)c->rows[r].transport;
			row_of[n++] = r;
		}
	if (n && !c->is_interrupted)
		c->is_interrupted = !natsonde_turn_ask(c->turns, n, &c->world.door, end_of(c));
	for (unsigned i = 0; i < n; i++)
		c->rows[row_of[i]].turn = c->turns[i].finding;
}

static enum natsonde_usable judge_turn(const struct natsonde_turn_finding *turn)
{
	switch (turn->answer) {
	case NATSONDE_TURN_ASKS:
	case NATSONDE_TURN_ALLOCATES: return NATSONDE_USABLE_YES;
	case NATSONDE_TURN_UNFINISHED:
	case NATSONDE_TURN_UNSENT: return NATSONDE_USABLE_UNKNOWN;
	default: return NATSONDE_USABLE_NO;
	}
}

static bool has_answered(const struct natsonde_check_row *row)
{
	if (!row->is_turn)
		return row->evidence && natsonde_evidence_traffic(row->evidence, 0).answered > 0;
	switch (row->turn.answer) {
	case NATSONDE_TURN_ASKS:
	case NATSONDE_TURN_ALLOCATES:
	case NATSONDE_TURN_ASKS_BADLY:
	case NATSONDE_TURN_ERROR:
	case NATSONDE_TURN_STUN_ONLY: return true;
	default: return false;
	}
}

/* What kept this host from asking; NATSONDE_OK if nothing did. */
static enum natsonde_fault fault_of(const struct natsonde_check_row *row)
{
	if (row->is_turn)
		return row->turn.answer == NATSONDE_TURN_UNSENT ? (enum natsonde_fault)row->turn.fault : NATSONDE_OK;
	return row->evidence && row->evidence->end == NATSONDE_END_FAULT ? (enum natsonde_fault)row->evidence->fault : NATSONDE_OK;
}

static void judge(struct check *c, struct natsonde_check_row *row)
{
	enum natsonde_use use = c->report.needs_filtering ? NATSONDE_USE_FILTERING : NATSONDE_USE_MAPPING;

	if (fault_of(row) == NATSONDE_FAULT_NO_ROUTE)
		row->unavailable = NATSONDE_NO_ROUTE;
	if (row->unresolved)
		row->usable = NATSONDE_USABLE_NO;
	else if (row->is_turn)
		row->usable = (uint8_t)judge_turn(&row->turn);
	else if (row->evidence)
		row->usable = natsonde_judge_use(row->evidence, 0, use).usable;
}

/* A server is as good as the worst of its addresses. */
static bool is_usable(const struct check *c, unsigned name)
{
	unsigned asked = 0;

	for (unsigned r = 0; r < c->report.n_rows; r++) {
		if (c->name_of[r] != name || !is_asked(&c->rows[r]))
			continue;
		if (c->rows[r].usable != NATSONDE_USABLE_YES && c->rows[r].usable != NATSONDE_USABLE_WITH_OTHERS)
			return false;
		asked++;
	}
	return asked > 0;
}

static void conclude(struct check *c)
{
	struct natsonde_check_report *report = &c->report;
	bool is_answered = false;

	report->needs_filtering = (c->options->tests & (NATSONDE_TEST(NATSONDE_FILTERING) | NATSONDE_TEST(NATSONDE_P2P))) != 0;
	for (unsigned r = 0; r < report->n_rows; r++) {
		judge(c, &c->rows[r]);
		is_answered |= has_answered(&c->rows[r]);
		if (is_asked(&c->rows[r]) && fault_of(&c->rows[r]) != NATSONDE_OK)
			report->fault = fault_of(&c->rows[r]);
	}
	report->n_servers = c->n_names;
	for (unsigned i = 0; i < c->n_names; i++)
		report->n_usable += is_usable(c, i);
	if (c->is_interrupted)
		report->outcome = NATSONDE_RUN_INTERRUPTED;
	else if (!is_answered)
		report->outcome = report->fault != NATSONDE_OK ? NATSONDE_RUN_FAILED : NATSONDE_RUN_UNREACHABLE;
	else
		report->outcome = report->n_usable == report->n_servers ? NATSONDE_RUN_COMPLETE : NATSONDE_RUN_INCOMPLETE;
	report->rows = c->rows;
	report->simulated = c->options->simulate;
	report->started = c->world.started;
	report->elapsed = now(c) - c->began;
}

static enum natsonde_exit present(const struct check *c)
{
	const struct natsonde_look look = natsonde_present_look(c->options);

	if (c->report.outcome == NATSONDE_RUN_FAILED)
		fprintf(stderr, "natsonde: %s\n", natsonde_fault_sentence(c->report.fault));
	errno = 0;
	return natsonde_check_write(&c->report, &look, stdout) ? natsonde_outcome_exit(c->report.outcome) : natsonde_present_failed();
}

enum natsonde_exit natsonde_check(const struct natsonde_options *options)
{
	struct natsonde_complaint complaint;

	check.options = options;
	if (!natsonde_world_open(&check.world, options, &complaint)) {
		fprintf(stderr, "natsonde: %s\n", complaint.text);
		return NATSONDE_EXIT_FAULT;
	}
	check.began = now(&check);
	natsonde_progress_show("resolving names");
	resolve(&check);
	add_rows(&check);
	natsonde_progress_show("asking the servers");
	ask_stun(&check);
	ask_turn(&check);
	natsonde_progress_show("");
	conclude(&check);
	natsonde_world_close(&check.world);
	return present(&check);
}
