/* For the linux target of ESP-IDF v5.1 alone: <sys/socket.h> has what lwIP knows of this, and the host's would contradict it. */
#pragma once
