#include "firmware.h"

/* The namespace has its interface already. */
void firmware_network(const char *ip4, const char *ip6)
{
	(void)ip4;
	(void)ip6;
}

void firmware_network_end(void)
{
}
