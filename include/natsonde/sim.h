/* The simulated network: this host, a NAT (or two), a lossy link and RFC 5780 servers, in virtual time.
 * Equal spec and equal calls give equal results, byte for byte. No heap, no stdio, no OS call. */
#ifndef NATSONDE_SIM_H
#define NATSONDE_SIM_H

#include <natsonde/door.h>
#include <natsonde/judge.h>

#ifdef __cplusplus
extern "C" {
#endif

enum natsonde_sim_hairpin { NATSONDE_HAIRPIN_NO, NATSONDE_HAIRPIN_EXTERNAL, NATSONDE_HAIRPIN_INTERNAL };
enum natsonde_sim_ports {
	NATSONDE_PORTS_PRESERVED, NATSONDE_PORTS_SEQUENTIAL, NATSONDE_PORTS_RANDOM, NATSONDE_PORTS_OVERLOADED,
	NATSONDE_PORTS_SET /* drawn from 15 runs of 16 ports, 4096 apart: MAP-E with 240 ports for each customer (RFC 7597) */
};
enum natsonde_sim_pass { NATSONDE_PASS, NATSONDE_DROP, NATSONDE_REJECT };
enum natsonde_sim_fragments {
	NATSONDE_FRAGMENTS_PASS, NATSONDE_FRAGMENTS_DROP, NATSONDE_FRAGMENTS_DROP_OUTBOUND, NATSONDE_FRAGMENTS_DROP_INBOUND,
	NATSONDE_FRAGMENTS_LOCAL /* they pass, but the host cannot put them together */
};
enum natsonde_sim_conflict { NATSONDE_CONFLICT_NO, NATSONDE_CONFLICT_A2P1, NATSONDE_CONFLICT_A2P2 };

/* As of stuntman's limit, only lower: as one client of many behind a carrier's NAT may meet it. */
#define NATSONDE_SIM_RATE_LIMIT_PACKETS 15
/* As many as stuntman takes. */
#define NATSONDE_SIM_SMALL_BUFFER_BYTES 800

/* What is wrong with a server. */
enum natsonde_sim_fault {
	NATSONDE_SIM_OK,
	NATSONDE_SIM_BINDING_ONLY,    /* no OTHER-ADDRESS; CHANGE-REQUEST and RESPONSE-PORT get 420 */
	NATSONDE_SIM_IGNORES_CHANGE,  /* OTHER-ADDRESS, but every reply from where it was asked */
	NATSONDE_SIM_REJECTS_CHANGE,  /* 420 to CHANGE-REQUEST, though it sends OTHER-ADDRESS */
	NATSONDE_SIM_ANSWERS_400,     /* 400 to CHANGE-REQUEST, as stuntman with one address does */
	NATSONDE_SIM_SAME_IP,         /* OTHER-ADDRESS has the same IP */
	NATSONDE_SIM_DEAD_ALTERNATE,  /* nothing comes from or goes to A2 */
	NATSONDE_SIM_DEAD_PORT,       /* nothing comes from or goes to P2 */
	NATSONDE_SIM_DROPS_CHANGE,    /* requests with a changing CHANGE-REQUEST vanish */
	NATSONDE_SIM_DROPS_FIRST,     /* the first packet to every endpoint of it vanishes */
	NATSONDE_SIM_PRIVATE_ALTERNATE,
	NATSONDE_SIM_THIRD_ADDRESS,   /* changed replies come from an address that nobody named */
	NATSONDE_SIM_LATE,            /* changed replies come 3 s late */
	NATSONDE_SIM_SILENT,
	NATSONDE_SIM_NO_RESPONSE_PORT, /* 420 naming RESPONSE-PORT */
	NATSONDE_SIM_DUPLICATES,      /* every reply twice */
	NATSONDE_SIM_WRONG_ID,        /* replies bear another transaction id */
	NATSONDE_SIM_WRONG_MAPPED,    /* one and the same mapped address for everybody */
	NATSONDE_SIM_RANDOM_MAPPED,   /* another mapped port in every reply */
	NATSONDE_SIM_MAPPED_ONLY,     /* MAPPED-ADDRESS without XOR-MAPPED-ADDRESS */
	NATSONDE_SIM_TRUNCATED,       /* replies are cut short */
	NATSONDE_SIM_OVERSIZED,       /* replies are larger than a packet may be */
	NATSONDE_SIM_RATE_LIMIT,      /* silent after NATSONDE_SIM_RATE_LIMIT_PACKETS packets */
	NATSONDE_SIM_LATE_ALL,        /* every reply comes 3 s late */
	NATSONDE_SIM_IGNORES_RESPONSE_PORT, /* replies go to the port that asked */
	NATSONDE_SIM_TURN,            /* no fault: it is a TURN server as well, and wants credentials */
	NATSONDE_SIM_NO_PADDING,      /* takes PADDING and pads nothing, as stuntman does */
	NATSONDE_SIM_DROPS_PADDING,   /* requests with PADDING vanish */
	NATSONDE_SIM_SMALL_BUFFER,    /* requests of more than NATSONDE_SIM_SMALL_BUFFER_BYTES vanish */
	NATSONDE_SIM_FAULTS
};

/* One field for each key of --simulate. */
struct natsonde_sim_spec {
	uint8_t  mapping;        /* enum natsonde_verdict; NATSONDE_NONE: no translation */
	uint8_t  tcp_mapping;    /* the same for TCP; NATSONDE_UNKNOWN: as for UDP */
	uint8_t  filtering;      /* enum natsonde_verdict */
	bool     is_host_keyed;  /* filter-key=host: what one inside port has opened is open to all of them */
	uint8_t  hairpin, ports, udp, tcp, conflict;
	uint16_t block;          /* ports are drawn from one block of that size; 0: from the whole range */
	uint8_t  step;           /* of sequential ports */
	bool     keeps_parity;
	uint8_t  pool;           /* external addresses, 1 to 8 */
	bool     is_arbitrary;   /* pooling=arbitrary */
	uint8_t  uplinks;        /* ways out, each with an external address of its own, 1 to 8 */
	bool     balances_destinations; /* balance=destination: an uplink for each destination IP, not for each flow */
	bool     is_forwarded;   /* forward=yes: a port that is kept outside is forwarded to this host, whoever sends */
	bool     accepts_input;  /* wan-input=open: what the NAT lets in nowhere goes to itself, and occupies the port */
	bool     refreshes_inbound; /* refresh=both */
	uint8_t  fragments;      /* enum natsonde_sim_fragments */
	bool     rewrites_payload;
	bool     intercepts;     /* something near answers Binding requests in the place of whoever was asked */
	bool     drops_own_source; /* accept-local=no: the host takes no packet from outside that bears its own address as source */
	uint8_t  nats;           /* 1 or 2 */
	uint8_t  n_servers;      /* entries in server[]; further servers are as the last one */
	uint8_t  server[8];      /* enum natsonde_sim_fault */
	uint16_t lifetime_s, stream_lifetime_s;
	uint16_t rtt_ms, jitter_ms, burst;
	uint8_t  loss_percent, dup_percent;
	bool     has_ipv4, has_ipv6;
	uint32_t seed;
};

/* What is wrong with a spec, for one line on stderr: the offending part of the text, what is wrong, what is accepted. */
struct natsonde_sim_complaint {
	const char *at;
	size_t len;
	const char *what;      /* "unknown key", "unknown value", "not a number", ... */
	const char *key;       /* of the value, NULL for an unknown key */
	char accepted[480];    /* names of all keys, or of the key's values, or the range */
};

/* Reads "key=value,key=value"; the empty text gives the defaults. False with *complaint filled if anything is wrong. */
bool natsonde_sim_parse(const char *text, struct natsonde_sim_spec *spec, struct natsonde_sim_complaint *complaint);

/* For help and completion: the i-th key and its values as text ("eim,adm,apdm,none", "MS"); NULL past the last. */
const char *natsonde_sim_key(unsigned i, const char **values);
/* Whether that key takes several of its values, joined by "+". */
bool natsonde_sim_key_is_list(unsigned i);

/* Private; defined in src/sim/net.h. */
struct natsonde_sim;

/* Starts the one simulated network of this program anew; what an earlier start returned is that same network. */
struct natsonde_sim *natsonde_sim_start(const struct natsonde_sim_spec *spec);
/* The door of the simulated host. wait() jumps to the next event at once. */
struct natsonde_door natsonde_sim_door(struct natsonde_sim *sim);
/* The address of the index-th server given by the user (0 ...), with that port; false without one in this family, or past the
 * eighth. The server is there from now on: that port is its P1. */
bool natsonde_sim_resolve(struct natsonde_sim *sim, unsigned index, enum natsonde_family family, uint16_t port,
			  struct natsonde_addr *addr);
/* The interface name to show, and the host's time of day at the start: always the same. */
#define NATSONDE_SIM_INTERFACE "sim0"
#define NATSONDE_SIM_STARTED "2026-01-01T00:00:00Z"

#ifdef __cplusplus
}
#endif

#endif
