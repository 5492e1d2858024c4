/* What servers can be used for: the report of natsonde check. One row for each address of each server; one for each family in
 * which a server has none, or that this host lacks; one for each name that leads nowhere. */
#ifndef NATSONDE_CHECK_H
#define NATSONDE_CHECK_H

#include <natsonde/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a server says to an Allocate request without credentials (RFC 8656 section 7). */
enum natsonde_turn_answer {
	NATSONDE_TURN_UNFINISHED,  /* the run ended first */
	NATSONDE_TURN_ASKS,        /* 401 with REALM and NONCE: a TURN server that wants credentials */
	NATSONDE_TURN_ALLOCATES,   /* a relayed address: a TURN server that wants none */
	NATSONDE_TURN_ASKS_BADLY,  /* 401 that lacks REALM or NONCE: no credentials can be given (RFC 8489 section 9.2.4) */
	NATSONDE_TURN_ERROR,       /* another error: see code */
	NATSONDE_TURN_STUN_ONLY,   /* nothing, while a Binding request was answered */
	NATSONDE_TURN_GARBLED,     /* something that answers nothing */
	NATSONDE_TURN_REFUSED,     /* an ICMP error, or no connection */
	NATSONDE_TURN_SILENT,
	NATSONDE_TURN_UNSENT,      /* this host could not ask: see fault */
	NATSONDE_TURN_ANSWERS
};

#define NATSONDE_REALM_MAX 128 /* with the final NUL; a longer REALM is cut */
struct natsonde_turn_finding {
	uint8_t  answer;  /* enum natsonde_turn_answer */
	uint8_t  fault;   /* UNSENT: enum natsonde_fault */
	uint16_t code;    /* of the error response, 0 without */
	uint16_t sent;    /* packets */
	uint32_t rtt_us;  /* of the Allocate, 0 unknown */
	char realm[NATSONDE_REALM_MAX]; /* as the server sent it: not to be trusted by a terminal; "" without */
};

struct natsonde_check_row {
	const char *name;     /* as it was given, without scheme and port */
	bool is_turn;
	uint8_t transport;    /* enum natsonde_transport, of TURN */
	uint8_t family;       /* enum natsonde_family, none for a name that leads nowhere */
	uint8_t unavailable;  /* enum natsonde_unavailable: why nothing was asked */
	uint8_t usable;       /* enum natsonde_usable: can it do what was asked of it? */
	const char *unresolved; /* why the name leads nowhere, a sentence; NULL: it does not */
	struct natsonde_addr addr;
	const struct natsonde_evidence *evidence; /* of this one server; NULL for TURN, or where nothing was asked */
	struct natsonde_turn_finding turn;
};

struct natsonde_check_report {
	const char *simulated, *started; /* as in struct natsonde_report */
	natsonde_us elapsed;
	enum natsonde_run_outcome outcome;
	enum natsonde_fault fault;       /* RUN_FAILED: what */
	bool needs_filtering;            /* asked was more than the mapping */
	unsigned n_servers, n_usable;    /* names; those that can do what was asked wherever they were asked */
	const struct natsonde_check_row *rows;
	unsigned n_rows;
};

/* As text or JSON (docs/json.md). False if out could not take it all, or memory ran out. */
bool natsonde_check_write(const struct natsonde_check_report *report, const struct natsonde_look *look, FILE *out);

#ifdef __cplusplus
}
#endif

#endif
