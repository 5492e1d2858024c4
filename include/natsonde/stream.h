/* A run as it happens: one JSON object a line, one line an event, flushed at once (docs/json.md). Ids of servers, sockets and
 * probes are counted within a family, for how many the other one will have is not known yet. */
#ifndef NATSONDE_STREAM_H
#define NATSONDE_STREAM_H

#include <natsonde/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All are false if out did not take the line, or memory ran out. */

/* The first line: who speaks, and how the run was asked for. Of the report, nothing that is to be measured need be known. */
bool natsonde_stream_begin(const struct natsonde_report *report, FILE *out);
/* A probe has left this host. */
bool natsonde_stream_sent(const struct natsonde_evidence *ev, unsigned probe, FILE *out);
/* Something has come of it: the event is called as the probe's outcome. */
bool natsonde_stream_outcome(const struct natsonde_evidence *ev, unsigned probe, FILE *out);
/* The verdicts of a family (0: IPv4, 1: IPv6), none where it has none. */
bool natsonde_stream_verdicts(const struct natsonde_report *report, unsigned family, FILE *out);
/* The last lines: families, servers, and how the run ended. */
bool natsonde_stream_end(const struct natsonde_report *report, int exit_code, FILE *out);

#ifdef __cplusplus
}
#endif

#endif
