/* Stand-in: see README.md. lwIP's <sys/socket.h> declares struct ifreq, too, and there is no <net/if.h>. */
#pragma once

#include_next <sys/socket.h>
#include <net/if.h>
