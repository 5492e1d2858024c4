/* Private to src/io: what systems do differently about network interfaces. */
#ifndef NATSONDE_IO_DEVICE_H
#define NATSONDE_IO_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

/* Lets the socket send and receive through that interface alone. Returns 0, or an errno. */
int natsonde_io_device_bind(int fd, uint8_t family, const char *name);

/* Whether the interface is a VPN or another tunnel. */
bool natsonde_io_device_is_tunnel(const char *name);

#endif
