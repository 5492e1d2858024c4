/* SERVER on the command line, in NATSONDE_SERVERS and in files: HOST[:PORT], [IPV6][:PORT] or stun:HOST[:PORT] (RFC 7064); for
 * checks also turn:HOST[:PORT][?transport=udp|tcp] (RFC 7065). */
#ifndef NATSONDE_CLI_TARGET_H
#define NATSONDE_CLI_TARGET_H

#include <natsonde/io.h>

#include "complaint.h"

#define NATSONDE_TARGET_HOST 254 /* the longest name of the DNS (253, RFC 1035 section 3.1 without the root) and the NUL */
#define NATSONDE_STUN_PORT 3478

struct natsonde_target {
	char     host[NATSONDE_TARGET_HOST]; /* name or numeric address, without brackets */
	uint16_t port;
	uint8_t  family;    /* enum natsonde_family of a numeric address, 0 for a name */
	uint8_t  transport; /* enum natsonde_transport, of a TURN server */
	bool     is_turn;
	bool     has_port;  /* it was given, not the default */
};

/* False with *complaint filled, naming text and what is accepted, unless text is a server. */
bool natsonde_target_parse(const char *text, struct natsonde_target *target, struct natsonde_complaint *complaint);

/* What is to be resolved: with the SRV services that a domain may be found by, best first (RFC 5780 section 9.2, RFC 8489 section
 * 8.1, RFC 8656 section 2.1); none for a numeric address, where a port was given, or for a name that is no domain. name->host
 * points into the target. */
void natsonde_target_name(const struct natsonde_target *target, struct natsonde_io_name *name);

#endif
