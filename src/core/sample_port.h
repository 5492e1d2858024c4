/* The ports inside that the sockets of the test of ports take (RFC 4787 section 4.2). */
#ifndef NATSONDE_CORE_SAMPLE_PORT_H
#define NATSONDE_CORE_SAMPLE_PORT_H

#include "want.h"

/* For that NATSONDE_SOCKET_SAMPLE, counted from 1: the same port until this host fails to open a socket of its pair, then another
 * one. 0 if all ports of the plan's range have been used. */
uint16_t natsonde_sample_port(const struct natsonde_want *w, unsigned instance);

#endif
