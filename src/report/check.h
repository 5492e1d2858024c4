/* Private to src/report: what both writers of a check say. */
#ifndef NATSONDE_REPORT_CHECK_H
#define NATSONDE_REPORT_CHECK_H

#include <natsonde/check.h>

bool natsonde_check_text_write(const struct natsonde_check_report *report, const struct natsonde_look *look, FILE *out);
bool natsonde_check_json_write(const struct natsonde_check_report *report, FILE *out);

/* What it all comes to: one sentence, without a full stop. */
#define NATSONDE_CHECK_WORDS 160
void natsonde_check_summary(const struct natsonde_check_report *report, char out[NATSONDE_CHECK_WORDS]);

const char *natsonde_turn_answer_name(enum natsonde_turn_answer answer); /* "stun-only" */
/* Why, a sentence. */
void natsonde_turn_sentence(const struct natsonde_turn_finding *finding, char out[NATSONDE_CHECK_WORDS]);

/* Why this row was not asked, a sentence. */
const char *natsonde_check_unavailable(const struct natsonde_check_row *row);

#endif
