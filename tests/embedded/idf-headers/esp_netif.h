/* Stand-in: see README.md. */
#pragma once

#include "esp_netif_types.h"

esp_netif_t *esp_netif_get_default_netif(void);
bool esp_netif_is_netif_up(esp_netif_t *esp_netif);
esp_err_t esp_netif_get_ip_info(esp_netif_t *esp_netif, esp_netif_ip_info_t *ip_info);
int esp_netif_get_all_ip6(esp_netif_t *esp_netif, esp_ip6_addr_t if_ip6[]);
esp_err_t esp_netif_get_netif_impl_name(esp_netif_t *esp_netif, char *name);
const char *esp_netif_get_desc(esp_netif_t *esp_netif);
