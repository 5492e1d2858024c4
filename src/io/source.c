#define _DEFAULT_SOURCE
#include "host.h"

#include <sys/socket.h>
#include <unistd.h>

#include "descriptor.h"

/* A wildcard socket may change its source address between destinations and then looks like a NAT. The probe sockets must
 * stay unconnected, so a second one is connected to learn what the route uses. */
enum natsonde_fault natsonde_io_source(const struct natsonde_addr *toward, struct natsonde_addr *source)
{
	enum natsonde_fault fault;
	int fd = natsonde_io_descriptor_open(toward->family, SOCK_DGRAM, &fault);
	int error;

	if (fd < 0)
		return fault;
	error = natsonde_io_descriptor_bind(fd, toward->family, NULL);
	if (!error)
		error = natsonde_io_descriptor_connect(fd, toward);
	natsonde_io_descriptor_local(fd, source);
	source->port = 0;
	close(fd);
	return error ? natsonde_io_fault(error) : NATSONDE_OK;
}
