#define _DEFAULT_SOURCE
#include "host.h"

#include <natsonde/io.h>

#ifdef __linux__
#include <stdio.h>

static bool accepts_local(const char *interface)
{
	char path[80];
	int value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/accept_local", interface);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%d", &value) != 1)
		value = 0;
	fclose(file);
	return value != 0;
}

/* Linux takes an IPv4 packet with its own source for a martian and drops it without a trace, whatever rp_filter says, unless
 * accept_local is 1 for all interfaces or for the one that it comes in by; then even rp_filter=1 lets it pass. IPv6 has no such
 * check: seen with veth and Linux 6.18, the packet reaches the socket.
 * Which interface that will be is not known before there is a server. The one that the Internet is reached by, or that was asked
 * for, stands for it: a documentation address (RFC 5737) has no route but the default one, and nothing is sent to it. */
static bool takes_ipv4(const char *interface)
{
	static const struct natsonde_addr far_away = { .family = NATSONDE_IPV4, .port = 9, .ip = { 192, 0, 2, 1 } };
	struct natsonde_io_interface found;
	struct natsonde_addr source;

	if (accepts_local("all"))
		return true;
	if (interface)
		return accepts_local(interface);
	if (natsonde_io_source(&far_away, &source))
		return false;
	natsonde_io_interface_of(&source, &found);
	return found.name[0] && accepts_local(found.name);
}

unsigned natsonde_io_own_source(const char *interface)
{
	return NATSONDE_SEES_OWN_SOURCE_IPV6 | (takes_ipv4(interface) ? NATSONDE_SEES_OWN_SOURCE : 0);
}
#else
/* Not known of other systems. */
unsigned natsonde_io_own_source(const char *interface)
{
	(void)interface;
	return 0;
}
#endif
