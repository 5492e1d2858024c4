/* For event loops of one's own on POSIX sockets: addresses and errors as the system writes them. Pure functions, no I/O. */
#ifndef NATSONDE_POSIX_H
#define NATSONDE_POSIX_H

#include <sys/socket.h>

#include <natsonde/door.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the length to hand to the system. */
socklen_t natsonde_io_to_sockaddr(const struct natsonde_addr *addr, struct sockaddr_storage *out);
/* False, with *addr zero, if it is neither IPv4 nor IPv6. */
bool natsonde_io_from_sockaddr(const struct sockaddr *in, struct natsonde_addr *addr);

/* What an errno of bind, connect, send or setsockopt means. */
enum natsonde_fault natsonde_io_fault(int error);

#ifdef __cplusplus
}
#endif

#endif
