/* The words of reports: every enum's names stand together in src/core/names.c, every sentence in src/report/sentences.c
 * (a firmware that decides on enums alone does without them), and nowhere else. Every function returns a constant string,
 * "invalid" for a value out of range. */
#ifndef NATSONDE_NAMES_H
#define NATSONDE_NAMES_H

#include <natsonde/door.h>
#include <natsonde/judge.h>

#ifdef __cplusplus
extern "C" {
#endif

const char *natsonde_behaviour_name(enum natsonde_behaviour b);     /* "mapping" */
const char *natsonde_verdict_name(enum natsonde_verdict v);         /* "endpoint-independent" */
/* "eim" for mapping and tcp, "eif" for filtering; the long name where there is no short one. */
const char *natsonde_verdict_short(enum natsonde_behaviour b, enum natsonde_verdict v);
const char *natsonde_certainty_name(enum natsonde_certainty c);     /* "verified" */
const char *natsonde_kind_name(enum natsonde_nat_kind kind);        /* "napt" */
const char *natsonde_pooling_name(enum natsonde_pooling pooling);   /* "paired" */
const char *natsonde_reason_sentence(enum natsonde_reason r);
const char *natsonde_outcome_name(enum natsonde_outcome o);         /* "answered" */
const char *natsonde_question_test(unsigned question);                /* "filtering": the test that it is put for */
const char *natsonde_change_name(unsigned change);                  /* "both" for NATSONDE_CHANGE_BOTH */
const char *natsonde_server_verdict_name(enum natsonde_server_verdict v);
const char *natsonde_use_name(enum natsonde_use use);                 /* "lifetime" */
const char *natsonde_usable_name(enum natsonde_usable usable);        /* "with-others" */
const char *natsonde_server_reason_sentence(enum natsonde_server_reason r);
const char *natsonde_fault_sentence(enum natsonde_fault f);

/* Reads a class name, short or long, of len bytes; false if this behaviour has no such verdict. */
bool natsonde_verdict_parse(enum natsonde_behaviour b, const char *text, size_t len, enum natsonde_verdict *v);
/* Whether v is a word of this behaviour, and so may be listed as one. */
bool natsonde_behaviour_has(enum natsonde_behaviour b, enum natsonde_verdict v);

#ifdef __cplusplus
}
#endif

#endif
