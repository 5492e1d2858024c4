/* Private to src/esp. */
#ifndef NATSONDE_ESP_PRIVATE_H
#define NATSONDE_ESP_PRIVATE_H

#include "natsonde_esp.h"

#include <natsonde/io.h>

#include "shared/servers.h"

/* As long as --max-lifetime may be (src/cli). */
#define NATSONDE_ESP_LIFETIME_MAX_S 3600

/* lwIP's own name of an interface: two letters, a number, the NUL. */
#define NATSONDE_ESP_NETIF_NAME 6

/* Whether lwIP puts fragments together, over every family that it speaks; by default it does not. */
#if CONFIG_LWIP_IP4_REASSEMBLY && (CONFIG_LWIP_IP6_REASSEMBLY || !CONFIG_LWIP_IPV6)
#define NATSONDE_ESP_JOINS_FRAGMENTS true
#else
#define NATSONDE_ESP_JOINS_FRAGMENTS false
#endif

/* Where natsonde_io_start will send from: NULL for the default interface. Until the next call. */
void natsonde_esp_use_netif(esp_netif_t *netif);
/* The interface in use; NULL if there is none. */
esp_netif_t *natsonde_esp_netif(void);

/* What this platform can show: NATSONDE_SEES_... (door.h). */
unsigned natsonde_esp_sees(void);

/* Whether the run that is under way is asked to end. */
bool natsonde_esp_must_stop(void);

/* As natsonde_io_resolve, but asks for addresses of these families alone (IPv4, IPv6). A name that nobody answered a question about
 * is NATSONDE_RESOLVE_TIMEOUT. */
void natsonde_esp_resolve(struct natsonde_io_name *names, unsigned n, const bool wanted[2], natsonde_us until);

/* What a reader of the report has to know of this device: versions, limits, power saving. */
#define NATSONDE_ESP_ABOUT 272
void natsonde_esp_about(char *out, size_t cap);

/* All that one run works with, from the heap. */
struct natsonde_esp_run;
/* NULL without memory. config is read until natsonde_esp_run_free. */
struct natsonde_esp_run *natsonde_esp_run_new(const natsonde_task_config_t *config);
void natsonde_esp_run_free(struct natsonde_esp_run *run);
/* The whole discovery: opens the door, asks, closes it, judges. */
void natsonde_esp_run_discover(struct natsonde_esp_run *run);
/* Final after natsonde_esp_run_discover. */
const struct natsonde_report *natsonde_esp_run_report(const struct natsonde_esp_run *run);
void natsonde_esp_run_result(const struct natsonde_esp_run *run, natsonde_task_result_t *result);

/* The servers of a list "HOST[:PORT] ...", by blanks or commas. Too large for a task's stack. */
struct natsonde_esp_servers {
	unsigned n;
	unsigned n_wanted; /* those behind them take the place of one that fails */
	struct natsonde_target targets[NATSONDE_SERVERS_MAX];
	struct natsonde_complaint complaint;
};
/* False with the complaint filled if any of them cannot be read. */
bool natsonde_esp_servers_parse(const char *list, struct natsonde_esp_servers *servers);

#endif
