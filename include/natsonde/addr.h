/* Transport addresses: an IPv4 or IPv6 address with a UDP or TCP port. */
#ifndef NATSONDE_ADDR_H
#define NATSONDE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum natsonde_family { NATSONDE_NO_FAMILY = 0, NATSONDE_IPV4 = 4, NATSONDE_IPV6 = 6 };

/* All zero means "no address". Bytes of ip[] beyond the family's length are zero. */
struct natsonde_addr {
	uint8_t  family; /* enum natsonde_family */
	uint8_t  unused; /* always 0 */
	uint16_t port;   /* host order */
	uint8_t  ip[16]; /* network order; IPv4 uses the first four */
};

/* Room for any address as text, with the final NUL: "[ffff:...:255.255.255.255]:65535". */
#define NATSONDE_ADDR_TEXT 56

/* Same family, IP and port. */
bool natsonde_addr_equal(const struct natsonde_addr *a, const struct natsonde_addr *b);
/* Same family and IP, whatever the ports. */
bool natsonde_addr_same_ip(const struct natsonde_addr *a, const struct natsonde_addr *b);
/* 0.0.0.0 or ::, or no address at all. */
bool natsonde_addr_is_unspecified(const struct natsonde_addr *a);
/* Only this host: 127.0.0.0/8, ::1. */
bool natsonde_addr_is_loopback(const struct natsonde_addr *a);
/* Not routed on the Internet: RFC 1918, 100.64.0.0/10 (RFC 6598), 169.254.0.0/16, 192.0.0.0/24, fc00::/7, fe80::/10. */
bool natsonde_addr_is_private(const struct natsonde_addr *a);
/* 100.64.0.0/10, which only carriers use on purpose (RFC 6598). */
bool natsonde_addr_is_carrier(const struct natsonde_addr *a);
/* Never a single host: multicast, 255.255.255.255, 0.0.0.0/8, 240.0.0.0/4, ::. */
bool natsonde_addr_is_not_unicast(const struct natsonde_addr *a);

/* Writes "192.0.2.1:40000" or "[2001:db8::1]:40000" (RFC 5952). Returns the length, 0 (and an empty string) if cap is too small. */
size_t natsonde_addr_format(const struct natsonde_addr *a, char *out, size_t cap);
/* The same without port and brackets. */
size_t natsonde_addr_format_ip(const struct natsonde_addr *a, char *out, size_t cap);
/* Reads an IP address, as natsonde_addr_format_ip writes it or any other RFC 4291 form; the port is set to 0.
 * False, leaving *a alone, if text is anything else. */
bool natsonde_addr_parse_ip(const char *text, struct natsonde_addr *a);

#ifdef __cplusplus
}
#endif

#endif
