#include "outcome.h"

#include <stddef.h>

/* What the probes of a family met; without evidence nothing. */
struct traffic {
	bool is_answered;     /* over UDP, whatever the answer */
	bool is_tcp_answered;
	bool is_refused;
	bool is_garbled;      /* something came back that is no answer */
};

static struct traffic look_at(const struct natsonde_evidence *ev)
{
	struct traffic t = { false, false, false, false };

	if (!ev)
		return t;
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		const struct natsonde_question_row *question = &natsonde_questions[p->question];
		const bool is_tcp = natsonde_socket_is_tcp((enum natsonde_socket)question->socket);
		bool is_answered = natsonde_is_reply(p->outcome);

		/* What answers for nobody, or is this host itself, is no server. */
		if (question->endpoint >= NATSONDE_ENDPOINTS)
			continue;
		if (is_tcp)
			t.is_tcp_answered |= is_answered;
		else
			t.is_answered |= is_answered;
		t.is_refused |= !is_tcp && p->outcome == NATSONDE_UNREACHABLE;
	}
	for (unsigned i = 0; i < ev->n_servers; i++)
		t.is_garbled |= ev->servers[i].noise > 0;
	return t;
}

enum natsonde_unavailable natsonde_outcome_family(const struct natsonde_evidence *ev)
{
	if (look_at(ev).is_answered || ev->end == NATSONDE_END_INTERRUPTED)
		return NATSONDE_AVAILABLE;
	if (ev->end == NATSONDE_END_FAULT)
		return ev->fault == NATSONDE_FAULT_NO_ROUTE ? NATSONDE_NO_ROUTE : NATSONDE_AVAILABLE;
	return NATSONDE_NO_ANSWER;
}

static bool is_undecided(const struct natsonde_verdicts *verdicts, uint16_t tests)
{
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		uint8_t verdict = verdicts->of[b].verdict;

		if ((tests & NATSONDE_TEST(b)) && (verdict == NATSONDE_UNKNOWN || verdict == NATSONDE_UNSTABLE))
			return true;
	}
	return false;
}

/* What stopped this family; the enum is in the order of how much each tells. */
static enum natsonde_unreachable stopped_by(const struct natsonde_family_report *family)
{
	struct traffic t;

	switch (family->unavailable) {
	case NATSONDE_NO_SERVER_ADDRESS: return NATSONDE_UNREACHABLE_NAMES;
	case NATSONDE_NO_ROUTE: return NATSONDE_UNREACHABLE_NO_ROUTE;
	case NATSONDE_NO_ANSWER: break;
	default: return NATSONDE_NOT_UNREACHABLE;
	}
	t = look_at(family->evidence);
	if (t.is_garbled)
		return NATSONDE_UNREACHABLE_GARBLED;
	if (t.is_tcp_answered)
		return NATSONDE_UNREACHABLE_TCP_ONLY;
	return t.is_refused ? NATSONDE_UNREACHABLE_REFUSED : NATSONDE_UNREACHABLE_SILENT;
}

/* A family that was probed tells more than one that could not be; of two that were probed, the one that got further. */
static enum natsonde_unreachable stronger(enum natsonde_unreachable a, enum natsonde_unreachable b)
{
	bool a_was_probed = a >= NATSONDE_UNREACHABLE_GARBLED;
	bool b_was_probed = b >= NATSONDE_UNREACHABLE_GARBLED;

	if (a == NATSONDE_NOT_UNREACHABLE || b == NATSONDE_NOT_UNREACHABLE)
		return a == NATSONDE_NOT_UNREACHABLE ? b : a;
	if (a_was_probed != b_was_probed)
		return a_was_probed ? a : b;
	return a < b ? a : b;
}

enum natsonde_exit natsonde_outcome_exit(enum natsonde_run_outcome outcome)
{
	switch (outcome) {
	case NATSONDE_RUN_COMPLETE: return NATSONDE_EXIT_OK;
	case NATSONDE_RUN_UNREACHABLE: return NATSONDE_EXIT_UNREACHABLE;
	case NATSONDE_RUN_INCOMPLETE:
	case NATSONDE_RUN_INTERRUPTED: return NATSONDE_EXIT_INCOMPLETE;
	default: return NATSONDE_EXIT_FAULT;
	}
}

struct natsonde_conclusion natsonde_outcome_conclude(const struct natsonde_family_report families[2], uint16_t tests,
						     bool is_interrupted)
{
	struct natsonde_conclusion c = { .fault = NATSONDE_OK };
	bool is_measured = false, is_incomplete = false;

	for (unsigned f = 0; f < 2; f++) {
		const struct natsonde_family_report *family = &families[f];

		c.unreachable = stronger(c.unreachable, stopped_by(family));
		if (!natsonde_family_is_measured(family))
			continue;
		if (family->evidence->end == NATSONDE_END_FAULT) {
			c.fault = family->evidence->fault;
			continue;
		}
		is_measured = true;
		is_incomplete |= is_undecided(&family->verdicts, tests);
		is_interrupted |= family->evidence->end == NATSONDE_END_INTERRUPTED;
	}
	/* A host that lets only one family out is like one without a route for the other: that spoils nothing. */
	if (is_measured && c.fault == NATSONDE_FAULT_DENIED)
		c.fault = NATSONDE_OK;
	if (c.fault != NATSONDE_OK)
		c.outcome = NATSONDE_RUN_FAILED;
	else if (is_interrupted)
		c.outcome = NATSONDE_RUN_INTERRUPTED;
	else if (!is_measured)
		c.outcome = NATSONDE_RUN_UNREACHABLE;
	else
		c.outcome = is_incomplete ? NATSONDE_RUN_INCOMPLETE : NATSONDE_RUN_COMPLETE;
	if (c.outcome != NATSONDE_RUN_UNREACHABLE)
		c.unreachable = NATSONDE_NOT_UNREACHABLE;
	c.exit_code = natsonde_outcome_exit(c.outcome);
	return c;
}
