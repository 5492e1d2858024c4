/* What a run comes to, as a firmware wants it: enums in a struct. */
#include "esp.h"

#include <string.h>

static natsonde_task_finding_t finding(const struct natsonde_verdicts *verdicts, enum natsonde_behaviour b)
{
	const struct natsonde_finding *f = &verdicts->of[b];

	return (natsonde_task_finding_t){ (enum natsonde_verdict)f->verdict, (enum natsonde_certainty)f->certainty,
					  (enum natsonde_reason)f->reason };
}

static void describe_findings(const struct natsonde_verdicts *verdicts, natsonde_task_family_t *family)
{
	family->nat = finding(verdicts, NATSONDE_NAT);
	family->mapping = finding(verdicts, NATSONDE_MAPPING);
	family->filtering = finding(verdicts, NATSONDE_FILTERING);
	family->p2p = finding(verdicts, NATSONDE_P2P);
	family->alg = finding(verdicts, NATSONDE_ALG);
	family->intercept = finding(verdicts, NATSONDE_INTERCEPT);
	family->tcp = finding(verdicts, NATSONDE_TCP_MAPPING);
	family->fragments = finding(verdicts, NATSONDE_FRAGMENTS);
	family->ports = finding(verdicts, NATSONDE_PORTS);
	family->lifetime = finding(verdicts, NATSONDE_LIFETIME);
	family->hairpin = finding(verdicts, NATSONDE_HAIRPIN);
	family->nat_facts = verdicts->nat;
	family->ports_facts = verdicts->ports;
	family->lifetime_facts = verdicts->lifetime;
}

static void describe(const struct natsonde_family_report *report, natsonde_task_family_t *family)
{
	const struct natsonde_evidence *ev = report->evidence;

	family->unavailable = report->unavailable;
	family->fault = ev && ev->end == NATSONDE_END_FAULT ? (enum natsonde_fault)ev->fault : NATSONDE_OK;
	describe_findings(&report->verdicts, family);
	for (unsigned i = 0; ev && i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (family->local.family == NATSONDE_NO_FAMILY)
			family->local = *natsonde_evidence_addr(ev, p->local);
		if (family->external.family == NATSONDE_NO_FAMILY && p->mapped != 0) {
			family->external = *natsonde_evidence_addr(ev, p->mapped);
			family->rtt_ms = (natsonde_evidence_traffic(ev, p->server).rtt_us + 500) / 1000;
		}
	}
}

/* How well peers can be reached, from what the verdict says of the family; less is better. */
static unsigned trouble(const natsonde_task_family_t *family)
{
	switch (family->p2p.verdict) {
	case NATSONDE_OPEN: return 0;
	case NATSONDE_EASY: return 1;
	case NATSONDE_HARD: return 2;
	case NATSONDE_TOO_HARD: return 3;
	case NATSONDE_BLOCKED: return 4;
	default: return 5;
	}
}

void natsonde_esp_run_result(const struct natsonde_esp_run *run, natsonde_task_result_t *result)
{
	const struct natsonde_report *report = natsonde_esp_run_report(run);
	const natsonde_task_family_t *best;

	memset(result, 0, sizeof(*result));
	result->outcome = report->outcome;
	result->unreachable = report->unreachable;
	result->fault = report->fault;
	result->elapsed_ms = (uint32_t)(report->elapsed / NATSONDE_MS);
	for (unsigned f = 0; f < 2; f++)
		describe(&report->families[f], &result->family[f]);
	result->best = trouble(&result->family[1]) < trouble(&result->family[0]);
	best = &result->family[result->best];
	result->needs_relay = best->p2p.verdict == NATSONDE_TOO_HARD || best->p2p.verdict == NATSONDE_BLOCKED;
}
