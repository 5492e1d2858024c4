#define _DEFAULT_SOURCE
#include "device.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#ifndef ESP_PLATFORM /* lwIP declares what it knows of interfaces in <sys/socket.h>, on whatever ESP-IDF runs */
#include <net/if.h>
#ifdef __linux__
#define HAS_LINUX_DEVICES
#endif
#endif
#ifdef HAS_LINUX_DEVICES
#include <net/if_arp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
#endif

#include <natsonde/addr.h>

#ifdef SO_BINDTODEVICE
int natsonde_io_device_bind(int fd, uint8_t family, const char *name)
{
	struct ifreq request; /* Linux would take the bare name, lwIP wants the struct */

	(void)family;
	memset(&request, 0, sizeof(request));
	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, &request, sizeof(request)) < 0 ? errno : 0;
}
#elif defined(IP_BOUND_IF)
int natsonde_io_device_bind(int fd, uint8_t family, const char *name)
{
	unsigned index = if_nametoindex(name);
	bool is_ipv6 = family == NATSONDE_IPV6;

	return setsockopt(fd, is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, is_ipv6 ? IPV6_BOUND_IF : IP_BOUND_IF,
			  &index, sizeof(index)) < 0 ? errno : 0;
}
#else
int natsonde_io_device_bind(int fd, uint8_t family, const char *name)
{
	(void)fd;
	(void)family;
	(void)name;
	return EPERM;
}
#endif

#ifdef HAS_LINUX_DEVICES
static bool has_entry(const char *name, const char *entry)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, entry);
	return access(path, F_OK) == 0;
}

/* The ARPHRD_ number, asked of the kernel: /sys may show another network namespace. 0 if it does not tell. */
static unsigned hardware_type(const char *name)
{
	struct ifreq request;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned type = 0;

	memset(&request, 0, sizeof(request));
	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (fd >= 0 && ioctl(fd, SIOCGIFHWADDR, &request) == 0)
		type = request.ifr_hwaddr.sa_family;
	if (fd >= 0)
		close(fd);
	return type;
}

bool natsonde_io_device_is_tunnel(const char *name)
{
	enum { NO_HEADER = 0xFFFE, IP6_GRE = 823 }; /* ARPHRD_NONE (tun, WireGuard, xfrm), ARPHRD_IP6GRE: not in glibc's list */

	switch (hardware_type(name)) {
	case NO_HEADER:
		return !has_entry(name, "device"); /* so are mobile modems in raw IP mode, but those have hardware behind them */
	case ARPHRD_PPP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case IP6_GRE:
		return true;
	default:
		return has_entry(name, "tun_flags"); /* tap looks like Ethernet */
	}
}
#else
bool natsonde_io_device_is_tunnel(const char *name)
{
	static const char *const prefixes[] = { "tun", "tap", "wg", "ppp", "utun", "ipsec", "gif", "gre" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}
#endif
