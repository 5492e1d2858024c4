/* Private to src/io: new sockets, addresses as the system writes them, and what its errors mean. */
#ifndef NATSONDE_IO_DESCRIPTOR_H
#define NATSONDE_IO_DESCRIPTOR_H

#include <natsonde/io.h>
#include <natsonde/posix.h>

/* Where sockets made from now on send from. Copied. */
void natsonde_io_descriptor_config(const struct natsonde_io_config *config);

/* A non-blocking socket on the interface asked for; -1 with *fault. type is SOCK_DGRAM or SOCK_STREAM. */
int natsonde_io_descriptor_open(uint8_t family, int type, enum natsonde_fault *fault);

/* Binds to an address, or to the source address asked for if address is NULL (then nothing happens without one).
 * Returns 0, or an errno. */
int natsonde_io_descriptor_bind(int fd, uint8_t family, const struct natsonde_addr *address);

/* Returns 0, or an errno: EINPROGRESS for a stream that does not stand yet. */
int natsonde_io_descriptor_connect(int fd, const struct natsonde_addr *to);

/* The address that the socket is bound to. */
void natsonde_io_descriptor_local(int fd, struct natsonde_addr *local);

#endif
