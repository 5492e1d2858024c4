#define _DEFAULT_SOURCE
#include "tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <natsonde/stun.h>

#include "descriptor.h"
#include "host.h"

enum state { CONNECTING, STANDING, WHOLE, BROKEN, OVER };

struct natsonde_io_stream {
	enum state state;
	int fd;
	struct natsonde_addr peer;
	size_t out_len;
	size_t in_len;   /* bytes received */
	size_t want_len; /* WHOLE: of them the message */
	uint8_t out[256];
	uint8_t in[2048];
};

/* Each of the connections from one port must allow the others. Where the system does not know how, the second does not get the
 * port, which is fault enough. */
static void share_port(int fd)
{
	const int yes = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
#ifdef SO_REUSEPORT
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
#endif
}

static enum natsonde_fault bind_to(const struct natsonde_io_stream *s, uint16_t port)
{
	struct natsonde_addr source;
	enum natsonde_fault fault = port ? natsonde_io_source(&s->peer, &source) : NATSONDE_OK;
	int error;

	if (fault)
		return fault;
	source.port = port;
	if (port)
		share_port(s->fd);
	error = natsonde_io_descriptor_bind(s->fd, s->peer.family, port ? &source : NULL);
	return error ? natsonde_io_fault(error) : NATSONDE_OK;
}

/* A refusal is news about the network and no fault of this host, even if it comes at once. */
static enum natsonde_fault begin(struct natsonde_io_stream *s, uint16_t port)
{
	enum natsonde_fault fault = bind_to(s, port);
	int error;

	if (fault)
		return fault;
	error = natsonde_io_descriptor_connect(s->fd, &s->peer);
	s->state = error == ECONNREFUSED || error == ECONNRESET ? BROKEN : CONNECTING;
	if (s->state == BROKEN || error == EINPROGRESS || error == EINTR)
		return NATSONDE_OK;
	/* What Linux says of a connection that there is already, or that this host still remembers (TIME_WAIT). */
	return error == EADDRNOTAVAIL && port ? NATSONDE_FAULT_PORT_TAKEN : natsonde_io_fault(error);
}

struct natsonde_io_stream *natsonde_io_tcp_open(const struct natsonde_addr *to, uint16_t port, struct natsonde_addr *local,
						enum natsonde_fault *fault)
{
	struct natsonde_io_stream *s = calloc(1, sizeof(*s));

	*fault = NATSONDE_FAULT_NO_SOCKET;
	if (!s)
		return NULL;
	s->fd = natsonde_io_descriptor_open(to->family, SOCK_STREAM, fault);
	if (s->fd < 0) {
		free(s);
		return NULL;
	}
	s->peer = *to;
	*fault = begin(s, port);
	if (*fault) {
		natsonde_io_tcp_close(s);
		return NULL;
	}
	natsonde_io_descriptor_local(s->fd, local);
	return s;
}

void natsonde_io_tcp_close(struct natsonde_io_stream *s)
{
	close(s->fd);
	free(s);
}

static bool is_passing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void flush(struct natsonde_io_stream *s)
{
	ssize_t n;

	if (s->out_len == 0)
		return;
	n = send(s->fd, s->out, s->out_len, 0); /* no SIGPIPE: natsonde_io_start ignores it */
	if (n >= 0) {
		s->out_len -= (size_t)n;
		memmove(s->out, s->out + n, s->out_len);
	} else if (!is_passing(errno)) {
		s->state = BROKEN;
	}
}

enum natsonde_fault natsonde_io_tcp_send(struct natsonde_io_stream *s, const uint8_t *bytes, size_t len)
{
	if (len > sizeof(s->out) - s->out_len)
		return NATSONDE_FAULT_OTHER;
	memcpy(s->out + s->out_len, bytes, len);
	s->out_len += len;
	if (s->state == STANDING)
		flush(s);
	return NATSONDE_OK;
}

int natsonde_io_tcp_descriptor(const struct natsonde_io_stream *s)
{
	return s->fd;
}

short natsonde_io_tcp_wants(const struct natsonde_io_stream *s)
{
	if (s->state == CONNECTING)
		return POLLOUT;
	return s->out_len > 0 ? POLLIN | POLLOUT : POLLIN;
}

bool natsonde_io_tcp_has_news(const struct natsonde_io_stream *s)
{
	return s->state == WHOLE || s->state == BROKEN;
}

bool natsonde_io_tcp_is_over(const struct natsonde_io_stream *s)
{
	return s->state == OVER;
}

static void finish_connect(struct natsonde_io_stream *s)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	s->state = error ? BROKEN : STANDING;
}

static void find_message(struct natsonde_io_stream *s)
{
	if (s->in_len < 4)
		return;
	s->want_len = natsonde_stun_length(s->in, s->in_len);
	if (s->want_len == 0 || s->want_len > sizeof(s->in))
		s->state = BROKEN;
	else if (s->in_len >= s->want_len)
		s->state = WHOLE;
}

static void collect(struct natsonde_io_stream *s)
{
	ssize_t n = recv(s->fd, s->in + s->in_len, sizeof(s->in) - s->in_len, 0);

	if (n > 0) {
		s->in_len += (size_t)n;
		find_message(s);
	} else if (n == 0 || !is_passing(errno)) {
		s->state = BROKEN;
	}
}

bool natsonde_io_tcp_work(struct natsonde_io_stream *s, short revents, struct natsonde_event *event)
{
	if (s->state == CONNECTING && revents)
		finish_connect(s);
	if (s->state == STANDING)
		flush(s);
	if (s->state == STANDING && (revents & ~POLLOUT))
		collect(s);
	if (!natsonde_io_tcp_has_news(s))
		return false;
	event->kind = s->state == WHOLE ? NATSONDE_EVENT_RECEIVED : NATSONDE_EVENT_CLOSED;
	event->peer = s->peer;
	event->bytes = s->state == WHOLE ? s->in : NULL;
	event->len = s->state == WHOLE ? s->want_len : 0;
	s->state = OVER;
	return true;
}
