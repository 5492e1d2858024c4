/* What happened, packet by packet. Facts only: opinions are in judge.h, and follow from nothing but these facts. */
#ifndef NATSONDE_EVIDENCE_H
#define NATSONDE_EVIDENCE_H

#include <natsonde/addr.h>
#include <natsonde/stun.h>
#include <natsonde/time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NATSONDE_SERVERS_MAX 8   /* servers that one run may speak to */
#define NATSONDE_PROBES_MAX 512  /* probes that evidence may hold */

/* The kinds of sockets: tests that disturb one another need ports of their own (RFC 5780 section 4.5). Of the first four there is
 * one at a time as a rule; of the others as many as a test needs, told apart by their instance. */
enum natsonde_socket {
	NATSONDE_SOCKET_FILTER,  /* speaks to A1:P1 of one server alone, until filtering is final */
	NATSONDE_SOCKET_MAPPING, /* plain requests to every endpoint, never a CHANGE-REQUEST */
	NATSONDE_SOCKET_CONTROL, /* opens the door first, then asks for the changed reply */
	NATSONDE_SOCKET_TCP,     /* is anybody there, if UDP stays silent? */
	NATSONDE_SOCKETS_FIRST,  /* those of mapping and filtering end here */
	NATSONDE_SOCKET_RUNG = NATSONDE_SOCKETS_FIRST, /* lifetime: falls silent, to be asked after some time whether its mapping is still there */
	NATSONDE_SOCKET_ASKER,   /* lifetime: has the server send to a rung */
	NATSONDE_SOCKET_PEER,    /* hairpin: one of two that speak to one another through the NAT */
	NATSONDE_SOCKET_SAMPLE,  /* ports: one of many, for the port it is given outside */
	NATSONDE_SOCKET_STREAM,  /* tcp: one of several connections from one local port */
	NATSONDE_SOCKET_LARGE,   /* fragments */
	NATSONDE_SOCKET_BAIT,    /* intercept: speaks to an address where nobody can be */
	NATSONDE_SOCKETS
};
static inline bool natsonde_socket_is_tcp(enum natsonde_socket kind)
{
	return kind == NATSONDE_SOCKET_TCP || kind == NATSONDE_SOCKET_STREAM;
}

/* A server's four endpoints: A1:P1 is the one we were given, A2:P2 its OTHER-ADDRESS. And two places that are no server's. */
enum natsonde_endpoint {
	NATSONDE_A1P1, NATSONDE_A2P1, NATSONDE_A2P2, NATSONDE_A1P2,
	NATSONDE_ENDPOINTS,
	NATSONDE_OWN_MAPPING = NATSONDE_ENDPOINTS, /* where another socket of this host is seen outside; the probe says which */
	NATSONDE_NOBODY /* an address of documentation or discard prefixes: 198.51.100.254 (RFC 5737), 100::fe (RFC 6666) */
};

/* Every question that a run can put to one server; the table natsonde_questions says what each one is. */
enum natsonde_question {
	NATSONDE_Q_MAP_A1P1,
	NATSONDE_Q_FILTER_BOTH,  /* CHANGE-REQUEST ip and port */
	NATSONDE_Q_FILTER_PORT,  /* CHANGE-REQUEST port */
	NATSONDE_Q_FILTER_PLAIN, /* sent beside the copies of the first two: was the path open just then? */
	NATSONDE_Q_MAP_A2P1,
	NATSONDE_Q_MAP_A2P2,
	NATSONDE_Q_MAP_A1P2,
	NATSONDE_Q_OPEN_A2P2,    /* control: opens the filter toward A2:P2 and learns that mapping */
	NATSONDE_Q_OPEN_A1P2,
	NATSONDE_Q_OPEN_A1P1,    /* these two where the two above cannot bear witness to the mapping socket's mappings */
	NATSONDE_Q_OPEN_A2P1,
	NATSONDE_Q_CONTROL_BOTH, /* control: the changed reply comes through a door that is open */
	NATSONDE_Q_CONTROL_PORT,
	NATSONDE_Q_RESPONSE_PORT, /* does the server honour RESPONSE-PORT at all? mapping socket asks, control socket receives */
	NATSONDE_Q_PORT_A1P1,    /* the same where every server listens, for checks of servers */
	NATSONDE_Q_TCP,          /* a Binding over TCP: is the server there, and UDP alone is stopped? */
	NATSONDE_QUESTIONS_FIRST, /* those of mapping and filtering end here; what follows is put when they are over */
	NATSONDE_Q_LIFE_SET = NATSONDE_QUESTIONS_FIRST, /* a rung's own exchange, which makes or refreshes its mapping */
	NATSONDE_Q_LIFE_KEEP,    /* a packet of the rung that is answered elsewhere, at the asker: refreshed by outbound alone */
	NATSONDE_Q_LIFE_PLAIN,   /* the asker's own exchange: the path is open, and which external address it has */
	NATSONDE_Q_LIFE_ASK,     /* RESPONSE-PORT names a rung's mapping: does the answer still come in there? */
	NATSONDE_Q_PEER_MAP,     /* hairpin: learns a peer's mapping */
	NATSONDE_Q_PEER_HAIR,    /* hairpin: one peer speaks to the other's mapping */
	NATSONDE_Q_SAMPLE,       /* ports */
	NATSONDE_Q_TCP_A1P1,     /* tcp: the four endpoints */
	NATSONDE_Q_TCP_A2P1,
	NATSONDE_Q_TCP_A2P2,
	NATSONDE_Q_TCP_A1P2,
	NATSONDE_Q_SMALL,        /* fragments: a plain request beside the large ones */
	NATSONDE_Q_LARGE_OUT,    /* a request larger than a packet, by an attribute that nobody knows or needs to; the answer is small */
	NATSONDE_Q_LARGE_IN,     /* a small request for an answer larger than a packet: PADDING (RFC 5780 section 7.6) */
	NATSONDE_Q_FULL,         /* control: a request that nearly fills a packet and needs no fragments: does the server take it? */
	NATSONDE_Q_PADDING,      /* control: PADDING beside RESPONSE-PORT, which a server has to refuse: a small answer to PADDING */
	NATSONDE_Q_BAIT,         /* intercept: a Binding request that nobody can answer */
	NATSONDE_Q_BAIT_PLAIN,   /* beside it: the path was open, and the server would have been heard */
	NATSONDE_QUESTIONS
};

struct natsonde_question_row {
	uint8_t socket;      /* enum natsonde_socket that asks */
	uint8_t endpoint;    /* enum natsonde_endpoint that is asked */
	uint8_t change;      /* NATSONDE_CHANGE_... */
	uint8_t replies;     /* enum natsonde_endpoint that an honest server answers from */
};
extern const struct natsonde_question_row natsonde_questions[NATSONDE_QUESTIONS];

enum natsonde_outcome {
	NATSONDE_SILENT,      /* nothing came (yet) */
	NATSONDE_ANSWERED,    /* a success response */
	NATSONDE_LATE,        /* answered after its wait; a positive all the same */
	NATSONDE_ERROR,       /* a STUN error response: see code */
	NATSONDE_UNREACHABLE, /* an ICMP error: see icmp_type, icmp_code */
	NATSONDE_UNSENT,      /* this host could not send it: see fault */
	NATSONDE_OUTCOMES
};
static inline bool natsonde_is_success(unsigned outcome)
{
	return outcome == NATSONDE_ANSWERED || outcome == NATSONDE_LATE;
}
/* Whether anything came back, and be it an error. */
static inline bool natsonde_is_reply(unsigned outcome)
{
	return outcome == NATSONDE_ANSWERED || outcome == NATSONDE_LATE || outcome == NATSONDE_ERROR;
}

/* Index into natsonde_evidence.addrs; equal addresses have equal ids. 0 means none. */
typedef uint16_t natsonde_addr_id;
#define NATSONDE_ADDRS_MAX 1024 /* addresses that evidence may hold */

/* One packet sent. Each copy of a question is a probe with a transaction id of its own, so that an answer says which packet
 * it answers, and loss and round trips are counted per packet. */
struct natsonde_probe {
	uint8_t  tid[NATSONDE_STUN_TID];
	uint32_t sent_us;       /* since evidence.began */
	uint32_t answered_us;   /* since evidence.began; 0 without an answer or ICMP error. SILENT: when its socket was closed, 0 not yet */
	uint16_t response_port; /* RESPONSE-PORT asked for, 0 none */
	uint16_t code;          /* ERROR: the STUN error code */
	uint16_t len;           /* bytes of the answer, 0 without one */
	uint8_t  question;      /* enum natsonde_question */
	uint8_t  server;        /* index into evidence.servers */
	uint8_t  socket;        /* running number of the socket, a fresh one for every open() */
	uint8_t  instance;      /* which socket of its kind, from 1, as the test counts them */
	uint8_t  target;        /* running number of another socket that the answer is to come to; 0: that which sent */
	uint8_t  arrived;       /* running number of the socket that the answer came to */
	uint8_t  outcome;       /* enum natsonde_outcome */
	uint8_t  fault;         /* UNSENT: enum natsonde_fault (door.h) */
	uint8_t  icmp_type, icmp_code;
	bool     refuses_change;        /* ERROR: UNKNOWN-ATTRIBUTES names CHANGE-REQUEST */
	bool     refuses_response_port; /* ERROR: UNKNOWN-ATTRIBUTES names RESPONSE-PORT */
	bool     is_unprotected;        /* mapped is a MAPPED-ADDRESS: there was no other, and a middlebox may have rewritten it */
	bool     is_tampered;           /* an answer came with a FINGERPRINT that does not fit it, and was ignored */
	bool     is_padded;             /* the answer carries PADDING */
	natsonde_addr_id local, to;          /* the socket's own address; where it was sent */
	natsonde_addr_id from, origin, other; /* of the answer: its source, RESPONSE-ORIGIN, OTHER-ADDRESS */
	natsonde_addr_id mapped, mapped_plain; /* XOR-MAPPED-ADDRESS (MAPPED-ADDRESS where there is no other); MAPPED-ADDRESS */
};

struct natsonde_server {
	natsonde_addr_id addr;  /* A1:P1 */
	natsonde_addr_id other; /* A2:P2 as A1:P1 first gave it in a plain reply, 0 none; not yet vetted */
	uint8_t name;           /* index into the caller's list of names */
	uint8_t noise;          /* datagrams from A1:P1 that answer nothing: no whole STUN message, an unknown id, a broken FINGERPRINT */
	natsonde_addr_id same_as; /* another server's address that this one is an endpoint of, else 0: it counts once */
};

/* How a run came to its end. */
enum natsonde_end {
	NATSONDE_END_NOT_YET,
	NATSONDE_END_DECIDED,     /* every behaviour is final */
	NATSONDE_END_NO_ANSWER,   /* nothing came back over UDP */
	NATSONDE_END_TIMEOUT,     /* the bound on the whole run */
	NATSONDE_END_INTERRUPTED, /* natsonde_engine_stop */
	NATSONDE_END_FAULT        /* no socket could be opened: see fault */
};

struct natsonde_evidence {
	struct natsonde_probe *probes;  /* the caller's memory, in the order of sending */
	struct natsonde_addr  *addrs;   /* the caller's memory; [0] is "no address" */
	uint16_t n_probes, max_probes;  /* at most NATSONDE_PROBES_MAX */
	uint16_t n_addrs, max_addrs;    /* at most NATSONDE_ADDRS_MAX */
	uint16_t max_lifetime_s;        /* how long a mapping was given to die; 0: lifetime was not asked for */
	struct natsonde_server servers[NATSONDE_SERVERS_MAX];
	uint8_t  n_servers;
	uint8_t  family;        /* enum natsonde_family */
	uint8_t  end;           /* enum natsonde_end */
	uint8_t  fault;         /* END_FAULT: enum natsonde_fault */
	bool     fixed_port;    /* the caller chose the local ports, or a socket it had: old state in the NAT may be met */
	uint8_t  sees;          /* NATSONDE_SEES_... (door.h): what this platform can show */
	bool     is_truncated;  /* the caller's memory was too small for all that happened */
	natsonde_us began;      /* the caller's time of the first call */
	uint32_t now_us;        /* time of the last event, since began: how long silence has lasted */
};

/* How long an answer to a silent probe could have come in: until now, or until its socket was closed. */
uint32_t natsonde_probe_waited_us(const struct natsonde_evidence *ev, const struct natsonde_probe *probe);
/* The same evidence as far as the questions of mapping and filtering go: they are put first, and what follows them says nothing
 * about them. It shares the arrays. */
struct natsonde_evidence natsonde_evidence_first(const struct natsonde_evidence *ev);
/* The address behind an id; the empty address for 0. */
const struct natsonde_addr *natsonde_evidence_addr(const struct natsonde_evidence *ev, natsonde_addr_id id);
/* The address of one of the server's endpoints; the empty address for the alternates of a server without OTHER-ADDRESS. */
struct natsonde_addr natsonde_evidence_endpoint(const struct natsonde_evidence *ev, unsigned server, enum natsonde_endpoint which);
/* NATSONDE_NOBODY's address, with the port of that server. */
struct natsonde_addr natsonde_evidence_nobody(const struct natsonde_evidence *ev, unsigned server);
/* The address outside that servers saw first of a socket of that kind, as far as they can be believed; else the empty address. */
const struct natsonde_addr *natsonde_evidence_outside(const struct natsonde_evidence *ev, enum natsonde_socket kind);
/* UDP packets sent to a server, those answered by it (whatever the answer), and the mean round trip in us, 0 if unknown. */
struct natsonde_traffic { uint16_t sent, answered; uint32_t rtt_us; };
struct natsonde_traffic natsonde_evidence_traffic(const struct natsonde_evidence *ev, unsigned server);

#ifdef __cplusplus
}
#endif

#endif
