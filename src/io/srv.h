/* Private to src/io: which hosts serve a domain, by its SRV records in the DNS (RFC 2782). */
#ifndef NATSONDE_IO_SRV_H
#define NATSONDE_IO_SRV_H

#include <natsonde/io.h>

#define NATSONDE_IO_SRV_HOST 256
#define NATSONDE_IO_SRV_TARGETS 8 /* per service */

struct natsonde_io_srv_target {
	char     host[NATSONDE_IO_SRV_HOST];
	uint16_t port, priority, weight;
};

struct natsonde_io_srv {
	unsigned n;
	struct natsonde_io_srv_target targets[NATSONDE_IO_SRV_TARGETS];
};

/* Whether this program was built with a resolver that can do it; to be called before any thread looks up. */
bool natsonde_io_srv_start(void);

/* Asks for all services at once, and returns when all are answered or until has come. What each one found stands in answers, in
 * the order in which it is to be tried. */
void natsonde_io_srv_look_up(const char *domain, const char *const services[NATSONDE_IO_SERVICES], natsonde_us until,
			     struct natsonde_io_srv answers[NATSONDE_IO_SERVICES]);

#endif
