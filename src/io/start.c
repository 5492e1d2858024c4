#define _DEFAULT_SOURCE
#include <natsonde/io.h>

#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sys/resource.h>
#include <unistd.h>

#include "descriptor.h"
#include "host.h"
#include "sockets.h"

/* Descriptors that are taken beside the slots once the door is open: the one that asks for routes, a report's, and what the
 * resolver takes. */
#define OTHER_DESCRIPTORS 7

/* As many as are free: whoever started us may have left us some of his own. Looks no further than it must. */
static unsigned max_open(void)
{
	const unsigned wanted = NATSONDE_IO_SOCKETS + OTHER_DESCRIPTORS;
	struct rlimit limit;
	unsigned n_free = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return NATSONDE_IO_SOCKETS;
	for (int fd = 0; (rlim_t)fd < limit.rlim_cur && fd < INT_MAX && n_free < wanted; fd++)
		n_free += fcntl(fd, F_GETFD) < 0;
	return n_free < 3 + OTHER_DESCRIPTORS ? 3 : n_free - OTHER_DESCRIPTORS;
}

/* Tries it on a socket of that family: an address of another host cannot be bound to, and an interface may be denied. */
static enum natsonde_fault try_origin(uint8_t family, const struct natsonde_addr *bind)
{
	enum natsonde_fault fault;
	struct natsonde_addr any_port = *bind;
	int fd = natsonde_io_descriptor_open(family, SOCK_DGRAM, &fault);

	if (fd < 0)
		return fault;
	any_port.port = 0;
	if (bind->family && natsonde_io_descriptor_bind(fd, family, &any_port))
		fault = NATSONDE_FAULT_NO_INTERFACE;
	close(fd);
	return fault;
}

static enum natsonde_fault check_origin(const struct natsonde_io_config *config)
{
	if (config->interface && if_nametoindex(config->interface) == 0)
		return NATSONDE_FAULT_NO_INTERFACE;
	for (int i = 0; i < 2; i++) {
		const struct natsonde_addr *bind = &config->bind[i];
		uint8_t family = i ? NATSONDE_IPV6 : NATSONDE_IPV4;
		enum natsonde_fault fault = try_origin(family, bind);

		/* The system lets a datagram socket bind to a multicast address. */
		if (bind->family && (bind->family != family || natsonde_addr_is_not_unicast(bind)))
			return NATSONDE_FAULT_NO_INTERFACE;
		if (fault == NATSONDE_FAULT_NO_ROUTE && !bind->family)
			continue; /* a host without that family is no reason to refuse the other */
		if (fault)
			return fault == NATSONDE_FAULT_NO_ROUTE ? NATSONDE_FAULT_NO_INTERFACE : fault;
	}
	return NATSONDE_OK;
}

bool natsonde_io_start(const struct natsonde_io_config *config, struct natsonde_door *door, enum natsonde_fault *fault)
{
	uint8_t chance;

	natsonde_io_descriptor_config(config);
	*fault = check_origin(config);
	if (!*fault && !natsonde_io_random(&chance, 1))
		*fault = NATSONDE_FAULT_OTHER;
	if (!*fault && !natsonde_io_wake_start())
		*fault = NATSONDE_FAULT_NO_SOCKET;
	if (!*fault && !natsonde_io_sockets_door(door)) {
		natsonde_io_wake_stop();
		*fault = NATSONDE_FAULT_NO_SOCKET;
	}
	if (!*fault) {
		door->max_open = max_open();
		door->sees |= NATSONDE_SEES_FRAGMENTS; /* any kernel puts them together */
		door->sees |= natsonde_io_own_source(config->interface);
	}
	return *fault == NATSONDE_OK;
}

void natsonde_io_stop(void)
{
	natsonde_io_sockets_close_all();
	natsonde_io_wake_stop();
}
