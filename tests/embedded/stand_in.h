/* The host's side of idf-headers: what a test sets up, and what it can look at afterwards. */
#ifndef NATSONDE_TESTS_STAND_IN_H
#define NATSONDE_TESTS_STAND_IN_H

#include "esp_console.h"
#include "esp_event.h"
#include "esp_netif.h"

#include <natsonde/addr.h>

/* The addresses of the one interface; NULL: none of that family. A device without any is down. */
void stand_in_addresses(const struct natsonde_addr *ip4, const struct natsonde_addr *ip6);

/* From now on that interface has as many IPv6 addresses as lwIP has room for, or no others again. */
void stand_in_fill_ip6(bool is_full);
/* From now on that interface has no name in the network stack, so that nothing can be bound to it; or has one again. */
void stand_in_refuse_interface(bool is_refused);

/* Tasks that have been made and have not ended: a session that has ended leaves none. */
unsigned stand_in_tasks(void);
/* From now on no task can be made, or can be again. */
void stand_in_refuse_tasks(bool is_refused);
/* The stack, in bytes, that the last task was made with. */
uint32_t stand_in_stack(void);

/* What was posted last, and how many events were. */
struct stand_in_event {
	unsigned count;
	esp_event_base_t base;
	int32_t id;
	size_t size;
	uint8_t data[512];
};
const struct stand_in_event *stand_in_event(void);
/* What is called when one is posted, on the task that does; NULL: nothing. A queue that is full takes none. */
void stand_in_handle_event(void (*handler)(void));
void stand_in_fill_queue(bool is_full);
/* Warnings in the log, so far. */
unsigned stand_in_warnings(void);

/* The command that was registered; NULL: none. */
const esp_console_cmd_t *stand_in_command(void);

#endif
