/* One row a behaviour, one file a row: what is asked, and what follows from the answers. */
#ifndef NATSONDE_CORE_BEHAVIOUR_H
#define NATSONDE_CORE_BEHAVIOUR_H

#include <natsonde/judge.h>

#include "../tally.h"
#include "../want.h"

/* A finding while it is being made. Whoever only asks for the verdict leaves basis NULL: it is the largest part. */
struct natsonde_draft {
	uint8_t verdict, certainty, reason; /* as in struct natsonde_finding */
	struct natsonde_basis *basis;
};

struct natsonde_behaviour_row {
	/* Offers whatever this behaviour still wants to know; nothing once it is final. NULL: it needs no packets of its own. */
	void (*ask)(struct natsonde_want *w);
	/* What follows from the evidence; the findings of the behaviours above it in the table are there already. Facts beside the
	 * verdict go to v, which is NULL where nobody wants them. */
	void (*judge)(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);
	uint16_t needs; /* set of NATSONDE_TEST(...) whose packets it rests on, itself included */
};
/* Those before NATSONDE_BEHAVIOURS_FIRST (judge.c), and the others (further.c), at their own place. */
extern const struct natsonde_behaviour_row natsonde_behaviours[NATSONDE_BEHAVIOURS_FIRST];

struct natsonde_stun_request;

/* What the engine knows of the further tests: nothing, until a plan brings it. */
struct natsonde_further {
	/* Offers what the first of them that is not over yet wants. */
	void (*ask)(struct natsonde_want *w);
	uint16_t (*needs)(unsigned behaviour); /* as above */
	/* The slot of the socket of that kind that must ask: its own if it is open, else one that it can have. */
	unsigned (*slot)(const struct natsonde_engine *e, unsigned kind, unsigned attempt);
	struct natsonde_addr (*nobody)(const struct natsonde_evidence *ev, unsigned server);
	/* Gives a request of NATSONDE_SOCKET_LARGE what makes it, or its answer, large. */
	void (*enlarge)(struct natsonde_stun_request *request, unsigned question, unsigned family);
};

/* Judges one row into its finding. */
void natsonde_judge_row(const struct natsonde_evidence *ev, const struct natsonde_behaviour_row *row, unsigned b,
			struct natsonde_verdicts *verdicts);

/* All behaviours that must be asked for so that those in the plan's tests can be judged. */
uint16_t natsonde_tests_needed(const struct natsonde_plan *plan);

void natsonde_nat_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);
void natsonde_mapping_ask(struct natsonde_want *w);
/* Once nothing else is wanted: the alternates of one more server, where those asked so far were too few for a class. */
void natsonde_mapping_ask_further(struct natsonde_want *w);
void natsonde_mapping_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);
void natsonde_filtering_ask(struct natsonde_want *w);
void natsonde_filtering_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);
/* What kind of translator it is, and whether it keeps ports: once mapping and filtering are judged. */
void natsonde_nat_describe(const struct natsonde_evidence *ev, struct natsonde_verdicts *v);
void natsonde_alg_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);
void natsonde_p2p_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);

/* The further tests. */
void natsonde_intercept_ask(struct natsonde_want *w);
void natsonde_intercept_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);
void natsonde_tcp_ask(struct natsonde_want *w);
void natsonde_tcp_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);
void natsonde_fragments_ask(struct natsonde_want *w);
void natsonde_fragments_enlarge(struct natsonde_stun_request *request, unsigned question, unsigned family);
void natsonde_fragments_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);
void natsonde_ports_ask(struct natsonde_want *w);
void natsonde_ports_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);
void natsonde_lifetime_ask(struct natsonde_want *w);
void natsonde_lifetime_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);
void natsonde_hairpin_ask(struct natsonde_want *w);
void natsonde_hairpin_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f);

/* The verdict that this server's probes lead to. True if no further probe to it would change it. */
bool natsonde_filtering_judge_with(const struct natsonde_evidence *ev, const struct natsonde_tally *t, struct natsonde_draft *f);
/* serving.c: whether a server was asked for a changed reply; which is to be asked now, n_servers once all is said. */
bool natsonde_filtering_was_asked(const struct natsonde_evidence *ev, unsigned server);
unsigned natsonde_filtering_server_to_ask(struct natsonde_want *w);
/* The server that the filtering test is with now (or would begin with). */
unsigned natsonde_filtering_server(const struct natsonde_evidence *ev);
/* Whether the filtering test has come to its end, or none was asked for. */
bool natsonde_filtering_is_over(struct natsonde_want *w);
/* When this host may first speak to an alternate of that server without opening, in a filter that is keyed on the host, the
 * very door that is being tested; NATSONDE_NOT_YET_US while that cannot be said. */
uint32_t natsonde_filtering_gate_us(const struct natsonde_want *w, const struct natsonde_tally *t);

/* Why nothing is known: nobody answered, or this host itself could not ask. */
enum natsonde_reason natsonde_no_answer_reason(const struct natsonde_evidence *ev);

/* Writing a draft. */
void natsonde_find(struct natsonde_draft *f, enum natsonde_verdict v, enum natsonde_certainty c, enum natsonde_reason r);
void natsonde_rests_on(struct natsonde_draft *f, unsigned probe);

#endif
