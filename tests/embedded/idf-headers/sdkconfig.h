/* Stand-in: see README.md. What Kconfig makes of its defaults (src/esp/Kconfig, and lwIP's own). */
#pragma once

#define CONFIG_IDF_TARGET "esp32s3"
#ifndef CONFIG_LWIP_IPV6
#define CONFIG_LWIP_IPV6 1
#endif
#define CONFIG_LWIP_UDP_RECVMBOX_SIZE 6
#define CONFIG_NATSONDE_SERVERS ""
#define CONFIG_NATSONDE_TASK_STACK 4096
#define CONFIG_NATSONDE_TASK_PRIO 4
#define CONFIG_NATSONDE_CMD_STACK 7168
#define CONFIG_NATSONDE_PROBES 128
#define CONFIG_NATSONDE_ADDRS 64
#define CONFIG_NATSONDE_WIFI 1
