/* Stand-in: see README.md. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"

struct esp_netif_obj;
typedef struct esp_netif_obj esp_netif_t;

struct esp_ip4_addr {
	uint32_t addr; /* network order */
};
typedef struct esp_ip4_addr esp_ip4_addr_t;

struct esp_ip6_addr {
	uint32_t addr[4]; /* network order */
	uint8_t zone;
};
typedef struct esp_ip6_addr esp_ip6_addr_t;

typedef struct {
	esp_ip4_addr_t ip;
	esp_ip4_addr_t netmask;
	esp_ip4_addr_t gw;
} esp_netif_ip_info_t;
