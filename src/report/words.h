/* The words that only reports need; those of verdicts and probes are in natsonde/names.h. All clauses, no full stop. */
#ifndef NATSONDE_REPORT_WORDS_H
#define NATSONDE_REPORT_WORDS_H

#include <natsonde/report.h>

const char *natsonde_words_outcome(enum natsonde_run_outcome outcome);                  /* "complete" */
const char *natsonde_words_end(enum natsonde_end end);                                  /* "decided" */
const char *natsonde_words_cause(enum natsonde_fault fault);                            /* "no-socket" */
#define NATSONDE_WORDS_ENDPOINTS (NATSONDE_NOBODY + 1)
const char *natsonde_words_endpoint(enum natsonde_endpoint endpoint);                   /* "a1p1" */
const char *natsonde_words_role(enum natsonde_socket socket);                           /* "filter" */
/* The name of the i-th thing that a platform may see or not, NULL past the last; *sight is its NATSONDE_SEES_... bit. */
const char *natsonde_words_sight(unsigned i, unsigned *sight);                          /* "icmp" */
const char *natsonde_words_unavailable(enum natsonde_unavailable unavailable);          /* "no-route" */
const char *natsonde_words_unavailable_sentence(enum natsonde_unavailable unavailable, enum natsonde_run_outcome outcome);
const char *natsonde_words_unreachable_sentence(const struct natsonde_report *report);
/* Beside a verdict where there is no room for the whole sentence, "" where the verdict says it all. */
const char *natsonde_words_note(enum natsonde_reason reason, bool is_without_nat);
/* "IPv4", "IPv6" or "IPv4 or IPv6": what was asked for. */
const char *natsonde_words_families(const struct natsonde_report *report);

/* Why the run as a whole came out so: one sentence. */
#define NATSONDE_WORDS_MAX 400
void natsonde_words_reason(const struct natsonde_report *report, char out[NATSONDE_WORDS_MAX]);

#endif
