/* What a report contains, said once: the walk calls these functions in this order, and each writer says how it looks. */
#ifndef NATSONDE_REPORT_WRITER_H
#define NATSONDE_REPORT_WRITER_H

#include <natsonde/report.h>

#include "digest.h"

/* One address family. Servers, probes and sockets of both families are counted through, IPv6's after IPv4's: what the
 * evidence of this family calls 0 is called first_... in the report. */
struct natsonde_family_view {
	const char *key;   /* "ipv4", for programs */
	const char *title; /* "IPv4", for people */
	const struct natsonde_family_report *report;
	enum natsonde_unavailable unavailable;
	const char *why_unavailable;
	bool has_findings; /* probes were sent for it, whatever came back */
	unsigned first_server, first_probe, first_socket;
	struct natsonde_addr local;          /* empty if not known */
	struct natsonde_externals external;
	const char *rfc3489;                 /* NULL without a name, or if nat, mapping and filtering were not all asked for */
};

struct natsonde_server_view {
	const struct natsonde_family_view *family; /* NULL for a name without an address */
	unsigned id;
	const char *name;
	struct natsonde_addr addr, other, same_as; /* empty where there is none */
	enum natsonde_server_verdict verdict;
	enum natsonde_server_reason why;
	const char *reason; /* the sentence for why, or a better one */
	struct natsonde_traffic traffic;
	unsigned noise;     /* datagrams from it that answer nothing */
};

struct natsonde_probe_view {
	const struct natsonde_family_view *family;
	unsigned id, server, socket, arrived, target;
	const struct natsonde_probe *probe;
};

/* NULL: this writer does not show that. */
struct natsonde_writer {
	void (*begin)(void *ctx, const struct natsonde_report *report);
	void (*family)(void *ctx, const struct natsonde_family_view *family);
	/* One for each behaviour asked for, in families that have findings. */
	void (*finding)(void *ctx, const struct natsonde_family_view *family, enum natsonde_behaviour behaviour,
			const struct natsonde_finding *finding);
	void (*family_end)(void *ctx, const struct natsonde_family_view *family);
	void (*begin_servers)(void *ctx);
	void (*server)(void *ctx, const struct natsonde_server_view *server);
	void (*begin_probes)(void *ctx);
	void (*probe)(void *ctx, const struct natsonde_probe_view *probe);
	void (*end)(void *ctx, const struct natsonde_report *report);
};

void natsonde_report_walk(const struct natsonde_report *report, const struct natsonde_writer *writer, void *ctx);

/* The writers. False if memory ran out; whether out took everything, natsonde_report_write finds out. */
bool natsonde_text_write(const struct natsonde_report *report, const struct natsonde_look *look, FILE *out);
bool natsonde_json_write(const struct natsonde_report *report, FILE *out);
bool natsonde_short_write(const struct natsonde_report *report, FILE *out);

#endif
