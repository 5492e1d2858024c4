#include <natsonde/judge.h>

#include <string.h>

#include "behaviour/behaviour.h"

/* In the order in which they build on one another. */
const struct natsonde_behaviour_row natsonde_behaviours[NATSONDE_BEHAVIOURS_FIRST] = {
	[NATSONDE_NAT] = {NULL, natsonde_nat_judge, NATSONDE_TEST(NATSONDE_NAT) | NATSONDE_TEST(NATSONDE_MAPPING)},
	[NATSONDE_MAPPING] = {natsonde_mapping_ask, natsonde_mapping_judge, NATSONDE_TEST(NATSONDE_MAPPING)},
	[NATSONDE_FILTERING] = {natsonde_filtering_ask, natsonde_filtering_judge,
				NATSONDE_TEST(NATSONDE_FILTERING) | NATSONDE_TEST(NATSONDE_MAPPING)},
	[NATSONDE_P2P] = {NULL, natsonde_p2p_judge,
			  NATSONDE_TEST(NATSONDE_P2P) | NATSONDE_TEST(NATSONDE_FILTERING) | NATSONDE_TEST(NATSONDE_MAPPING)},
	[NATSONDE_ALG] = {NULL, natsonde_alg_judge, NATSONDE_TEST(NATSONDE_ALG) | NATSONDE_TEST(NATSONDE_MAPPING)},
};

uint16_t natsonde_tests_needed(const struct natsonde_plan *plan)
{
	uint16_t needed = 0;

	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		if ((plan->tests & NATSONDE_TEST(b)) == 0)
			continue;
		if (b < NATSONDE_BEHAVIOURS_FIRST)
			needed |= natsonde_behaviours[b].needs;
		else if (plan->further != NULL)
			needed = (uint16_t)(needed | plan->further->needs(b));
	}
	return needed;
}

void natsonde_find(struct natsonde_draft *f, enum natsonde_verdict v, enum natsonde_certainty c, enum natsonde_reason r)
{
	f->verdict = (uint8_t)v;
	f->certainty = (uint8_t)c;
	f->reason = (uint8_t)r;
}

void natsonde_rests_on(struct natsonde_draft *f, unsigned probe)
{
	if (f->basis != NULL)
		f->basis->bits[probe / 32] |= UINT32_C(1) << (probe % 32);
}

enum natsonde_reason natsonde_no_answer_reason(const struct natsonde_evidence *ev)
{
	if (ev->end == NATSONDE_END_FAULT)
		return NATSONDE_WHY_LOCAL_FAULT;
	return ev->end == NATSONDE_END_INTERRUPTED ? NATSONDE_WHY_INTERRUPTED : NATSONDE_WHY_NO_ANSWER;
}

void natsonde_judge_row(const struct natsonde_evidence *ev, const struct natsonde_behaviour_row *row, unsigned b,
			struct natsonde_verdicts *verdicts)
{
	struct natsonde_finding *found = &verdicts->of[b];
	struct natsonde_draft draft = {.basis = &found->basis};

	row->judge(ev, verdicts, &draft);
	found->verdict = draft.verdict;
	found->certainty = draft.certainty;
	found->reason = draft.reason;
}

/* A port that was used before may meet what is left of it in the NAT: no control rules that out. */
static void doubt_fixed_port(struct natsonde_verdicts *verdicts)
{
	static const uint8_t doubtful[] = {NATSONDE_MAPPING, NATSONDE_FILTERING, NATSONDE_P2P};

	for (unsigned i = 0; i < sizeof(doubtful); i++) {
		struct natsonde_finding *found = &verdicts->of[doubtful[i]];

		if (found->certainty == NATSONDE_VERIFIED && found->verdict != NATSONDE_BLOCKED)
			found->certainty = NATSONDE_LIKELY;
	}
}

void natsonde_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *verdicts)
{
	struct natsonde_evidence first = natsonde_evidence_first(ev);

	memset(verdicts, 0, sizeof(*verdicts));
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS_FIRST; b++)
		natsonde_judge_row(&first, &natsonde_behaviours[b], b, verdicts);
	if (ev->fixed_port)
		doubt_fixed_port(verdicts);
	natsonde_nat_describe(&first, verdicts);
}

bool natsonde_basis_has(const struct natsonde_basis *basis, unsigned probe)
{
	return probe < NATSONDE_PROBES_MAX && (basis->bits[probe / 32] >> (probe % 32) & 1) != 0;
}
