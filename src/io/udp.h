/* Private to src/io: UDP sockets as probes need them (RFC 5780 section 4.1): unconnected, source address pinned. */
#ifndef NATSONDE_IO_UDP_H
#define NATSONDE_IO_UDP_H

#include <natsonde/door.h>

/* As natsonde_door.open; returns the descriptor, or -1 with *fault. */
int natsonde_io_udp_open(const struct natsonde_addr *toward, uint16_t port, struct natsonde_addr *local,
			 enum natsonde_fault *fault);
enum natsonde_fault natsonde_io_udp_send(int fd, const struct natsonde_addr *to, const uint8_t *bytes, size_t len);
/* Takes the next datagram, if there is any, into buf; of a longer one what fits. Fills event's kind, peer and bytes. */
bool natsonde_io_udp_receive(int fd, uint8_t *buf, size_t cap, struct natsonde_event *event);

#endif
