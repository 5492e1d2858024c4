/* What the text report says beside and below a verdict: the facts, in a few words. */
#ifndef NATSONDE_REPORT_DETAILS_H
#define NATSONDE_REPORT_DETAILS_H

#include <natsonde/report.h>

/* Beside the verdict, at most 28 columns or it wraps; "" if there is nothing to say. */
#define NATSONDE_NOTE_MAX 96
void natsonde_details_note(const struct natsonde_family_report *family, enum natsonde_behaviour behaviour,
			   char out[NATSONDE_NOTE_MAX]);
/* Below it; "" if there is nothing more. */
#define NATSONDE_DETAILS_MAX 320
void natsonde_details(const struct natsonde_family_report *family, enum natsonde_behaviour behaviour,
		      char out[NATSONDE_DETAILS_MAX]);

/* Whether the facts of a finding are worth telling: it has a verdict, or only the time for it was missing. */
bool natsonde_details_are_sound(const struct natsonde_finding *finding);

/* "30 to 33 s", "over 330 s"; "" if neither time is known. */
#define NATSONDE_SPAN_TEXT 48
void natsonde_details_span(struct natsonde_span span, char out[NATSONDE_SPAN_TEXT]);

#endif
