/* Private to src/io: the door's slots, the same for POSIX systems and lwIP. */
#ifndef NATSONDE_IO_SOCKETS_H
#define NATSONDE_IO_SOCKETS_H

#include <natsonde/door.h>

/* Sockets that there is memory for: all slots, or those that a device can spare at a time, as lwIP has ten for all. */
#ifdef ESP_PLATFORM
#define NATSONDE_IO_SOCKETS 3
#else
#define NATSONDE_IO_SOCKETS NATSONDE_DOOR_SLOTS
#endif

/* Fills the door's context and functions, and NATSONDE_SEES_ICMP; not max_open. False if there is no memory. */
bool natsonde_io_sockets_door(struct natsonde_door *door);
/* Closes the sockets and frees the memory. */
void natsonde_io_sockets_close_all(void);

#endif
