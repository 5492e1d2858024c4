#define _DEFAULT_SOURCE
#include "host.h"

#include <ctype.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <natsonde/io.h>

#include "descriptor.h"
#include "device.h"

const char *natsonde_io_system(void)
{
	static char name[32];
	struct utsname system;

	if (uname(&system) < 0)
		return "unknown";
	snprintf(name, sizeof(name), "%.31s", system.sysname);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return name;
}

void natsonde_io_interface_of(const struct natsonde_addr *local, struct natsonde_io_interface *interface)
{
	struct ifaddrs *all;
	struct natsonde_addr addr;

	memset(interface, 0, sizeof(*interface));
	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		if (!i->ifa_addr || !natsonde_io_from_sockaddr(i->ifa_addr, &addr) || !natsonde_addr_same_ip(&addr, local))
			continue;
		snprintf(interface->name, sizeof(interface->name), "%s", i->ifa_name);
		interface->is_tunnel = natsonde_io_device_is_tunnel(interface->name);
		break;
	}
	freeifaddrs(all);
}

bool natsonde_io_has_route(enum natsonde_family family, const struct natsonde_addr *toward)
{
	struct natsonde_addr source;

	/* Any other fault says nothing about routes. */
	return toward->family == family && natsonde_io_source(toward, &source) != NATSONDE_FAULT_NO_ROUTE;
}
