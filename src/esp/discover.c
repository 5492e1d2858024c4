/* One discovery, as src/cli makes it, with memory from the heap and no more sockets than a microcontroller can spare. */
#include "esp.h"

#include <stdlib.h>
#include <string.h>

#include "esp_netif.h"

#include <natsonde/engine.h>

#include "io/host.h"
#include "shared/outcome.h"
#include "shared/plan.h"

#define PROBING_MIN (4 * NATSONDE_S)
/* With three sockets lifetime stands on one rung at a time: about as many times as long as with one for each rung. */
#define ONE_RUNG_AT_A_TIME 6u

struct family_run {
	struct natsonde_engine engine;
	struct natsonde_addr *addrs;    /* config->addrs of them, behind the probes */
	struct natsonde_probe probes[]; /* config->probes of them */
};

struct natsonde_esp_run {
	const natsonde_task_config_t *config;
	struct natsonde_door door;
	natsonde_us began;
	struct natsonde_esp_servers servers;
	struct natsonde_io_name names[NATSONDE_SERVERS_MAX];
	const char *hosts[NATSONDE_SERVERS_MAX];
	struct natsonde_unresolved unresolved[NATSONDE_SERVERS_MAX];
	struct family_run *families[2]; /* NULL: not measured */
	struct natsonde_evidence failed[2]; /* in their place where this device could not measure */
	struct natsonde_addr nowhere;       /* all the addresses that those hold */
	uint8_t *large;                 /* NULL: no test needs it */
	struct natsonde_io_interface interface;
	struct natsonde_report report;
	char about[NATSONDE_ESP_ABOUT];
	char started[NATSONDE_IO_STAMP];
};

static const enum natsonde_family family_of[2] = { NATSONDE_IPV4, NATSONDE_IPV6 };

struct natsonde_esp_run *natsonde_esp_run_new(const natsonde_task_config_t *config)
{
	struct natsonde_esp_run *r = calloc(1, sizeof(*r));

	if (r)
		r->config = config;
	return r;
}

void natsonde_esp_run_free(struct natsonde_esp_run *r)
{
	if (!r)
		return;
	free(r->families[0]);
	free(r->families[1]);
	free(r->large);
	free(r);
}

const struct natsonde_report *natsonde_esp_run_report(const struct natsonde_esp_run *r)
{
	return &r->report;
}

static bool is_wanted(const struct natsonde_esp_run *r, unsigned f)
{
	return f == 0 ? r->config->ipv4 : r->config->ipv6;
}

static unsigned lifetime_of(const struct natsonde_esp_run *r)
{
	return r->config->max_lifetime_s ? r->config->max_lifetime_s : NATSONDE_PLAN_LIFETIME_S;
}

/* What is known before anything is measured, and stays true if nothing is. */
static void describe(struct natsonde_esp_run *r)
{
	r->began = natsonde_io_now();
	natsonde_esp_about(r->about, sizeof(r->about));
	natsonde_io_stamp(r->started);
	r->report.started = r->started;
	r->report.system = natsonde_io_system();
	r->report.about = r->about;
	r->report.sees = (uint8_t)natsonde_esp_sees();
	r->report.tests = r->config->tests;
	r->report.names = r->hosts;
	for (unsigned f = 0; f < 2; f++) {
		r->report.families[f].interface = "";
		r->report.families[f].unavailable = is_wanted(r, f) ? NATSONDE_AVAILABLE : NATSONDE_NOT_ASKED;
	}
}

/* This device cannot measure that family: evidence without a probe tells what it lacks, to the judge and to whoever replays it. */
static void give_up(struct natsonde_esp_run *r, unsigned f, enum natsonde_fault fault)
{
	bool has_lifetime = r->config->tests & NATSONDE_TEST(NATSONDE_LIFETIME);

	r->failed[f] = (struct natsonde_evidence){
		.addrs = &r->nowhere, .n_addrs = 1, .max_addrs = 1, .family = (uint8_t)family_of[f],
		.max_lifetime_s = (uint16_t)(has_lifetime ? lifetime_of(r) : 0), .end = NATSONDE_END_FAULT, .fault = (uint8_t)fault,
		.sees = r->report.sees,
	};
	r->report.families[f].evidence = &r->failed[f];
}

/* The families are measured in turn, so they share what the user gives; else each has what it takes. */
static natsonde_us timeout_of(const struct natsonde_esp_run *r)
{
	if (r->config->timeout_ms)
		return r->config->timeout_ms * NATSONDE_MS;
	return natsonde_plan_timeout(r->config->tests, lifetime_of(r) * ONE_RUNG_AT_A_TIME) * (r->config->ipv4 + r->config->ipv6);
}

/* natsonde_task_new has seen to it that the list can be read. */
static void choose_servers(struct natsonde_esp_run *r)
{
	const char *list = r->config->servers ? r->config->servers : CONFIG_NATSONDE_SERVERS;
	uint32_t draws[NATSONDE_BUILTIN_DRAWS];
	uint8_t bytes[sizeof(draws)];

	if (!natsonde_esp_servers_parse(list, &r->servers) || r->servers.n == 0) {
		r->door.random(r->door.ctx, bytes, sizeof(bytes));
		memcpy(draws, bytes, sizeof(draws));
		natsonde_servers_builtin(draws, r->servers.targets);
		r->servers.n = NATSONDE_SERVERS_MAX;
		r->servers.n_wanted = NATSONDE_BUILTIN;
	}
	for (unsigned i = 0; i < r->servers.n; i++) {
		r->hosts[i] = r->servers.targets[i].host;
		natsonde_target_name(&r->servers.targets[i], &r->names[i]);
		r->names[i].is_spare = i >= r->servers.n_wanted;
	}
}

static const char *why_unresolved(enum natsonde_resolution result)
{
	switch (result) {
	case NATSONDE_RESOLVE_TIMEOUT: return "the name server did not answer in time";
	case NATSONDE_RESOLVE_INTERRUPTED: return "interrupted";
	default: return "there is no such name, or no name server that could tell";
	}
}

/* Returns whether the run was interrupted meanwhile. */
static bool resolve(struct natsonde_esp_run *r)
{
	const bool wanted[2] = { r->config->ipv4, r->config->ipv6 };
	natsonde_us half = timeout_of(r) / 2, left = half < PROBING_MIN ? half : PROBING_MIN;
	bool is_interrupted = false;

	natsonde_esp_resolve(r->names, r->servers.n, wanted, r->began + timeout_of(r) - left);
	for (unsigned i = 0; i < r->servers.n; i++) {
		enum natsonde_resolution result = r->names[i].result;

		is_interrupted = is_interrupted || result == NATSONDE_RESOLVE_INTERRUPTED;
		if (result == NATSONDE_RESOLVED || result == NATSONDE_RESOLVE_NOT_NEEDED || r->names[i].is_spare)
			continue;
		r->report.unresolved = r->unresolved;
		r->unresolved[r->report.n_unresolved++] = (struct natsonde_unresolved){ r->hosts[i], why_unresolved(result) };
	}
	return is_interrupted;
}

/* When measuring must end. A name server that stays silent may have used up the time: what answers is given some all the same. */
static natsonde_us end_time(const struct natsonde_esp_run *r)
{
	natsonde_us least = natsonde_io_now() + (timeout_of(r) < PROBING_MIN ? timeout_of(r) : PROBING_MIN);

	return r->began + timeout_of(r) > least ? r->began + timeout_of(r) : least;
}

/* One for both families: they are not measured at the same time. */
static bool allocate_large(struct natsonde_esp_run *r)
{
	if (!r->large && (r->config->tests & NATSONDE_TEST(NATSONDE_FRAGMENTS)))
		r->large = malloc(NATSONDE_SEND_LARGE_MAX);
	return r->large || !(r->config->tests & NATSONDE_TEST(NATSONDE_FRAGMENTS));
}

static bool allocate(struct natsonde_esp_run *r, unsigned f)
{
	size_t probes = r->config->probes * sizeof(struct natsonde_probe), addrs = r->config->addrs * sizeof(struct natsonde_addr);
	struct family_run *family = allocate_large(r) ? calloc(1, sizeof(*family) + probes + addrs) : NULL;

	if (family)
		family->addrs = (struct natsonde_addr *)(void *)&family->probes[r->config->probes];
	r->families[f] = family;
	return family != NULL;
}

static enum natsonde_unavailable prepare(struct natsonde_esp_run *r, unsigned f, bool is_interrupted)
{
	const struct natsonde_addr anywhere = { .family = (uint8_t)family_of[f] };
	struct natsonde_plan plan = { .family = 0 };
	bool has_server = natsonde_plan_servers(&plan, family_of[f], r->names, r->servers.n, r->servers.n_wanted);

	if (!is_wanted(r, f))
		return NATSONDE_NOT_ASKED;
	if (!natsonde_io_has_route(family_of[f], has_server ? &plan.servers[0].addr : &anywhere))
		return NATSONDE_NO_ROUTE;
	if (!has_server || is_interrupted)
		return NATSONDE_NO_SERVER_ADDRESS;
	if (!allocate(r, f))
		give_up(r, f, NATSONDE_FAULT_NO_SOCKET); /* which stands for memory, too */
	return NATSONDE_AVAILABLE;
}

static void begin(struct natsonde_esp_run *r, unsigned f, natsonde_us timeout)
{
	struct natsonde_random random = { r->door.random, r->door.ctx };
	struct family_run *family = r->families[f];
	struct natsonde_plan plan = {
		.tests = r->config->tests,
#if CONFIG_NATSONDE_FURTHER_TESTS
		.further = r->config->tests & ~NATSONDE_TESTS_DEFAULT ? &natsonde_further_tests : NULL,
#endif
		.large = r->large,
		.max_lifetime_s = r->config->max_lifetime_s,
		.mailbox = CONFIG_LWIP_UDP_RECVMBOX_SIZE < UINT8_MAX ? CONFIG_LWIP_UDP_RECVMBOX_SIZE : 0,
		.sees = (uint8_t)r->door.sees,
		.timeout = timeout,
	};

	(void)natsonde_plan_servers(&plan, family_of[f], r->names, r->servers.n, r->servers.n_wanted);
	natsonde_engine_init(&family->engine, &plan, random, family->probes, r->config->probes, family->addrs, r->config->addrs);
}

static enum natsonde_end end_of(const struct family_run *family)
{
	return (enum natsonde_end)natsonde_engine_evidence(&family->engine)->end;
}

/* One family after the other, as there are sockets for one: each begins when the one before it has ended. */
static void measure_in_turn(struct natsonde_esp_run *r)
{
	const struct family_run *before = NULL;
	const natsonde_us ends = end_time(r);

	for (unsigned f = 0; f < 2; f++) {
		struct natsonde_engine *engine = r->families[f] ? &r->families[f]->engine : NULL;

		if (!engine)
			continue;
		begin(r, f, (ends - natsonde_io_now()) / (f == 0 && r->families[1] ? 2 : 1));
		if (before && end_of(before) == NATSONDE_END_INTERRUPTED)
			natsonde_engine_stop(engine, natsonde_io_now());
		if (before && end_of(before) == NATSONDE_END_DECIDED)
			natsonde_engine_hurry(engine);
		natsonde_drive(&engine, 1, &r->door);
		before = r->families[f];
	}
}

static void measure(struct natsonde_esp_run *r, bool is_interrupted)
{
	for (unsigned f = 0; f < 2; f++)
		r->report.families[f].unavailable = prepare(r, f, is_interrupted);
	measure_in_turn(r);
}

static void judge_family(const struct natsonde_evidence *ev, struct natsonde_verdicts *verdicts)
{
#if CONFIG_NATSONDE_FURTHER_TESTS
	natsonde_judge_all(ev, verdicts);
#else
	natsonde_judge(ev, verdicts);
#endif
}

static void judge(struct natsonde_esp_run *r)
{
	for (unsigned f = 0; f < 2; f++) {
		struct natsonde_family_report *report = &r->report.families[f];

		if (r->families[f])
			report->evidence = natsonde_engine_evidence(&r->families[f]->engine);
		if (!report->evidence)
			continue;
		report->unavailable = natsonde_outcome_family(report->evidence);
		judge_family(report->evidence, &report->verdicts);
		natsonde_io_interface_of(natsonde_evidence_addr(report->evidence, 0), &r->interface);
		report->interface = r->interface.name;
	}
}

static void conclude(struct natsonde_esp_run *r, bool is_interrupted)
{
	struct natsonde_conclusion c = natsonde_outcome_conclude(r->report.families, r->config->tests, is_interrupted);

	r->report.outcome = c.outcome;
	r->report.unreachable = c.unreachable;
	r->report.fault = c.fault;
	r->report.elapsed = natsonde_io_now() - r->began;
}

/* False with *fault if the interface asked for cannot be used, or there is no memory for sockets. */
static bool open_door(struct natsonde_esp_run *r, enum natsonde_fault *fault)
{
	char interface[NATSONDE_ESP_NETIF_NAME] = "";
	struct natsonde_io_config config = { .interface = NULL };

	natsonde_esp_use_netif(r->config->interface);
	if (r->config->interface) {
		config.interface = interface;
		*fault = NATSONDE_FAULT_NO_INTERFACE;
		if (esp_netif_get_netif_impl_name(r->config->interface, interface) != ESP_OK)
			return false;
	}
	return natsonde_io_start(&config, &r->door, fault);
}

void natsonde_esp_run_discover(struct natsonde_esp_run *r)
{
	enum natsonde_fault fault;
	bool is_interrupted = false;

	describe(r);
	if (open_door(r, &fault)) {
		choose_servers(r);
		is_interrupted = resolve(r);
		measure(r, is_interrupted);
	} else {
		for (unsigned f = 0; f < 2; f++)
			if (is_wanted(r, f))
				give_up(r, f, fault);
	}
	judge(r);
	conclude(r, is_interrupted);
	natsonde_io_stop();
}
