/* Private to src/io: one STUN exchange over TCP (RFC 8489 section 6.2.2), without ever blocking. */
#ifndef NATSONDE_IO_TCP_H
#define NATSONDE_IO_TCP_H

#include <natsonde/door.h>

struct natsonde_io_stream;

/* Begins to connect, as natsonde_door.open. NULL with *fault if that is impossible (NATSONDE_FAULT_PORT_TAKEN: also if that very
 * connection stands, or ended a moment ago); a refusal is told by natsonde_io_tcp_work. */
struct natsonde_io_stream *natsonde_io_tcp_open(const struct natsonde_addr *to, uint16_t port, struct natsonde_addr *local,
						enum natsonde_fault *fault);
void natsonde_io_tcp_close(struct natsonde_io_stream *s);
/* Keeps the bytes until the connection stands and takes them. */
enum natsonde_fault natsonde_io_tcp_send(struct natsonde_io_stream *s, const uint8_t *bytes, size_t len);

int natsonde_io_tcp_descriptor(const struct natsonde_io_stream *s);
/* What to poll for, as poll's events. */
short natsonde_io_tcp_wants(const struct natsonde_io_stream *s);
/* Whether there is an event to fetch, whatever poll says. */
bool natsonde_io_tcp_has_news(const struct natsonde_io_stream *s);
/* Whether the one event has been fetched: nothing will happen any more, do not poll. */
bool natsonde_io_tcp_is_over(const struct natsonde_io_stream *s);
/* Does what poll's revents allow. True if event (RECEIVED or CLOSED) was filled; its bytes are valid until the close. */
bool natsonde_io_tcp_work(struct natsonde_io_stream *s, short revents, struct natsonde_event *event);

#endif
