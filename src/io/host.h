/* Private to src/io: the host's clock, chance, routes and interrupt key, which the sockets need on every platform: clock.c is the
 * same everywhere; random.c, source.c and wake.c have a twin in src/esp, own_source.c has none. */
#ifndef NATSONDE_IO_HOST_H
#define NATSONDE_IO_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <natsonde/door.h>

/* Monotonic. */
natsonde_us natsonde_io_now(void);

/* Unpredictable bytes; false if this host has none to give. */
bool natsonde_io_random(uint8_t *out, size_t n);

/* The source address that the route toward a destination uses; its port is 0. No packet is sent. */
enum natsonde_fault natsonde_io_source(const struct natsonde_addr *toward, struct natsonde_addr *source);

/* Which packets that bear an address of this host itself as their source reach a socket: NATSONDE_SEES_OWN_SOURCE, .._IPV6. */
unsigned natsonde_io_own_source(const char *interface);

/* From here on SIGINT is noted, another one more than half a second later kills, and SIGPIPE is ignored. False if there is no
 * descriptor left. */
bool natsonde_io_wake_start(void);
/* SIGINT is again what it was. */
void natsonde_io_wake_stop(void);
/* Readable from the moment SIGINT comes until natsonde_io_wake_take; -1 where nothing can wake: then take it now and again. */
int natsonde_io_wake_descriptor(void);
/* Whether an interrupt came since the last time. */
bool natsonde_io_wake_take(void);

/* A non-blocking pipe that no child inherits. */
bool natsonde_io_pipe(int ends[2]);

#endif
