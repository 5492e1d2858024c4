/* A JSON report read back (schema 1): the evidence in it can be judged again, and two reports can be compared. */
#ifndef NATSONDE_SAVED_H
#define NATSONDE_SAVED_H

#include <natsonde/report.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NATSONDE_SAVED_BYTES_MAX (4u << 20) /* no report is longer: 1024 probes are a third of it */
#define NATSONDE_SAVED_NAMES (2 * NATSONDE_SERVERS_MAX)
#define NATSONDE_SAVED_TEXT 256

struct natsonde_saved_family {
	struct natsonde_evidence evidence;
	struct natsonde_probe probes[NATSONDE_PROBES_MAX];
	struct natsonde_addr addrs[NATSONDE_ADDRS_MAX];
	char interface[NATSONDE_SAVED_TEXT];
	uint8_t server_verdicts[NATSONDE_SERVERS_MAX]; /* enum natsonde_server_verdict, as saved */
};

/* Holds all that its report points to; do not copy it. */
struct natsonde_saved {
	/* Verdicts and certainties as they were saved, without reasons and bases: natsonde_judge knows those. Fault and what made
	 * a run unreachable follow from the evidence and are not filled in. */
	struct natsonde_report report;
	struct natsonde_saved_family families[2];
	char simulated[1024], about[1024], started[NATSONDE_SAVED_TEXT], system[NATSONDE_SAVED_TEXT];
	char names[NATSONDE_SAVED_NAMES][NATSONDE_SAVED_TEXT];
	uint16_t ports[NATSONDE_SAVED_NAMES]; /* a name with two ports was given as two servers */
	const char *name_list[NATSONDE_SAVED_NAMES];
	unsigned n_names;
	struct natsonde_unresolved unresolved[NATSONDE_SERVERS_MAX];
	char unresolved_texts[NATSONDE_SERVERS_MAX][2][NATSONDE_SAVED_TEXT];
};

/* Reads a report of len bytes; text[len] is a NUL. Whatever the bytes are, *saved holds valid evidence or the answer is false;
 * then wrong says what is wrong with them, in a few words on one line. Text comes out as printable ASCII. */
#define NATSONDE_SAVED_WRONG 200
bool natsonde_saved_read(const char *text, size_t len, struct natsonde_saved *saved, char wrong[NATSONDE_SAVED_WRONG]);

#ifdef __cplusplus
}
#endif

#endif
