/* Opinions: what follows from evidence. Pure functions; the same evidence gives the same verdicts on every machine. */
#ifndef NATSONDE_JUDGE_H
#define NATSONDE_JUDGE_H

#include <natsonde/evidence.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The behaviours that can be asked for; one file each in src/core/behaviour. */
enum natsonde_behaviour {
	NATSONDE_NAT,
	NATSONDE_MAPPING,
	NATSONDE_FILTERING,
	NATSONDE_P2P,
	NATSONDE_ALG,
	NATSONDE_BEHAVIOURS_FIRST, /* those above follow from the packets of mapping and filtering; those below have their own */
	NATSONDE_INTERCEPT = NATSONDE_BEHAVIOURS_FIRST,
	NATSONDE_TCP_MAPPING,
	NATSONDE_FRAGMENTS,
	NATSONDE_PORTS,
	NATSONDE_LIFETIME,
	NATSONDE_HAIRPIN,
	NATSONDE_BEHAVIOURS
};
#define NATSONDE_TEST(behaviour) (1u << (behaviour)) /* in sets of behaviours */
#define NATSONDE_TESTS_DEFAULT (NATSONDE_TEST(NATSONDE_BEHAVIOURS_FIRST) - 1u)
#define NATSONDE_TESTS_ALL (NATSONDE_TEST(NATSONDE_BEHAVIOURS) - 1u)

/* The words of all behaviours (RFC 4787 sections 4.1 and 5); names.h spells them. */
enum natsonde_verdict {
	NATSONDE_UNKNOWN,
	NATSONDE_NONE,                       /* nat, alg, intercept */
	NATSONDE_PRESENT,                    /* nat */
	NATSONDE_ENDPOINT_INDEPENDENT,       /* mapping, filtering */
	NATSONDE_ADDRESS_DEPENDENT,          /* mapping, filtering */
	NATSONDE_ADDRESS_AND_PORT_DEPENDENT, /* mapping, filtering */
	NATSONDE_PORT_DEPENDENT,             /* mapping, outside RFC 4787 */
	NATSONDE_ENDPOINT_DEPENDENT,         /* mapping: depends on the destination, on which part is not known */
	NATSONDE_UNSTABLE,                   /* mapping */
	NATSONDE_OPEN,                       /* p2p */
	NATSONDE_EASY,
	NATSONDE_HARD,
	NATSONDE_TOO_HARD,
	NATSONDE_BLOCKED,
	NATSONDE_REWRITES,                   /* alg: somebody on the way rewrites addresses in the payload */
	NATSONDE_NOT_AVAILABLE,              /* alg: no server sends what it takes */
	NATSONDE_SUSPECTED,                  /* intercept: something answers in the servers' place */
	NATSONDE_PASS_ALL,                   /* fragments: pass, both ways */
	NATSONDE_OUTBOUND_DROPPED,
	NATSONDE_INBOUND_DROPPED,
	NATSONDE_DROPPED,                    /* both ways */
	NATSONDE_LOCAL_STACK,                /* this host itself cannot put fragments together */
	NATSONDE_PRESERVED,                  /* ports */
	NATSONDE_SEQUENTIAL,
	NATSONDE_RANDOM,
	NATSONDE_BLOCK,                      /* drawn from one short range */
	NATSONDE_SET,                        /* from several short ranges, equally far apart (RFC 7597: MAP-E) */
	NATSONDE_OVERLOADED,                 /* preserved even if another host has it (RFC 4787 section 4.2.1) */
	NATSONDE_MEASURED,                   /* lifetime */
	NATSONDE_BEYOND,                     /* longer than it was given */
	NATSONDE_EXTERNAL,                   /* hairpin: the packet bears the sender's address outside (RFC 4787 section 6) */
	NATSONDE_INTERNAL,                   /* the sender's address inside */
	NATSONDE_NO,                         /* no hairpinning */
	NATSONDE_VERDICTS
};

/* What a finding says beside its verdict: an answer to a question of its own. */
enum natsonde_answer { NATSONDE_UNSAID, NATSONDE_ANSWER_NO, NATSONDE_ANSWER_YES };

/* What kind of translator it is. */
enum natsonde_nat_kind {
	NATSONDE_KIND_UNKNOWN,
	NATSONDE_KIND_NONE,     /* nothing translates, nothing filters */
	NATSONDE_KIND_FIREWALL, /* nothing translates, something filters */
	NATSONDE_KIND_NAPT,     /* IPv4: addresses and ports are translated */
	NATSONDE_KIND_1_TO_1,   /* IPv4: addresses alone */
	NATSONDE_KIND_NPTV6,    /* IPv6: prefixes alone (RFC 6296) */
	NATSONDE_KIND_NAT66,    /* IPv6: ports, too */
	NATSONDE_KINDS
};
struct natsonde_nat_facts {
	uint8_t kind;           /* enum natsonde_nat_kind */
	uint8_t kind_certainty; /* enum natsonde_certainty */
	uint8_t preserves_ports; /* enum natsonde_answer: all sockets seen so far have the same port outside */
};

/* Seconds of silence, in tenths: the longest after which a mapping was still there, the shortest after which it was gone. 0: not
 * known (yet). */
struct natsonde_span { uint16_t alive_ds, dead_ds; };
struct natsonde_lifetime_facts {
	struct natsonde_span exchange; /* after one request and its answer */
	struct natsonde_span stream;   /* after several over more than three seconds */
	uint8_t refresh_in, refresh_out; /* enum natsonde_answer: whether inbound, outbound packets alone prolong it */
	uint16_t keepalive_s;          /* how often to send to be on the safe side; 0 not known */
};

enum natsonde_pooling { NATSONDE_POOLING_UNKNOWN, NATSONDE_POOLING_SINGLE, NATSONDE_POOLING_PAIRED, NATSONDE_POOLING_ARBITRARY };
struct natsonde_ports_facts {
	uint8_t  sockets;           /* how many were looked at */
	uint8_t  preserved_percent;
	uint8_t  parity;            /* enum natsonde_answer: even stays even, odd odd (RFC 4787 section 4.2.2) */
	uint8_t  contiguity;        /* enum natsonde_answer: the next port inside is the next outside (section 4.2.3) */
	int16_t  step;              /* sequential: from one mapping to the next; 0 none */
	uint16_t low, high;         /* the lowest and highest port seen outside */
	uint32_t guess;             /* ports to try for an even chance of hitting the next mapping's; 0 not known */
	uint8_t  pooling;           /* enum natsonde_pooling */
};


enum natsonde_certainty {
	NATSONDE_CERTAINTY_NONE, /* the verdict is unknown */
	NATSONDE_LIKELY,         /* the specification says so and nothing contradicts it, but no control was possible */
	NATSONDE_VERIFIED,       /* seen, or silence backed by a passed control */
	NATSONDE_CERTAINTIES
};

/* Why a verdict is what it is. Each has its sentence in one table (names.h); people and programs read the same words. */
enum natsonde_reason {
	NATSONDE_WHY_NONE,
	NATSONDE_WHY_NO_ANSWER,          /* nothing came back over UDP */
	NATSONDE_WHY_LOCAL_FAULT,        /* this host could not open a socket, or not send */
	NATSONDE_WHY_INTERRUPTED,        /* the user ended the run before anything had come back */
	/* nat */
	NATSONDE_WHY_MAPPED_IS_LOCAL,
	NATSONDE_WHY_MAPPED_DIFFERS,
	NATSONDE_WHY_MAPPED_MIXED,       /* equal for some destinations, translated for others */
	NATSONDE_WHY_MAPPED_UNPROTECTED, /* equal, but said in a MAPPED-ADDRESS alone, which a middlebox may rewrite */
	NATSONDE_WHY_MAPPED_UNTRUE,      /* what the servers say of the mapped address cannot be true; of the mapping as well */
	/* mapping */
	NATSONDE_WHY_NOT_TRANSLATED,
	NATSONDE_WHY_SAME_EVERYWHERE,
	NATSONDE_WHY_SAME_ON_ONE_PORT,   /* several addresses, but all of them on the same port */
	NATSONDE_WHY_SAME_AFTER_CONFLICT, /* a first port met a conflict, a fresh one did not, two sockets agree */
	NATSONDE_WHY_SEVERAL_EGRESS,     /* mappings agree on each socket, but sockets have different external IPs */
	NATSONDE_WHY_PER_ADDRESS,
	NATSONDE_WHY_PER_ADDRESS_AND_PORT,
	NATSONDE_WHY_PER_PORT,
	NATSONDE_WHY_PER_DESTINATION,    /* differs between destinations; too few to say by which part */
	NATSONDE_WHY_ONE_DESTINATION,    /* only one destination answered: give a second server */
	NATSONDE_WHY_ONE_ADDRESS,        /* destinations share one IP */
	NATSONDE_WHY_IP_VARIES,          /* the external IP varies, and that is all there is to see: several uplinks or a pool */
	NATSONDE_WHY_NO_PATTERN,         /* differs from one socket or one moment to the next */
	NATSONDE_WHY_SOCKETS_DISAGREE,
	/* filtering */
	NATSONDE_WHY_CHANGED_BOTH_CAME,
	NATSONDE_WHY_CHANGED_PORT_CAME,  /* and the other address stayed silent, controlled */
	NATSONDE_WHY_NOTHING_CHANGED_CAME,
	NATSONDE_WHY_NO_CONTROL,         /* as the two above, but behind this mapping no control was possible */
	NATSONDE_WHY_CAME_LATE,          /* the changed reply came only after this host had spoken to the alternate */
	NATSONDE_WHY_HOST_KEYED,         /* the same on a path that loses nothing: the filter may look at the host alone */
	NATSONDE_WHY_TOO_FEW_COPIES,     /* too much loss to believe the silence */
	NATSONDE_WHY_SERVER_CANNOT,      /* no server here can test filtering */
	NATSONDE_WHY_SERVERS_DISAGREE,
	NATSONDE_WHY_NOT_FINISHED,       /* the run ended first */
	/* p2p */
	NATSONDE_WHY_STRANGERS_REACH,
	NATSONDE_WHY_ONE_MAPPING_FOR_ALL,
	NATSONDE_WHY_MAPPING_PER_PEER,
	NATSONDE_WHY_MAPPING_PER_PEER_PORT,
	NATSONDE_WHY_UDP_BLOCKED,
	NATSONDE_WHY_MAPPING_UNKNOWN,
	/* alg */
	NATSONDE_WHY_MAPPED_ALIKE,       /* MAPPED-ADDRESS and XOR-MAPPED-ADDRESS say the same */
	NATSONDE_WHY_MAPPED_REWRITTEN,   /* they do not */
	NATSONDE_WHY_FINGERPRINT_BROKEN, /* and the FINGERPRINT does not fit any more */
	NATSONDE_WHY_NO_MAPPED,          /* no server sent both */
	/* intercept */
	NATSONDE_WHY_NOBODY_ANSWERED,    /* as it should be */
	NATSONDE_WHY_NOBODY_WAS_ANSWERED_FOR, /* an answer came from where nobody can be */
	NATSONDE_WHY_FAKE_ADDRESS,       /* the server's address is one that resolvers make up (198.18.0.0/15, RFC 2544) */
	/* tcp */
	NATSONDE_WHY_TCP_NO_ANSWER,
	NATSONDE_WHY_TCP_TOO_FEW,        /* too few endpoints answer over TCP */
	NATSONDE_WHY_TCP_PORT_TAKEN,     /* this host cannot open several connections from one port */
	/* fragments */
	NATSONDE_WHY_LARGE_PASS,
	NATSONDE_WHY_LARGE_OUT_SILENT,
	NATSONDE_WHY_LARGE_IN_SILENT,
	NATSONDE_WHY_LARGE_SILENT,
	NATSONDE_WHY_NOT_TAKEN,          /* nor was what fills one packet: the server may not take so much */
	NATSONDE_WHY_NOT_PADDED,         /* the server does not pad its answers: nothing large came back */
	NATSONDE_WHY_NO_REASSEMBLY,
	NATSONDE_WHY_LARGE_UNSENT,       /* this host did not send it */
	/* ports */
	NATSONDE_WHY_PORTS_KEPT,
	NATSONDE_WHY_PORTS_IN_STEPS,
	NATSONDE_WHY_PORTS_SCATTERED,
	NATSONDE_WHY_PORTS_IN_BLOCK,
	NATSONDE_WHY_PORTS_IN_SETS,
	NATSONDE_WHY_PORTS_MIXED,        /* some kept, others not */
	NATSONDE_WHY_TOO_FEW_SOCKETS,
	/* lifetime */
	NATSONDE_WHY_LIFE_BRACKETED,
	NATSONDE_WHY_LIFE_BRACKETED_BY_PORT, /* without RESPONSE-PORT: another port after the silence is another mapping */
	NATSONDE_WHY_LIFE_BEYOND,
	NATSONDE_WHY_NOTHING_TO_DIE,     /* nothing is translated, nothing filtered */
	NATSONDE_WHY_NO_RESPONSE_PORT,   /* no server honours it, and this NAT keeps ports */
	NATSONDE_WHY_TOO_SLOW,           /* answers come later than the steps that lifetimes are measured in */
	NATSONDE_WHY_ADDRESSES_DIFFER,   /* sockets have different external addresses */
	NATSONDE_WHY_LIFE_ERRATIC,       /* rungs contradict one another */
	/* hairpin */
	NATSONDE_WHY_HAIR_EXTERNAL,
	NATSONDE_WHY_HAIR_INTERNAL,
	NATSONDE_WHY_HAIR_SILENT,        /* and this host would have seen it */
	NATSONDE_WHY_HAIR_REFUSED,       /* an ICMP error came */
	NATSONDE_WHY_HAIR_UNSEEN,        /* this host cannot see packets that bear its own address */
	NATSONDE_WHY_HAIR_UNPROVEN,      /* the path lost too much */
	NATSONDE_WHY_HAIR_SHUT,          /* silence, but the mapping is not endpoint-independent: its filter could not be opened */
	NATSONDE_WHY_HAIR_NO_NAT,        /* the address outside is the one inside: there is nothing to turn round at */
	NATSONDE_REASONS
};

/* A set of probes, by index. */
struct natsonde_basis { uint32_t bits[NATSONDE_PROBES_MAX / 32]; };
bool natsonde_basis_has(const struct natsonde_basis *basis, unsigned probe);

struct natsonde_finding {
	uint8_t verdict;   /* enum natsonde_verdict */
	uint8_t certainty; /* enum natsonde_certainty */
	uint8_t reason;    /* enum natsonde_reason */
	struct natsonde_basis basis; /* the probes it rests on */
};

struct natsonde_verdicts {
	struct natsonde_finding of[NATSONDE_BEHAVIOURS];
	struct natsonde_nat_facts nat;
	struct natsonde_ports_facts ports;
	struct natsonde_lifetime_facts lifetime;
};

/* Judges what the questions of mapping and filtering can tell: the behaviours before NATSONDE_BEHAVIOURS_FIRST. The others stay
 * unknown. Works at any time, final once evidence.end is set. */
void natsonde_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *verdicts);
/* Judges all behaviours. Apart from natsonde_judge, so that a program that needs no more does not carry the rest. */
void natsonde_judge_all(const struct natsonde_evidence *ev, struct natsonde_verdicts *verdicts);

enum natsonde_server_verdict {
	NATSONDE_SERVER_SILENT,
	NATSONDE_SERVER_RFC5780,
	NATSONDE_SERVER_BINDING_ONLY,
	NATSONDE_SERVER_IGNORES_CHANGE_REQUEST,
	NATSONDE_SERVER_REJECTS_CHANGE_REQUEST,
	NATSONDE_SERVER_ALTERNATE_INVALID,
	NATSONDE_SERVER_ALTERNATE_UNREACHABLE,
	NATSONDE_SERVER_MAPPED_INVALID, /* what it says of this host's address cannot be true: nothing it says is believed */
	NATSONDE_SERVER_UNRESOLVED, /* never from natsonde_judge_server: the name has no address */
	NATSONDE_SERVER_VERDICTS
};

/* Why a server is called what it is called; sentences in names.h. */
enum natsonde_server_reason {
	NATSONDE_SERVER_WHY_NONE,
	NATSONDE_SERVER_WHY_NO_ANSWER,
	NATSONDE_SERVER_WHY_REFUSED,           /* an ICMP error came back */
	NATSONDE_SERVER_WHY_TCP_ONLY,          /* silent over UDP, answers over TCP */
	NATSONDE_SERVER_WHY_ERROR,             /* answers plain requests with an error */
	NATSONDE_SERVER_WHY_GARBLED,           /* what comes from it answers nothing: no whole STUN message, an unknown id, a broken FINGERPRINT */
	NATSONDE_SERVER_WHY_MAPPED_SHARED,     /* one mapped address for two sockets at one destination */
	NATSONDE_SERVER_WHY_MAPPED_CHANGES,    /* two mapped addresses for one socket at one destination */
	NATSONDE_SERVER_WHY_NO_OTHER_ADDRESS,
	NATSONDE_SERVER_WHY_OTHER_SAME_IP,
	NATSONDE_SERVER_WHY_OTHER_SAME_PORT,
	NATSONDE_SERVER_WHY_OTHER_FAMILY,
	NATSONDE_SERVER_WHY_OTHER_PRIVATE,
	NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST,
	NATSONDE_SERVER_WHY_ORIGIN_DIFFERS,    /* RESPONSE-ORIGIN is not where replies come from: a NAT before the server */
	NATSONDE_SERVER_WHY_ALTERNATE_SILENT,  /* the alternate address does not answer */
	NATSONDE_SERVER_WHY_PORT_SILENT,       /* the alternate port does not answer */
	NATSONDE_SERVER_WHY_CR_SAME_SOURCE,    /* changed reply came from the unchanged address */
	NATSONDE_SERVER_WHY_CR_WRONG_SOURCE,   /* changed reply came from a third address */
	NATSONDE_SERVER_WHY_CR_DROPPED,        /* no changed reply through an open door */
	NATSONDE_SERVER_WHY_CR_ERROR,          /* 420 or another error to CHANGE-REQUEST */
	NATSONDE_SERVER_WHY_FELL_SILENT,       /* answered, and then nothing more: it limits packets, or there was an outage */
	NATSONDE_SERVER_WHY_PROVEN,            /* a changed reply was seen */
	NATSONDE_SERVER_WHY_CLAIMED,           /* offers an alternate; nothing contradicts it */
	NATSONDE_SERVER_WHY_UNRESOLVED,
	/* of what it can be used for */
	NATSONDE_SERVER_WHY_FOUR_ENDPOINTS,    /* answers at two addresses and two ports */
	NATSONDE_SERVER_WHY_FEW_ENDPOINTS,     /* answers, but not at two addresses and two ports */
	NATSONDE_SERVER_WHY_UNPROVEN,          /* offers an alternate, but behind this NAT no control is possible */
	NATSONDE_SERVER_WHY_RP_HONOURED,       /* RESPONSE-PORT: its answer came to the port asked for */
	NATSONDE_SERVER_WHY_RP_REFUSED,        /* an error to RESPONSE-PORT */
	NATSONDE_SERVER_WHY_RP_OVERLOOKED,     /* its answer came to the port that asked */
	NATSONDE_SERVER_WHY_RP_SILENT,         /* no answer at the port asked for, though its door was open */
	NATSONDE_SERVER_WHY_RP_UNSEEN,         /* sockets have different external addresses: the answer could not be seen */
	NATSONDE_SERVER_WHY_TCP_ANSWERS,
	NATSONDE_SERVER_WHY_TCP_CLOSED,        /* the connection was refused, or ended without an answer */
	NATSONDE_SERVER_WHY_TCP_SILENT,
	NATSONDE_SERVER_WHY_NOT_FINISHED,      /* the run ended first, or this host could not ask */
	NATSONDE_SERVER_REASONS
};

struct natsonde_server_finding { uint8_t verdict, reason; };
struct natsonde_server_finding natsonde_judge_server(const struct natsonde_evidence *ev, unsigned server);

/* What a server is good for. Known as far as the plan had checks_server. */
enum natsonde_use {
	NATSONDE_USE_MAPPING,
	NATSONDE_USE_FILTERING,
	NATSONDE_USE_LIFETIME, /* RFC 5780 section 4.6 takes a server that honours RESPONSE-PORT */
	NATSONDE_USE_TCP,      /* answers over TCP, too */
	NATSONDE_USES
};
enum natsonde_usable {
	NATSONDE_USABLE_UNKNOWN,
	NATSONDE_USABLE_NO,
	NATSONDE_USABLE_WITH_OTHERS, /* mapping: one destination among those of several servers */
	NATSONDE_USABLE_YES,
	NATSONDE_USABLES
};
struct natsonde_use_finding { uint8_t usable, reason; /* enum natsonde_usable, enum natsonde_server_reason */ };
struct natsonde_use_finding natsonde_judge_use(const struct natsonde_evidence *ev, unsigned server, enum natsonde_use use);

/* The name of RFC 3489 section 5 for these verdicts, NULL where it has none. */
const char *natsonde_rfc3489(const struct natsonde_verdicts *verdicts);

/* With whom a direct connection works: all classes that a peer may have, from one table of all pairs. */
enum natsonde_pair { NATSONDE_PAIR_UNSAID, NATSONDE_PAIR_DIRECT, NATSONDE_PAIR_MAYBE, NATSONDE_PAIR_RELAY };
#define NATSONDE_PEERS 9
/* "eim/eif" ... "apdm/apdf": the classes in the order of the table; peer < NATSONDE_PEERS. */
const char *natsonde_peer_class(unsigned peer);
/* What holds toward such a peer. Where the filtering is unknown, only what holds for every filtering; else UNSAID. */
enum natsonde_pair natsonde_pair_with(const struct natsonde_verdicts *verdicts, unsigned peer);

#ifdef __cplusplus
}
#endif

#endif
