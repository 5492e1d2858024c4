#define _DEFAULT_SOURCE
#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "device.h"

static struct {
	char interface[NATSONDE_IO_NAME]; /* "" any */
	struct natsonde_addr bind[2];
} origin;

void natsonde_io_descriptor_config(const struct natsonde_io_config *config)
{
	memset(&origin, 0, sizeof(origin));
	if (config->interface)
		strncpy(origin.interface, config->interface, sizeof(origin.interface) - 1);
	memcpy(origin.bind, config->bind, sizeof(origin.bind));
}

static enum natsonde_fault fault_of_socket(int error)
{
	switch (error) {
	case EAFNOSUPPORT: /* a kernel without IPv6 */
		return NATSONDE_FAULT_NO_ROUTE;
	case EACCES:
	case EPERM:
		return NATSONDE_FAULT_DENIED;
	default:
		return NATSONDE_FAULT_NO_SOCKET;
	}
}

/* lwIP can be built without IPv6. Its headers then have nothing of it. */
#ifdef IPV6_V6ONLY
static int refuse_ipv4(int fd)
{
	const int yes = 1;

	return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) < 0 ? errno : 0;
}

static socklen_t to_ipv6(const struct natsonde_addr *addr, struct sockaddr_storage *out)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(addr->port) };

	memcpy(&in6.sin6_addr, addr->ip, sizeof(in6.sin6_addr));
	memcpy(out, &in6, sizeof(in6));
	return sizeof(in6);
}

static bool from_ipv6(const struct sockaddr *in, struct natsonde_addr *addr)
{
	struct sockaddr_in6 in6;

	memcpy(&in6, in, sizeof(in6));
	addr->family = NATSONDE_IPV6;
	addr->port = ntohs(in6.sin6_port);
	memcpy(addr->ip, &in6.sin6_addr, sizeof(in6.sin6_addr));
	return true;
}
#else
static int refuse_ipv4(int fd)
{
	(void)fd;
	return EAFNOSUPPORT;
}

static socklen_t to_ipv6(const struct natsonde_addr *addr, struct sockaddr_storage *out)
{
	(void)addr;
	(void)out;
	return 0;
}

static bool from_ipv6(const struct sockaddr *in, struct natsonde_addr *addr)
{
	(void)in;
	(void)addr;
	return false;
}
#endif

/* 0 or an errno. lwIP does not know SOCK_NONBLOCK; it may know FD_CLOEXEC by name, but has nothing to exec. */
static int prepare(int fd, uint8_t family)
{
	int error = family == NATSONDE_IPV6 ? refuse_ipv4(fd) : 0;

	if (error)
		return error;
#ifdef FD_CLOEXEC
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return errno;
	return origin.interface[0] ? natsonde_io_device_bind(fd, family, origin.interface) : 0;
}

int natsonde_io_descriptor_open(uint8_t family, int type, enum natsonde_fault *fault)
{
	int fd = socket(family == NATSONDE_IPV6 ? AF_INET6 : AF_INET, type, 0);
	int error;

	if (fd < 0) {
		*fault = fault_of_socket(errno);
		return -1;
	}
	error = prepare(fd, family);
	*fault = error ? natsonde_io_fault(error) : NATSONDE_OK;
	if (error) {
		close(fd);
		return -1;
	}
	return fd;
}

int natsonde_io_descriptor_bind(int fd, uint8_t family, const struct natsonde_addr *address)
{
	struct sockaddr_storage sa;
	socklen_t len;

	if (!address)
		address = &origin.bind[family == NATSONDE_IPV6];
	if (address->family == NATSONDE_NO_FAMILY)
		return 0;
	len = natsonde_io_to_sockaddr(address, &sa);
	return bind(fd, (const struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

int natsonde_io_descriptor_connect(int fd, const struct natsonde_addr *to)
{
	struct sockaddr_storage sa;
	socklen_t len = natsonde_io_to_sockaddr(to, &sa);

	if (connect(fd, (const struct sockaddr *)&sa, len) == 0)
		return 0;
	/* Linux: a loopback source cannot leave the host, or the route is a black hole. */
	return errno == EINVAL ? ENETUNREACH : errno;
}

void natsonde_io_descriptor_local(int fd, struct natsonde_addr *local)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	memset(local, 0, sizeof(*local));
	if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0)
		natsonde_io_from_sockaddr((const struct sockaddr *)&sa, local);
}

socklen_t natsonde_io_to_sockaddr(const struct natsonde_addr *addr, struct sockaddr_storage *out)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(addr->port) };

	memset(out, 0, sizeof(*out));
	if (addr->family == NATSONDE_IPV6)
		return to_ipv6(addr, out);
	memcpy(&in4.sin_addr, addr->ip, sizeof(in4.sin_addr));
	memcpy(out, &in4, sizeof(in4));
	return sizeof(in4);
}

bool natsonde_io_from_sockaddr(const struct sockaddr *in, struct natsonde_addr *addr)
{
	struct sockaddr_in in4;

	memset(addr, 0, sizeof(*addr));
	if (in->sa_family == AF_INET6)
		return from_ipv6(in, addr);
	if (in->sa_family != AF_INET)
		return false;
	memcpy(&in4, in, sizeof(in4));
	addr->family = NATSONDE_IPV4;
	addr->port = ntohs(in4.sin_port);
	memcpy(addr->ip, &in4.sin_addr, sizeof(in4.sin_addr));
	return true;
}

enum natsonde_fault natsonde_io_fault(int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK)
		return NATSONDE_FAULT_BUSY;
	switch (error) {
	case ENOBUFS:
	case ENOMEM:
	case ECONNREFUSED: /* on an unconnected socket only ever an old ICMP error: nothing was sent, nothing is wrong here */
		return NATSONDE_FAULT_BUSY;
	case EADDRINUSE:
		return NATSONDE_FAULT_PORT_TAKEN;
	case EMFILE:
	case ENFILE:
		return NATSONDE_FAULT_NO_SOCKET;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return NATSONDE_FAULT_NO_ROUTE;
	case EPERM:
	case EACCES:
		return NATSONDE_FAULT_DENIED;
	case ENODEV:
	case ENXIO:
		return NATSONDE_FAULT_NO_INTERFACE;
	default:
		return NATSONDE_FAULT_OTHER;
	}
}
