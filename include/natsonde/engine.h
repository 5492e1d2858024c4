/* The probing engine. It does no I/O and reads no clock: time and datagrams come in as arguments, datagrams to send and
 * the next deadline come out. One engine serves one address family. The whole driver is this loop (src/core/drive.c):
 *
 *     do {
 *         while (natsonde_engine_next(e, now(), buf, sizeof(buf), &action))
 *             switch (action.what) {
 *             case NATSONDE_DO_OPEN:  natsonde_engine_on_open(e, action.slot, open_socket(&action, &local), &local); break;
 *             case NATSONDE_DO_SEND:  if ((fault = send_datagram(&action))) natsonde_engine_on_unsent(e, fault); break;
 *             case NATSONDE_DO_CLOSE: close_socket(action.slot); break;
 *             }
 *         if (wait_for_datagram_until(natsonde_engine_deadline(e), &slot, &from, &bytes, &len))
 *             natsonde_engine_on_received(e, now(), slot, &from, bytes, len);
 *     } while (natsonde_engine_deadline(e) != NATSONDE_NEVER);
 *
 * Where several datagrams have come, hand in all of them before asking what to do next: which came first, a changed reply or
 * this host's word to the alternate, is evidence.
 *
 * A socket of the caller's own. Hole punching needs the address outside of the very socket that peers will send to. So OPEN for
 * slot NATSONDE_SOCKET_MAPPING may be answered with a socket that the caller has already (docs/examples):
 *   - It is an unconnected UDP socket. The address given to natsonde_engine_on_open is the one that its packets to action.to
 *     leave from: for a socket bound to the wildcard, the route's source address with the socket's port. action.port is ignored.
 *   - Whatever comes in goes to natsonde_engine_on_received first; what that calls not its own is the caller's.
 *   - CLOSE means that natsonde has done with it; whether to close it is the caller's choice. A second OPEN of the slot means
 *     that the mapping was unstable and is to be seen on a fresh port: answer it with a fresh socket.
 *   - If the socket has sent before, the plan says reuses_socket: state that is left in the NAT may be met, and no verdict but
 *     that on the NAT is called more than likely. Meanwhile nothing else on this host should speak to the servers.
 *   - natsonde_evidence_outside tells its address outside. Peers may be told that where the mapping is endpoint-independent.
 * The other UDP slots need fresh sockets: a filter that the caller's packets have opened says nothing about filtering. OPEN for
 * NATSONDE_SOCKET_TCP may be refused with any fault: then "UDP is blocked" cannot be told from "nobody is there".
 */
#ifndef NATSONDE_ENGINE_H
#define NATSONDE_ENGINE_H

#include <natsonde/door.h>
#include <natsonde/evidence.h>
#include <natsonde/judge.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Slots that an engine uses. The first four are numbered as enum natsonde_socket; the others are for further sockets of any kind. */
#define NATSONDE_ENGINE_SLOTS 32
#define NATSONDE_ENGINE_SLOTS_FIRST 6 /* without further tests, no slot from this one on is used */
#define NATSONDE_SEND_MAX 64 /* no request of the first tests is longer */
#define NATSONDE_SEND_LARGE_MAX 1536 /* nor any of the further ones */

/* The tests that have packets of their own beside those of mapping and filtering. A plan that names them has them linked. */
struct natsonde_further;
extern const struct natsonde_further natsonde_further_tests;

/* What to do. Plain data, the caller's; copied by natsonde_engine_init. */
struct natsonde_plan {
	uint8_t  family;     /* enum natsonde_family of all servers */
	uint8_t  n_servers;
	struct {
		struct natsonde_addr addr;
		uint8_t name;   /* index into the caller's list of names */
		bool is_spare;  /* tried only when one before it has failed: another address of its name; where its name has none
				 * before it, any name. So as many names take part as there are servers that are no spares */
	} servers[NATSONDE_SERVERS_MAX];
	uint16_t tests;      /* set of NATSONDE_TEST(behaviour) */
	const struct natsonde_further *further; /* &natsonde_further_tests, or NULL: then those tests are left out */
	uint8_t *large;      /* the caller's, NATSONDE_SEND_LARGE_MAX bytes, for fragments; NULL: that test is left out */
	uint16_t max_lifetime_s; /* lifetime: how long a mapping is given to die; 0: 330 */
	uint16_t port_low, port_high; /* ports: local ports to take; 0: any */
	uint8_t  max_sockets; /* that may be open at once, 3 or more; 0: 3 */
	uint16_t local_port; /* 0: fresh random ports; else the sockets take local_port, +1, +2 */
	uint8_t  mailbox;    /* answers that may be under way to one socket, as many as the stack keeps for it; 0: any number */
	uint8_t  sees;       /* NATSONDE_SEES_..., as the door says */
	bool     checks_server; /* ask also what natsonde_judge_use wants to know: RESPONSE-PORT and TCP */
	bool     reuses_socket; /* a socket that the caller hands out has sent before: see above */
	natsonde_us timeout; /* bound on the whole run; at most 70 minutes: evidence counts microseconds in 32 bits */
	natsonde_us patience; /* after this without any answer over UDP, nobody is there; 0: 4 s */
};

/* Where the engine takes its random bytes: transaction ids and local ports must not be guessable (RFC 8489 section 5). */
struct natsonde_random {
	void (*fill)(void *ctx, uint8_t *out, size_t n);
	void *ctx;
};

struct natsonde_slot {
	bool    is_open;
	uint8_t kind;    /* enum natsonde_socket */
	uint8_t attempt; /* which fresh socket of this kind */
	uint8_t question, server; /* that it was opened for */
	uint8_t number;  /* running number, as in natsonde_probe.socket */
	uint8_t opens;   /* ports tried */
	natsonde_addr_id local;
};

/* The caller's memory; all fields are private, use the functions. */
struct natsonde_engine {
	struct natsonde_plan     plan;
	struct natsonde_random   random;
	struct natsonde_evidence ev;
	struct natsonde_slot     slots[NATSONDE_ENGINE_SLOTS];
	natsonde_us deadline;
	uint32_t    paced_us;   /* since evidence.began: nothing leaves before */
	uint8_t     sockets;    /* opened so far */
	uint8_t     added;      /* servers of the plan that take part, a bit each */
	uint8_t     busy;       /* sends in a row that this host had no buffer for */
	bool        was_busy;   /* the last send was one of these */
	bool        has_begun;
};

enum natsonde_do { NATSONDE_DO_OPEN, NATSONDE_DO_SEND, NATSONDE_DO_CLOSE };

struct natsonde_action {
	enum natsonde_do what;
	unsigned slot;
	enum natsonde_transport transport; /* OPEN */
	uint16_t port;                     /* OPEN: local port to bind, 0 any */
	struct natsonde_addr to;           /* OPEN: where it will send first; SEND: the destination */
	const uint8_t *bytes;              /* SEND: the datagram: in the caller's buffer, or in plan.large */
	size_t   len;
};

/* Prepares a run. The arrays are the caller's and hold the evidence; they live as long as e. max_probes is at most
 * NATSONDE_PROBES_MAX, max_addrs at most NATSONDE_ADDRS_MAX; 64 of each are plenty for the default tests with one server, and
 * all of them for all tests. */
void natsonde_engine_init(struct natsonde_engine *e, const struct natsonde_plan *plan, struct natsonde_random random,
			  struct natsonde_probe *probes, unsigned max_probes, struct natsonde_addr *addrs, unsigned max_addrs);

/* The next thing to do, if any is due. Call until it returns false; then wait until natsonde_engine_deadline.
 * cap is at least NATSONDE_SEND_MAX. */
bool natsonde_engine_next(struct natsonde_engine *e, natsonde_us now, uint8_t *buf, size_t cap, struct natsonde_action *action);
/* When to call natsonde_engine_next again at the latest; NATSONDE_NEVER once the run has ended. */
natsonde_us natsonde_engine_deadline(const struct natsonde_engine *e);

/* Answers to actions. After OPEN: always, with the address that the socket is bound to if fault is NATSONDE_OK.
 * After SEND: only if this host did not send. */
void natsonde_engine_on_open(struct natsonde_engine *e, unsigned slot, enum natsonde_fault fault, const struct natsonde_addr *local);
void natsonde_engine_on_unsent(struct natsonde_engine *e, enum natsonde_fault fault);

/* What came in. True if it belongs to a question of this run, even one that is answered or given up already. Anything else is
 * ignored, and the caller's own: so a socket can be shared (see above). */
bool natsonde_engine_on_received(struct natsonde_engine *e, natsonde_us now, unsigned slot, const struct natsonde_addr *from,
				 const uint8_t *bytes, size_t len);
/* An ICMP error about a datagram sent from slot to that destination; quoted is what it quotes of the UDP payload, maybe nothing. */
void natsonde_engine_on_icmp(struct natsonde_engine *e, natsonde_us now, unsigned slot, const struct natsonde_addr *to,
			     uint8_t type, uint8_t code, const uint8_t *quoted, size_t len);
/* The TCP connection in slot failed or ended. */
void natsonde_engine_on_closed(struct natsonde_engine *e, natsonde_us now, unsigned slot);
/* Another family has been measured: its user need not wait for long until this one is known to be silent. */
void natsonde_engine_hurry(struct natsonde_engine *e);
/* The user wants the run to end now. */
void natsonde_engine_stop(struct natsonde_engine *e, natsonde_us now);

/* Valid at any time, final once the deadline is NATSONDE_NEVER; lives as long as e. */
const struct natsonde_evidence *natsonde_engine_evidence(const struct natsonde_engine *e);

/* Runs engines to their end through a door, side by side while it has sockets for all, else in turn. */
void natsonde_drive(struct natsonde_engine *const *engines, unsigned n, const struct natsonde_door *door);

#ifdef __cplusplus
}
#endif

#endif
