/* Private to src/io: ICMP errors about datagrams, where the system shows them to an unconnected socket. */
#ifndef NATSONDE_IO_ICMP_H
#define NATSONDE_IO_ICMP_H

#include <natsonde/door.h>

/* Whether this system shows them at all. */
bool natsonde_io_icmp_is_seen(void);
/* Asks for them on a new UDP socket. */
void natsonde_io_icmp_enable(int fd, uint8_t family);
/* Takes the next one, if there is any: fills event's kind, peer, ICMP fields and bytes, which then stand in buf. */
bool natsonde_io_icmp_receive(int fd, uint8_t *buf, size_t cap, struct natsonde_event *event);

#endif
