/* What the further behaviours mean for a person: lines of advice, and headlines where one of them outweighs the rest. */
#ifndef NATSONDE_REPORT_REMARKS_H
#define NATSONDE_REPORT_REMARKS_H

#include "advice.h"

/* True, with headline and advice written, if something makes the rest of the report doubtful: it is not about the network. */
bool natsonde_remarks_overrule(const struct natsonde_report *report, const struct natsonde_family_report *family,
			       struct natsonde_advice *advice);
/* True, with a headline written that says more than the verdict, if one further behaviour alone was asked for. */
bool natsonde_remarks_headline(const struct natsonde_report *report, const struct natsonde_family_report *family,
			       struct natsonde_advice *advice);
/* Adds a line for each finding that calls for one. */
void natsonde_remarks_add(const struct natsonde_report *report, const struct natsonde_family_report *family,
			  struct natsonde_advice *advice);

#endif
