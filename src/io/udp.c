#define _DEFAULT_SOURCE
#include "udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptor.h"
#include "host.h"
#include "icmp.h"

/* Linux sets DF unless told otherwise; other systems do not, and IPv6 has none: who sends fragments, if he must. */
static void clear_df(int fd, uint8_t family)
{
#if defined(IP_MTU_DISCOVER) && !defined(ESP_PLATFORM) /* the sockets of ESP-IDF are lwIP's, whatever system the headers are of */
	const int never = IP_PMTUDISC_DONT;

	if (family == NATSONDE_IPV4)
		(void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof(never));
#else
	(void)fd;
	(void)family;
#endif
}

int natsonde_io_udp_open(const struct natsonde_addr *toward, uint16_t port, struct natsonde_addr *local,
			 enum natsonde_fault *fault)
{
	int fd, error;

	*fault = natsonde_io_source(toward, local);
	if (*fault)
		return -1;
	fd = natsonde_io_descriptor_open(toward->family, SOCK_DGRAM, fault);
	if (fd < 0)
		return -1;
	local->port = port;
	error = natsonde_io_descriptor_bind(fd, toward->family, local);
	if (error) {
		*fault = natsonde_io_fault(error);
		close(fd);
		return -1;
	}
	clear_df(fd, toward->family);
	natsonde_io_icmp_enable(fd, toward->family);
	natsonde_io_descriptor_local(fd, local);
	return fd;
}

/* An ICMP error that came meanwhile fails the next call once, whatever its destination; that call then did nothing. */
enum natsonde_fault natsonde_io_udp_send(int fd, const struct natsonde_addr *to, const uint8_t *bytes, size_t len)
{
	struct sockaddr_storage sa;
	socklen_t sa_len = natsonde_io_to_sockaddr(to, &sa);

	for (int tries = 0; tries < 2; tries++)
		if (sendto(fd, bytes, len, 0, (const struct sockaddr *)&sa, sa_len) >= 0)
			return NATSONDE_OK;
	return natsonde_io_fault(errno);
}

/* An old error may fail this too; the datagram is then still there at the next poll(). */
bool natsonde_io_udp_receive(int fd, uint8_t *buf, size_t cap, struct natsonde_event *event)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, buf, cap, 0, (struct sockaddr *)&from, &len);

	if (n < 0 || !natsonde_io_from_sockaddr((const struct sockaddr *)&from, &event->peer))
		return false;
	event->kind = NATSONDE_EVENT_RECEIVED;
	event->bytes = buf;
	event->len = (size_t)n;
	return true;
}
