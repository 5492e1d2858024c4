#define _DEFAULT_SOURCE
#include "icmp.h"

#include <netinet/in.h>

/* Under ESP-IDF the sockets are lwIP's, whatever system the headers are of. */
#if defined(IP_RECVERR) && !defined(ESP_PLATFORM)
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <linux/errqueue.h>

#include "descriptor.h"

bool natsonde_io_icmp_is_seen(void)
{
	return true;
}

void natsonde_io_icmp_enable(int fd, uint8_t family)
{
	const int yes = 1;

	if (family == NATSONDE_IPV6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &yes, sizeof(yes));
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &yes, sizeof(yes));
}

/* Copies the error out of the control data. The type and code matter, not errno: EHOSTUNREACH stands for several. */
static bool find_error(struct msghdr *msg, struct sock_extended_err *error)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		bool is_error = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
				(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);

		if (!is_error)
			continue;
		memcpy(error, CMSG_DATA(c), sizeof(*error));
		return error->ee_origin == SO_EE_ORIGIN_ICMP || error->ee_origin == SO_EE_ORIGIN_ICMP6;
	}
	return false;
}

bool natsonde_io_icmp_receive(int fd, uint8_t *buf, size_t cap, struct natsonde_event *event)
{
	union { struct cmsghdr align; char bytes[256]; } control;
	struct sock_extended_err error;
	struct sockaddr_storage to;
	struct iovec part = { buf, cap };
	struct msghdr msg;
	ssize_t n;

	for (;;) {
		memset(&to, 0, sizeof(to));
		memset(&msg, 0, sizeof(msg));
		msg.msg_name = &to;
		msg.msg_namelen = sizeof(to);
		msg.msg_iov = &part;
		msg.msg_iovlen = 1;
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		n = recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
		if (n < 0)
			return false;
		/* Errors of local origin were send()'s to report. */
		if (find_error(&msg, &error) && natsonde_io_from_sockaddr((const struct sockaddr *)&to, &event->peer))
			break;
	}
	event->kind = NATSONDE_EVENT_ICMP;
	event->icmp_type = error.ee_type;
	event->icmp_code = error.ee_code;
	event->bytes = buf;
	event->len = (size_t)n;
	return true;
}

#else

bool natsonde_io_icmp_is_seen(void)
{
	return false;
}

void natsonde_io_icmp_enable(int fd, uint8_t family)
{
	(void)fd;
	(void)family;
}

bool natsonde_io_icmp_receive(int fd, uint8_t *buf, size_t cap, struct natsonde_event *event)
{
	(void)fd;
	(void)buf;
	(void)cap;
	(void)event;
	return false;
}

#endif
