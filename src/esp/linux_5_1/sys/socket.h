/* For the linux target of ESP-IDF v5.1 alone. Its own <sys/socket.h> gives lwIP's sockets when first included, and the host's,
 * which contradict them, when included again; and unlike later versions it leaves close(), fcntl() and select() to the host. */
#pragma once

#include <lwip/sockets.h>

#define close lwip_close
#define fcntl lwip_fcntl
#define select lwip_select
