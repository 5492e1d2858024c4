/* What findings say beside their verdicts: one table of fields, from which the JSON report, its reader and all comparisons work.
 * The text for people is in details.c. */
#ifndef NATSONDE_REPORT_FACTS_H
#define NATSONDE_REPORT_FACTS_H

#include <natsonde/report.h>

enum natsonde_fact_kind {
	NATSONDE_FACT_WORD,   /* one of a few words */
	NATSONDE_FACT_TRUTH,  /* true or false */
	NATSONDE_FACT_NUMBER,
	NATSONDE_FACT_SPAN    /* two times in seconds, either of which may be unknown */
};

struct natsonde_fact {
	uint8_t behaviour; /* enum natsonde_behaviour */
	uint8_t kind;      /* enum natsonde_fact_kind */
	const char *key;   /* in JSON, within the behaviour */
	const char *words; /* for people */
	const char *(*word)(unsigned value); /* WORD */
	uint8_t n_words;
	long min, max;     /* NUMBER */
	/* private */
	uint8_t known;
	uint16_t offset;
	uint8_t size;
};

/* Row i of the table, NULL past the last. */
const struct natsonde_fact *natsonde_fact(unsigned i);
bool natsonde_fact_is_known(const struct natsonde_fact *fact, const struct natsonde_verdicts *verdicts);

/* The value of what is no span: a word's index, 0 or 1, a number. */
long natsonde_fact_get(const struct natsonde_fact *fact, const struct natsonde_verdicts *verdicts);
/* The same way back; the value is in its range. */
void natsonde_fact_set(const struct natsonde_fact *fact, struct natsonde_verdicts *verdicts, long value);
struct natsonde_span *natsonde_fact_span(const struct natsonde_fact *fact, struct natsonde_verdicts *verdicts);
struct natsonde_span natsonde_fact_get_span(const struct natsonde_fact *fact, const struct natsonde_verdicts *verdicts);

#endif
