/* What firmware.c needs of the network stack beneath it: the kernel's (kernel_net.c) or lwIP (lwip_net.c). */
#ifndef NATSONDE_TESTS_FIRMWARE_H
#define NATSONDE_TESTS_FIRMWARE_H

/* Brings the interface up with these addresses; "-" for none. */
void firmware_network(const char *ip4, const char *ip6);
/* Says on stderr what the network did beyond what the program saw. */
void firmware_network_end(void);

#endif
