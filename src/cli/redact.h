/* --redact: a report that can be shown to strangers. Addresses are masked before any writer sees them: equal ones stay equal,
 * different ones different, ports stay; private ranges keep their prefix, so that every rule on addresses still holds and the
 * masked evidence is judged as the original was; all others become documentation addresses (RFC 5737, RFC 3849). Addresses that
 * belong to nobody (loopback, multicast, unspecified) stay. Names that are not built in become server-1.example. */
#ifndef NATSONDE_CLI_REDACT_H
#define NATSONDE_CLI_REDACT_H

#include <natsonde/report.h>

#define NATSONDE_REDACT_IPS (4 * NATSONDE_ADDRS_MAX + 128) /* two reports of two families, and their names */
#define NATSONDE_REDACT_RANGES 15
#define NATSONDE_REDACT_NAMES 64
#define NATSONDE_REDACT_TEXT 256

struct natsonde_redactor {
	unsigned n_ips, n_names;
	uint16_t next[NATSONDE_REDACT_RANGES]; /* of each range of masks, the first that may be free */
	struct { struct natsonde_addr original, mask; } ips[NATSONDE_REDACT_IPS]; /* ports 0; no mask yet: family 0 */
	struct { char original[NATSONDE_REDACT_TEXT], mask[NATSONDE_REDACT_TEXT]; } names[NATSONDE_REDACT_NAMES];
};

/* One report, masked: valid as long as this, the redactor and the original live. */
struct natsonde_redacted {
	struct natsonde_report report;
	struct natsonde_evidence evidence[2];
	struct natsonde_addr addrs[2][NATSONDE_ADDRS_MAX];
	const char *names[UINT8_MAX + 1];
	struct natsonde_unresolved unresolved[NATSONDE_SERVERS_MAX];
	char interfaces[2][NATSONDE_REDACT_TEXT];
};

/* No mask given out from now on is one of these addresses: learn all before the first is masked. */
void natsonde_redact_learn(struct natsonde_redactor *redactor, const struct natsonde_evidence *ev);
void natsonde_redact_learn_report(struct natsonde_redactor *redactor, const struct natsonde_report *report);

/* The same evidence with its addresses masked; addrs is room for them. */
struct natsonde_evidence natsonde_redact_evidence(struct natsonde_redactor *redactor, const struct natsonde_evidence *ev,
						  struct natsonde_addr addrs[NATSONDE_ADDRS_MAX]);
void natsonde_redact_report(struct natsonde_redactor *redactor, const struct natsonde_report *report,
			    struct natsonde_redacted *redacted);

#endif
