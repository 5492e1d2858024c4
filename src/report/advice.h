/* What a report means for a person: a headline and a few lines of advice, from tables. */
#ifndef NATSONDE_REPORT_ADVICE_H
#define NATSONDE_REPORT_ADVICE_H

#include <natsonde/report.h>

enum natsonde_tone { NATSONDE_TONE_NONE, NATSONDE_TONE_GOOD, NATSONDE_TONE_FAIR, NATSONDE_TONE_BAD };

#define NATSONDE_ADVICE_MAX 12
struct natsonde_advice {
	enum natsonde_tone tone;
	char headline[320];
	unsigned n;
	struct { const char *label; char text[400]; } lines[NATSONDE_ADVICE_MAX];
};

/* Adds a line "label  text"; more than fit are left out. */
__attribute__((format(printf, 3, 4)))
void natsonde_advice_add(struct natsonde_advice *advice, const char *label, const char *format, ...);
__attribute__((format(printf, 3, 4)))
void natsonde_advice_headline(struct natsonde_advice *advice, enum natsonde_tone tone, const char *format, ...);

void natsonde_advise(const struct natsonde_report *report, struct natsonde_advice *advice);

#endif
