#include "esp.h"

#include "esp_idf_version.h"
#if CONFIG_NATSONDE_WIFI
#include "esp_wifi.h"
#endif

#include "io/sockets.h"

/* "; Wi-Fi power save on (min modem)", or nothing where Wi-Fi does not run. */
static const char *power_saving(void)
{
#if CONFIG_NATSONDE_WIFI
	wifi_ps_type_t mode;

	if (esp_wifi_get_ps(&mode) != ESP_OK)
		return "";
	switch (mode) {
	case WIFI_PS_NONE: return "; Wi-Fi power save off";
	case WIFI_PS_MIN_MODEM: return "; Wi-Fi power save on (min modem): round trips vary";
	case WIFI_PS_MAX_MODEM: return "; Wi-Fi power save on (max modem): round trips vary much";
	default: return "";
	}
#else
	return "";
#endif
}

void natsonde_esp_about(char *out, size_t cap)
{
	snprintf(out, cap, "ESP-IDF v%d.%d.%d on %s, %d sockets at a time of %d for the whole application, %d datagrams kept for each%s; "
			   "ICMP errors cannot be seen here%s",
		 ESP_IDF_VERSION_MAJOR, ESP_IDF_VERSION_MINOR, ESP_IDF_VERSION_PATCH, CONFIG_IDF_TARGET, NATSONDE_IO_SOCKETS,
		 CONFIG_LWIP_MAX_SOCKETS, CONFIG_LWIP_UDP_RECVMBOX_SIZE, NATSONDE_ESP_JOINS_FRAGMENTS ? "" : ", fragments are not put together",
		 power_saving());
}
