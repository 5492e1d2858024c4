/* The one door to the world: what a driver needs of sockets, clock and chance. src/io implements it over real sockets,
 * src/sim over a virtual network in virtual time; a caller with an event loop of its own needs neither.
 *
 * Sockets are slots that the caller numbers from 0 to NATSONDE_DOOR_SLOTS - 1. */
#ifndef NATSONDE_DOOR_H
#define NATSONDE_DOOR_H

#include <natsonde/addr.h>
#include <natsonde/time.h>

#define NATSONDE_DOOR_SLOTS 64

/* Why the local side could not do as asked. None of these says anything about the network beyond this host. */
enum natsonde_fault {
	NATSONDE_OK,
	NATSONDE_FAULT_BUSY,         /* no buffer now (ENOBUFS, ENOMEM, EAGAIN): repeat later */
	NATSONDE_FAULT_PORT_TAKEN,   /* EADDRINUSE: draw another port */
	NATSONDE_FAULT_NO_SOCKET,    /* no descriptor or memory left */
	NATSONDE_FAULT_NO_ROUTE,     /* ENETUNREACH, EHOSTUNREACH without ICMP, EADDRNOTAVAIL */
	NATSONDE_FAULT_DENIED,       /* EPERM, EACCES: this host's own firewall or rights */
	NATSONDE_FAULT_NO_INTERFACE, /* the interface or address asked for does not exist */
	NATSONDE_FAULT_OTHER,
	NATSONDE_FAULTS
};

enum natsonde_transport { NATSONDE_UDP, NATSONDE_TCP };

/* What became known while waiting. */
enum natsonde_event_kind {
	NATSONDE_EVENT_NONE,      /* the time asked for has come */
	NATSONDE_EVENT_RECEIVED,  /* bytes came from peer: a UDP datagram, or one whole STUN message over TCP */
	NATSONDE_EVENT_ICMP,      /* an ICMP error about a datagram that this slot had sent to peer */
	NATSONDE_EVENT_CLOSED,    /* TCP only: the connection failed or ended without a whole message */
	NATSONDE_EVENT_INTERRUPT  /* the user wants the run to end (SIGINT) */
};

struct natsonde_event {
	enum natsonde_event_kind kind;
	unsigned slot;
	struct natsonde_addr peer; /* RECEIVED: the source; ICMP: where the datagram was going */
	uint8_t  icmp_type;        /* ICMPv4 or ICMPv6, by the family of peer */
	uint8_t  icmp_code;
	const uint8_t *bytes;      /* RECEIVED: the message; ICMP: what was quoted of the UDP payload. Valid until the next wait() */
	size_t   len;
};

/* What this platform cannot see is said, not guessed. */
enum {
	NATSONDE_SEES_ICMP = 1,       /* ICMP errors reach the door */
	NATSONDE_SEES_OWN_SOURCE = 2, /* so do IPv4 packets that bear this host's own address as their source (Linux: accept_local) */
	NATSONDE_SEES_FRAGMENTS = 4,  /* datagrams larger than a packet are put together again */
	NATSONDE_SEES_OWN_SOURCE_IPV6 = 8 /* as OWN_SOURCE, for IPv6 */
};

struct natsonde_door {
	void    *ctx;      /* handed to every function below */
	unsigned sees;     /* NATSONDE_SEES_... */
	unsigned max_open; /* slots that may be open at once; at least 3 */

	natsonde_us (*now)(void *ctx);
	/* Fills out with n unpredictable bytes. */
	void (*random)(void *ctx, uint8_t *out, size_t n);
	/* UDP: opens an unconnected socket, bound to the source address that the route toward that destination uses and to the
	 * given local port (0: the system's choice), and writes both into *local. TCP: begins to connect, from that local port
	 * if one is given: several connections, to different destinations, may have the same. */
	enum natsonde_fault (*open)(void *ctx, unsigned slot, enum natsonde_transport transport,
				    const struct natsonde_addr *toward, uint16_t port, struct natsonde_addr *local);
	void (*close)(void *ctx, unsigned slot);
	/* UDP: sends one datagram, in fragments if it must (DF is clear). TCP: sends bytes as soon as the connection stands. */
	enum natsonde_fault (*send)(void *ctx, unsigned slot, const struct natsonde_addr *to, const uint8_t *bytes, size_t len);
	/* Returns with the next event, at the latest when now() has reached until (then kind is NATSONDE_EVENT_NONE). */
	void (*wait)(void *ctx, natsonde_us until, struct natsonde_event *event);
};

#endif
