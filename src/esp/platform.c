/* What src/io leaves to the platform, for lwIP under ESP-IDF: chance, routes, interrupts, and opening the door. */
#include "esp.h"

#include <string.h>

#include "esp_netif.h"
#include "esp_random.h"

#include "io/descriptor.h"
#include "io/host.h"
#include "io/sockets.h"

static esp_netif_t *wanted;
static bool has_told; /* that the run is to end */

void natsonde_esp_use_netif(esp_netif_t *netif)
{
	wanted = netif;
}

esp_netif_t *natsonde_esp_netif(void)
{
	return wanted ? wanted : esp_netif_get_default_netif();
}

bool natsonde_io_random(uint8_t *out, size_t n)
{
	esp_fill_random(out, n);
	return true;
}

static bool find_ip4(esp_netif_t *netif, struct natsonde_addr *source)
{
	esp_netif_ip_info_t info;

	if (esp_netif_get_ip_info(netif, &info) != ESP_OK || info.ip.addr == 0)
		return false;
	source->family = NATSONDE_IPV4;
	memcpy(source->ip, &info.ip.addr, 4);
	return true;
}

#if CONFIG_LWIP_IPV6
/* Addresses of an interface: esp_netif_get_all_ip6() is not told how many there is room for. */
#ifdef CONFIG_LWIP_IPV6_NUM_ADDRESSES
#define IP6_MAX CONFIG_LWIP_IPV6_NUM_ADDRESSES
#else
#define IP6_MAX 8
#endif

/* Of several the one that reaches as far as the destination: the same prefix, else global before unique local. In the second or
 * so in which an address is looked for elsewhere on the link (DAD), ESP-IDF v5.1 tells it already; later versions do not. */
static bool find_ip6(esp_netif_t *netif, const struct natsonde_addr *toward, struct natsonde_addr *source)
{
	esp_ip6_addr_t all[IP6_MAX];
	int n = esp_netif_get_all_ip6(netif, all), best = 0;

	for (int i = 0; i < n && i < IP6_MAX; i++) {
		struct natsonde_addr addr = { .family = NATSONDE_IPV6 };
		int rank;

		memcpy(addr.ip, all[i].addr, sizeof(addr.ip));
		if (addr.ip[0] == 0xfe && natsonde_addr_is_private(&addr))
			continue; /* link-local: answers from elsewhere could not come back */
		rank = natsonde_addr_is_private(&addr) ? 1 : 2;
		if (memcmp(addr.ip, toward->ip, 8) == 0)
			rank = 3;
		if (rank <= best)
			continue;
		best = rank;
		*source = addr;
	}
	return best > 0;
}
#else
static bool find_ip6(esp_netif_t *netif, const struct natsonde_addr *toward, struct natsonde_addr *source)
{
	(void)netif;
	(void)toward;
	(void)source;
	return false;
}
#endif

/* lwIP's connect() fixes no source address, so the interface is asked instead of the route. */
enum natsonde_fault natsonde_io_source(const struct natsonde_addr *toward, struct natsonde_addr *source)
{
	esp_netif_t *netif = natsonde_esp_netif();
	bool is_found;

	memset(source, 0, sizeof(*source));
	if (!netif || !esp_netif_is_netif_up(netif))
		return NATSONDE_FAULT_NO_ROUTE;
	is_found = toward->family == NATSONDE_IPV6 ? find_ip6(netif, toward, source) : find_ip4(netif, source);
	return is_found ? NATSONDE_OK : NATSONDE_FAULT_NO_ROUTE;
}

bool natsonde_io_has_route(enum natsonde_family family, const struct natsonde_addr *toward)
{
	struct natsonde_addr source;

	return toward->family == family && natsonde_io_source(toward, &source) != NATSONDE_FAULT_NO_ROUTE;
}

void natsonde_io_interface_of(const struct natsonde_addr *local, struct natsonde_io_interface *interface)
{
	esp_netif_t *netif = natsonde_esp_netif();
	const char *name = netif ? esp_netif_get_desc(netif) : NULL;

	(void)local;
	memset(interface, 0, sizeof(*interface));
	if (name)
		strncpy(interface->name, name, sizeof(interface->name) - 1);
}

const char *natsonde_io_system(void)
{
	return CONFIG_IDF_TARGET;
}

/* A task cannot be woken from poll() without a socket more: it looks here now and again. */
bool natsonde_io_wake_start(void)
{
	return true;
}

void natsonde_io_wake_stop(void)
{
}

int natsonde_io_wake_descriptor(void)
{
	return -1;
}

bool natsonde_io_wake_take(void)
{
	bool is_new = natsonde_esp_must_stop() && !has_told;

	has_told |= is_new;
	return is_new;
}

bool natsonde_io_is_interrupted(void)
{
	return natsonde_esp_must_stop();
}

unsigned natsonde_esp_sees(void)
{
	return NATSONDE_ESP_JOINS_FRAGMENTS ? NATSONDE_SEES_FRAGMENTS : 0; /* lwIP shows no ICMP errors */
}

bool natsonde_io_start(const struct natsonde_io_config *config, struct natsonde_door *door, enum natsonde_fault *fault)
{
	*fault = NATSONDE_OK;
	has_told = false;
	natsonde_io_descriptor_config(config);
	if (!natsonde_io_sockets_door(door))
		*fault = NATSONDE_FAULT_NO_SOCKET;
	door->max_open = NATSONDE_IO_SOCKETS;
	door->sees = natsonde_esp_sees();
	return *fault == NATSONDE_OK;
}

void natsonde_io_stop(void)
{
	natsonde_io_sockets_close_all();
}
