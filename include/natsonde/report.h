/* The report: what was found, for people and for programs. One walk (src/report/walk.c) says what a report contains; each
 * writer (text.c, json.c, short.c) says how it looks. */
#ifndef NATSONDE_REPORT_H
#define NATSONDE_REPORT_H

#include <stdio.h>

#include <natsonde/door.h>
#include <natsonde/judge.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NATSONDE_VERSION "0.1.0"
#define NATSONDE_SCHEMA 1

/* How the run as a whole ended (JSON "outcome"). */
enum natsonde_run_outcome {
	NATSONDE_RUN_COMPLETE,
	NATSONDE_RUN_INCOMPLETE,  /* a behaviour asked for is unknown or unstable */
	NATSONDE_RUN_UNREACHABLE, /* no server answered over UDP */
	NATSONDE_RUN_INTERRUPTED,
	NATSONDE_RUN_FAILED,      /* a local fault */
	NATSONDE_RUN_OUTCOMES
};

/* Why a family was not measured. */
enum natsonde_unavailable {
	NATSONDE_AVAILABLE,
	NATSONDE_NOT_ASKED,
	NATSONDE_NO_ROUTE,
	NATSONDE_NO_SERVER_ADDRESS,
	NATSONDE_NO_ANSWER, /* probes were sent and are in the report, nothing came back */
	NATSONDE_UNAVAILABLES
};

/* What stopped a run in which no server answered. In the order of how much it tells. */
enum natsonde_unreachable {
	NATSONDE_NOT_UNREACHABLE,
	NATSONDE_UNREACHABLE_NAMES,    /* no name could be resolved */
	NATSONDE_UNREACHABLE_NO_ROUTE,
	NATSONDE_UNREACHABLE_GARBLED,  /* datagrams came back over UDP, but none that answers anything */
	NATSONDE_UNREACHABLE_TCP_ONLY, /* the same servers answer over TCP: UDP is blocked */
	NATSONDE_UNREACHABLE_REFUSED,  /* ICMP errors came back */
	NATSONDE_UNREACHABLE_SILENT,
	NATSONDE_UNREACHABLES
};

struct natsonde_family_report {
	enum natsonde_unavailable unavailable;
	const struct natsonde_evidence *evidence; /* NULL when not measured */
	struct natsonde_verdicts verdicts;
	const char *interface; /* "" if not known */
	bool is_tunnel;        /* the interface is a VPN or another tunnel */
};
static inline bool natsonde_family_is_measured(const struct natsonde_family_report *family)
{
	return family->evidence && family->unavailable == NATSONDE_AVAILABLE;
}

struct natsonde_unresolved { const char *name; const char *why; /* one sentence */ };

struct natsonde_report {
	const char *simulated; /* the spec, NULL on a real network */
	const char *started;   /* RFC 3339 */
	natsonde_us elapsed;
	enum natsonde_run_outcome outcome;
	enum natsonde_unreachable unreachable;
	enum natsonde_fault fault;   /* RUN_FAILED: what */
	const char *system;          /* "linux", "simulation", "esp32s3" */
	const char *about;           /* what else a reader should know of the platform: versions, limits; NULL nothing */
	uint8_t sees;                /* NATSONDE_SEES_...: what this platform can show */
	uint16_t tests;              /* set of NATSONDE_TEST(behaviour): only these are reported */
	struct natsonde_family_report families[2]; /* IPv4, IPv6 */
	bool is_redacted;            /* addresses and names are masked */
	const char *const *names;    /* natsonde_server.name is an index into this */
	const struct natsonde_unresolved *unresolved;
	unsigned n_unresolved;
};

enum natsonde_format { NATSONDE_TEXT, NATSONDE_JSON, NATSONDE_SHORT };
struct natsonde_look {
	enum natsonde_format format;
	bool has_colour;  /* a terminal that wants it */
	bool is_verbose;  /* text lists every probe */
	bool can_measure_lifetime; /* text points to -t lifetime where a keepalive is needed, and it was not asked for */
};

/* Writes the report. False if out could not take it all (disk full, closed pipe) or memory ran out. */
bool natsonde_report_write(const struct natsonde_report *report, const struct natsonde_look *look, FILE *out);

/* What findings say beside their verdicts, such as nat.kind or lifetime.keepalive_s: the key of fact i in JSON and the behaviour
 * that it belongs to, NULL past the last. */
const char *natsonde_fact_name(unsigned i, enum natsonde_behaviour *behaviour);
/* What it is, in words for people: "keepalive in seconds". */
const char *natsonde_fact_words(unsigned i);
/* Its value as text, such as "27" or "yes"; false if it is not known. */
#define NATSONDE_FACT_TEXT 40
bool natsonde_fact_format(unsigned i, const struct natsonde_verdicts *verdicts, char out[NATSONDE_FACT_TEXT]);

/* What two reports come to beside one another. A verdict that one of them does not know is no other verdict. */
enum natsonde_difference {
	NATSONDE_DIFFERENCE_NONE,    /* of the verdicts that both know, all are the same */
	NATSONDE_DIFFERENCE_VERDICT, /* one is another now */
	NATSONDE_DIFFERENCE_UNTOLD   /* they have no test of one address family in common */
};

/* Writes what has changed from one report to the other, in plain words. with_addresses: external addresses and servers are
 * compared, too; masked ones (is_redacted) cannot be, unless both were masked alike. False as above. */
bool natsonde_report_diff(const struct natsonde_report *before, const struct natsonde_report *now, bool with_addresses, FILE *out,
			  enum natsonde_difference *difference);

#ifdef __cplusplus
}
#endif

#endif
