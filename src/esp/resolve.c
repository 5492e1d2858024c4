/* Names under lwIP: getaddrinfo() gives one address of one family, cannot be stopped, and takes 7 s to give up a name server
 * that stays silent. So it runs in the worker task alone, and what nobody answered is not asked again. */
#include "esp.h"

#include <netdb.h>
#include <sys/socket.h>

#include "io/descriptor.h"
#include "io/host.h"

#define SLOW (3 * NATSONDE_S)

/* What the names of one run have in common. */
struct asking {
	unsigned resolved, enough; /* names */
	bool is_silent[2];         /* nobody answered a question for such addresses in time: IPv4, IPv6 */
	natsonde_us until;
};

static void keep(struct natsonde_io_name *name, const struct natsonde_addr *addr)
{
	unsigned family = addr->family == NATSONDE_IPV6;

	name->addrs[family][0] = *addr;
	name->addrs[family][0].port = name->port;
	name->n[family] = 1;
	name->result = NATSONDE_RESOLVED;
}

/* Whether an address was found. */
static bool look_up(struct natsonde_io_name *name, int family)
{
	const struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	struct natsonde_addr addr;
	bool is_found;

	if (getaddrinfo(name->host, NULL, &hints, &list) != 0 || !list)
		return false;
	is_found = natsonde_io_from_sockaddr(list->ai_addr, &addr);
	if (is_found)
		keep(name, &addr);
	freeaddrinfo(list);
	return is_found;
}

/* A name server, or something on the way to it, that drops questions for IPv6 addresses may answer others. One that is silent to
 * those for IPv4 addresses is not there. */
static void note_silence(struct asking *a, unsigned f)
{
	a->is_silent[1] = true;
	a->is_silent[0] |= f == 0;
}

static enum natsonde_resolution ask_for(struct asking *a, struct natsonde_io_name *name, unsigned f)
{
	static const int families[2] = { AF_INET, AF_INET6 };
	natsonde_us began = natsonde_io_now();

	if (natsonde_io_is_interrupted())
		return NATSONDE_RESOLVE_INTERRUPTED;
	if (a->is_silent[f] || began >= a->until)
		return NATSONDE_RESOLVE_TIMEOUT;
	if (look_up(name, families[f]))
		return NATSONDE_RESOLVED;
	if (natsonde_io_now() - began < SLOW)
		return NATSONDE_RESOLVE_FAILED;
	note_silence(a, f);
	return NATSONDE_RESOLVE_TIMEOUT;
}

static bool is_numeric(const struct natsonde_io_name *name, struct natsonde_addr *addr)
{
	return natsonde_addr_parse_ip(name->host, addr);
}

/* An address of either family will do; without any, what was not answered may be why. */
static void ask(struct asking *a, struct natsonde_io_name *name, unsigned f)
{
	const bool was_resolved = name->result == NATSONDE_RESOLVED;
	enum natsonde_resolution result;

	if (name->is_spare && !was_resolved && a->resolved >= a->enough) {
		name->result = NATSONDE_RESOLVE_NOT_NEEDED;
		return;
	}
	result = ask_for(a, name, f);
	if (!was_resolved && result != NATSONDE_RESOLVE_FAILED)
		name->result = result;
	a->resolved += !was_resolved && result == NATSONDE_RESOLVED;
}

/* All names for one family before any for the other: nobody waits for an answer about IPv6 before IPv4 is known. */
void natsonde_esp_resolve(struct natsonde_io_name *names, unsigned n, const bool wanted[2], natsonde_us until)
{
	struct asking asking = { .until = until };
	struct natsonde_addr addr;

	for (unsigned i = 0; i < n; i++) {
		asking.enough += !names[i].is_spare;
		names[i].n[0] = names[i].n[1] = 0;
		names[i].result = NATSONDE_RESOLVE_FAILED;
		if (!is_numeric(&names[i], &addr))
			continue;
		keep(&names[i], &addr);
		asking.resolved++;
	}
	for (unsigned f = 0; f < 2; f++)
		for (unsigned i = 0; wanted[f] && i < n; i++)
			if (!is_numeric(&names[i], &addr))
				ask(&asking, &names[i], f);
}
