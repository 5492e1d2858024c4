/* Names under lwIP: getaddrinfo() gives one address of one family, cannot be stopped, and takes 7 s to give up a name server
 * that stays silent. So it runs in the worker task alone, and is not asked again once it was that slow. */
#include <netdb.h>
#include <sys/socket.h>

#include <natsonde/io.h>

#include "io/descriptor.h"
#include "io/host.h"

#define SLOW (3 * NATSONDE_S)

static void keep(struct natsonde_io_name *name, const struct natsonde_addr *addr)
{
	unsigned family = addr->family == NATSONDE_IPV6;

	name->addrs[family][0] = *addr;
	name->addrs[family][0].port = name->port;
	name->n[family] = 1;
	name->result = NATSONDE_RESOLVED;
}

static void look_up(struct natsonde_io_name *name, int family)
{
	const struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	struct natsonde_addr addr;

	if (getaddrinfo(name->host, NULL, &hints, &list) != 0 || !list)
		return;
	if (natsonde_io_from_sockaddr(list->ai_addr, &addr))
		keep(name, &addr);
	freeaddrinfo(list);
}

/* False if the name server took so long that asking again is pointless. */
static bool resolve(struct natsonde_io_name *name)
{
	static const int families[2] = { AF_INET, AF_INET6 };
	natsonde_us began = natsonde_io_now();

	name->result = NATSONDE_RESOLVE_FAILED;
	for (unsigned f = 0; f < 2 && natsonde_io_now() - began < SLOW; f++)
		look_up(name, families[f]);
	return name->result == NATSONDE_RESOLVED || natsonde_io_now() - began < SLOW;
}

void natsonde_io_resolve(struct natsonde_io_name *names, unsigned n, natsonde_us until)
{
	unsigned resolved = 0, wanted = 0;
	bool has_hope = true;

	for (unsigned i = 0; i < n; i++)
		wanted += !names[i].is_spare;
	for (unsigned i = 0; i < n; resolved += names[i++].result == NATSONDE_RESOLVED) {
		struct natsonde_addr addr;

		names[i].n[0] = names[i].n[1] = 0;
		if (names[i].is_spare && resolved >= wanted)
			names[i].result = NATSONDE_RESOLVE_NOT_NEEDED;
		else if (natsonde_addr_parse_ip(names[i].host, &addr))
			keep(&names[i], &addr);
		else if (natsonde_io_is_interrupted())
			names[i].result = NATSONDE_RESOLVE_INTERRUPTED;
		else if (!has_hope || natsonde_io_now() >= until)
			names[i].result = NATSONDE_RESOLVE_TIMEOUT;
		else
			has_hope = resolve(&names[i]);
	}
}
