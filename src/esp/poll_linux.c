/* poll() for ESP-IDF's linux target: there lwIP wraps select(), read(), write(), fcntl() and close(), but poll() stays the
 * host's. On a chip poll() is made of select() by ESP-IDF itself. src/io/sockets.c calls this instead (CMakeLists.txt). */
#include <stddef.h>
#include <sys/poll.h>
#include <sys/select.h>
#include <sys/socket.h>

int natsonde_esp_poll(struct pollfd *fds, nfds_t n, int timeout_ms);

static short ready(const struct pollfd *p, const fd_set *in, const fd_set *out, const fd_set *error)
{
	int events = 0;

	if (p->fd < 0)
		return 0;
	events |= FD_ISSET(p->fd, in) ? POLLIN : 0;
	events |= FD_ISSET(p->fd, out) ? POLLOUT : 0;
	events |= FD_ISSET(p->fd, error) ? POLLERR : 0;
	return (short)events;
}

int natsonde_esp_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct timeval timeout = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	fd_set in, out, error;
	int top = -1, count;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&error);
	for (nfds_t i = 0; i < n; i++) {
		fds[i].revents = 0;
		if (fds[i].fd < 0)
			continue;
		if (fds[i].events & POLLIN)
			FD_SET(fds[i].fd, &in);
		if (fds[i].events & POLLOUT)
			FD_SET(fds[i].fd, &out);
		FD_SET(fds[i].fd, &error);
		top = fds[i].fd > top ? fds[i].fd : top;
	}
	count = select(top + 1, &in, &out, &error, timeout_ms < 0 ? NULL : &timeout);
	for (nfds_t i = 0; count > 0 && i < n; i++)
		fds[i].revents = ready(&fds[i], &in, &out, &error);
	return count;
}
