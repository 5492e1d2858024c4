/* What a discovery against the simulated network may say, given what the network really is. */
#ifndef NATSONDE_TESTS_EXPECT_H
#define NATSONDE_TESTS_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world.h"

static const char *const expect_mappings[] = {"eim", "adm", "apdm", "none"};
static const char *const expect_filterings[] = {"eif", "adf", "apdf"};

/* The class that should be found: without translation every destination sees the same. */
static inline enum natsonde_verdict expect_truth(enum natsonde_behaviour b, const struct natsonde_sim_spec *spec)
{
	if (b == NATSONDE_NAT)
		return spec->mapping == NATSONDE_NONE ? NATSONDE_NONE : NATSONDE_PRESENT;
	if (b == NATSONDE_MAPPING)
		return spec->mapping == NATSONDE_NONE ? NATSONDE_ENDPOINT_INDEPENDENT : (enum natsonde_verdict)spec->mapping;
	return (enum natsonde_verdict)spec->filtering;
}

/* "endpoint-dependent" is true of every mapping that depends on its destination. */
static inline bool expect_is_true(enum natsonde_verdict found, enum natsonde_verdict truth)
{
	return found == truth || (found == NATSONDE_ENDPOINT_DEPENDENT && truth != NATSONDE_ENDPOINT_INDEPENDENT);
}

static inline bool expect_is_silent(enum natsonde_verdict found)
{
	return found == NATSONDE_UNKNOWN || found == NATSONDE_UNSTABLE;
}

static inline void expect_complain(const struct world *w, const char *spec, const char *what)
{
	world_print(w);
	fail_msg("%s: natsonde --simulate %s", what, spec);
}

/* A verdict is the true class, or there is none; and each verdict has a basis, a reason and a certainty that fit. */
static inline void expect_truth_or_nothing(const struct world *w, const struct natsonde_sim_spec *spec, const char *text)
{
	for (enum natsonde_behaviour b = NATSONDE_NAT; b <= NATSONDE_FILTERING; b++) {
		const struct natsonde_finding *f = &w->verdicts.of[b];
		static const struct natsonde_basis no_basis;

		if (!expect_is_silent((enum natsonde_verdict)f->verdict) &&
		    !expect_is_true((enum natsonde_verdict)f->verdict, expect_truth(b, spec)))
			expect_complain(w, text, "a wrong verdict");
		if ((f->verdict == NATSONDE_UNKNOWN) != (f->certainty == NATSONDE_CERTAINTY_NONE))
			expect_complain(w, text, "verdict and certainty do not fit");
		if (f->reason == NATSONDE_WHY_NONE)
			expect_complain(w, text, "a verdict without a reason");
		if (f->verdict != NATSONDE_UNKNOWN && memcmp(&f->basis, &no_basis, sizeof(no_basis)) == 0)
			expect_complain(w, text, "a verdict without a basis");
	}
	if (w->verdicts.of[NATSONDE_P2P].verdict == NATSONDE_BLOCKED && spec->udp == NATSONDE_PASS && spec->loss_percent == 0)
		expect_complain(w, text, "UDP is not blocked");
}

static inline void expect_verdict(const struct world *w, const char *text, enum natsonde_behaviour b, enum natsonde_verdict verdict,
				  enum natsonde_certainty certainty)
{
	if (w->verdicts.of[b].verdict != verdict || w->verdicts.of[b].certainty != certainty) {
		print_message("wanted %s %s (%s)\n", natsonde_behaviour_name(b), natsonde_verdict_name(verdict),
			      natsonde_certainty_name(certainty));
		expect_complain(w, text, "another verdict");
	}
}

#endif
