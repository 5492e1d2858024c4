/* The phases of a filtering test, as evidence. */
#ifndef NATSONDE_TESTS_FILTERING_FIXTURE_H
#define NATSONDE_TESTS_FILTERING_FIXTURE_H

#include "evidence_fixture.h"

#include <natsonde/names.h>

#define BOTH NATSONDE_Q_FILTER_BOTH
#define PORT NATSONDE_Q_FILTER_PORT
#define ENOUGH 8 /* copies, each with a plain request beside it, to believe in silence on a path that loses nothing */

#define EIF NATSONDE_ENDPOINT_INDEPENDENT
#define ADF NATSONDE_ADDRESS_DEPENDENT
#define APDF NATSONDE_ADDRESS_AND_PORT_DEPENDENT
#define NO_VERDICT NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE

/* Silent copies, and beside each a plain request that was answered. */
static inline void silent_copies_of(unsigned server, enum natsonde_question q, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		probe(q, .server = server);
		probe(NATSONDE_Q_FILTER_PLAIN, .server = server, .mapped = "192.0.2.1:39000");
	}
}

/* How every run begins: the filter socket's first copies, before anything is sent to an alternate. */
static inline void first_copies_of(unsigned server)
{
	probe(NATSONDE_Q_MAP_A1P1, .server = server, .mapped = OUTSIDE);
	silent_copies_of(server, BOTH, 3);
}

/* The other endpoints, from both sockets: one mapping for all of them, or a fresh one for each. */
static inline void alternates_of(unsigned server, bool is_dependent)
{
	probe(NATSONDE_Q_MAP_A2P1, .server = server, .mapped = is_dependent ? "192.0.2.1:40001" : OUTSIDE);
	probe(NATSONDE_Q_MAP_A2P2, .server = server, .mapped = is_dependent ? "192.0.2.1:40002" : OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P2, .server = server, .mapped = is_dependent ? "192.0.2.1:40003" : OUTSIDE);
	probe(NATSONDE_Q_OPEN_A2P2, .server = server, .mapped = "192.0.2.1:41000");
	probe(NATSONDE_Q_OPEN_A1P2, .server = server, .mapped = is_dependent ? "192.0.2.1:41001" : "192.0.2.1:41000");
}

static inline void expect(const char *what, enum natsonde_verdict verdict, enum natsonde_certainty certainty,
			  enum natsonde_reason reason)
{
	struct natsonde_finding f = judged(NATSONDE_FILTERING);

	if (f.verdict != verdict || f.certainty != certainty || f.reason != reason)
		fail_msg("%s: got %s (%s), %s", what, natsonde_verdict_name((enum natsonde_verdict)f.verdict),
			 natsonde_certainty_name((enum natsonde_certainty)f.certainty),
			 natsonde_reason_sentence((enum natsonde_reason)f.reason));
}

#endif
