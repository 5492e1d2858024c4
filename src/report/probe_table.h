/* The packets, one by one, for people who want to see what a verdict rests on. */
#ifndef NATSONDE_REPORT_PROBE_TABLE_H
#define NATSONDE_REPORT_PROBE_TABLE_H

#include "writer.h"

void natsonde_probe_table_head(FILE *out);
void natsonde_probe_table_row(FILE *out, const struct natsonde_probe_view *view);

#endif
