/* Real sockets: the only code that touches the operating system. */
#ifndef NATSONDE_IO_H
#define NATSONDE_IO_H

#include <natsonde/door.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where to send from; all zero: the system decides. */
struct natsonde_io_config {
	const char *interface;      /* name, NULL any */
	struct natsonde_addr bind[2]; /* source address for IPv4 and IPv6 (family 0: any); port ignored */
};

/* Opens the door. There is one per program: it owns the SIGINT handler and the wake-up pipe, and ignores SIGPIPE, even
 * after the stop. On failure *fault says why (NATSONDE_FAULT_NO_INTERFACE: no such interface, or no such source address on
 * this host). */
bool natsonde_io_start(const struct natsonde_io_config *config, struct natsonde_door *door, enum natsonde_fault *fault);
/* Closes every socket; the door is not used afterwards. */
void natsonde_io_stop(void);
/* Whether SIGINT has come. */
bool natsonde_io_is_interrupted(void);

/* Resolving names, all at once, without blocking SIGINT or the timeout. */
#define NATSONDE_IO_ADDRS_MAX 8 /* per name and family */
#define NATSONDE_IO_SERVICES 2
enum natsonde_resolution {
	NATSONDE_RESOLVED,
	NATSONDE_RESOLVE_NO_SUCH_NAME, /* the name server says that it does not exist, or has no such address */
	NATSONDE_RESOLVE_FAILED,       /* no name server answered, or it failed */
	NATSONDE_RESOLVE_TIMEOUT,
	NATSONDE_RESOLVE_INTERRUPTED,
	NATSONDE_RESOLVE_NOT_NEEDED    /* enough other names were resolved first */
};
struct natsonde_io_name {
	const char *host;  /* in: name or numeric address, the caller's */
	uint16_t port;     /* in */
	/* in: SRV services to ask for, best first ("_stun._udp", RFC 2782); literals, NULL: none. The first one that leads to any
	 * address decides, on addresses and ports; where none does, or the program was built without c-ares, host and port do. */
	const char *services[NATSONDE_IO_SERVICES];
	bool     is_spare; /* in: takes the place of another name: enough are resolved when as many are as are no spares */
	uint8_t  n[2];     /* out: addresses found, IPv4 and IPv6, in the resolver's order, without repeats */
	struct natsonde_addr addrs[2][NATSONDE_IO_ADDRS_MAX];
	enum natsonde_resolution result; /* out: RESOLVED if there is any address */
};
/* Returns once all names are resolved, or enough of them (and a moment for the others), until has come, or SIGINT. Numeric
 * addresses never wait. */
void natsonde_io_resolve(struct natsonde_io_name *names, unsigned n, natsonde_us until);

/* The interface that owns a local address, and whether it is a tunnel (VPN: tun, wg, ppp, ...); empty name if not found. */
#define NATSONDE_IO_NAME 32
struct natsonde_io_interface { char name[NATSONDE_IO_NAME]; bool is_tunnel; };
void natsonde_io_interface_of(const struct natsonde_addr *local, struct natsonde_io_interface *interface);

/* Whether this host has a route for that family (asked of the routing table, no packet is sent). */
bool natsonde_io_has_route(enum natsonde_family family, const struct natsonde_addr *toward);

/* The time of day as "2026-11-20T08:00:00Z". */
#define NATSONDE_IO_STAMP 24
void natsonde_io_stamp(char out[NATSONDE_IO_STAMP]);
/* "linux", "freebsd", ...: uname in small letters. */
const char *natsonde_io_system(void);

#ifdef __cplusplus
}
#endif

#endif
