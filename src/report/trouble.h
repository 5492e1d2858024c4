/* Advice where nothing was measured: no server answered, or this host could not ask. */
#ifndef NATSONDE_REPORT_TROUBLE_H
#define NATSONDE_REPORT_TROUBLE_H

#include "advice.h"

void natsonde_trouble_unreachable(const struct natsonde_report *report, struct natsonde_advice *advice);
void natsonde_trouble_failed(const struct natsonde_report *report, struct natsonde_advice *advice);

#endif
