#include "packet.h"

#include <string.h>

enum { ICMP = 1, ICMPV6 = 58 };

unsigned natbox_get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

void natbox_put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static bool look_ipv4(struct natbox_packet *v, uint8_t *ip, size_t len)
{
	size_t header = (ip[0] & 15u) * 4u, total = natbox_get16(ip + 2);
	bool is_fragment = natbox_get16(ip + 6) & 0x3fff;
	if (header < 20 || header > total || total > len || is_fragment)
		return false;
	*v = (struct natbox_packet){ .ip = ip, .src = ip + 12, .dst = ip + 16, .ip_len = 4, .payload = ip + header,
			    .payload_len = total - header, .protocol = ip[9] };
	return true;
}

static bool look_ipv6(struct natbox_packet *v, uint8_t *ip, size_t len)
{
	if (len < 40 || natbox_get16(ip + 4) > len - 40)
		return false;
	*v = (struct natbox_packet){ .ip = ip, .src = ip + 8, .dst = ip + 24, .ip_len = 16, .payload = ip + 40,
			    .payload_len = natbox_get16(ip + 4), .protocol = ip[6] };
	return true;
}

bool natbox_packet_look(struct natbox_packet *v, uint8_t *ip, size_t len)
{
	bool is_ip = len >= 20 && (ip[0] >> 4 == 4 ? look_ipv4(v, ip, len) : ip[0] >> 4 == 6 && look_ipv6(v, ip, len));
	if (!is_ip)
		return false;
	size_t header = v->protocol == NATBOX_UDP ? 8 : 20;
	if ((v->protocol != NATBOX_UDP && v->protocol != NATBOX_TCP) || v->payload_len < header)
		return false;
	if (v->protocol == NATBOX_TCP)
		header = (v->payload[12] >> 4) * 4u;
	if (header > v->payload_len)
		return false;
	v->data = v->payload + header;
	v->data_len = v->payload_len - header;
	return true;
}

static struct natsonde_addr address(const struct natbox_packet *v, const uint8_t *ip, const uint8_t *port)
{
	struct natsonde_addr a = { .family = v->ip_len == 4 ? NATSONDE_IPV4 : NATSONDE_IPV6, .port = (uint16_t)natbox_get16(port) };
	memcpy(a.ip, ip, v->ip_len);
	return a;
}

struct natsonde_addr natbox_packet_src(const struct natbox_packet *v)
{
	return address(v, v->src, v->payload);
}

struct natsonde_addr natbox_packet_dst(const struct natbox_packet *v)
{
	return address(v, v->dst, v->payload + 2);
}

static uint32_t sum(uint32_t so_far, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		so_far += natbox_get16(bytes + i);
	return n % 2 ? so_far + ((uint32_t)bytes[n - 1] << 8) : so_far;
}

/* The Internet checksum (RFC 1071). */
static unsigned folded(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return ~total & 0xffff;
}

/* Puts the checksum of the payload in its place, with the pseudo header or without (ICMPv4). */
static void seal_payload(const struct natbox_packet *v, size_t at, bool has_pseudo_header)
{
	uint32_t total = 0;
	if (has_pseudo_header)
		total = sum(sum(v->protocol + (uint32_t)v->payload_len, v->src, v->ip_len), v->dst, v->ip_len);
	natbox_put16(v->payload + at, 0);
	unsigned checksum = folded(sum(total, v->payload, v->payload_len));
	natbox_put16(v->payload + at, v->protocol == NATBOX_UDP && checksum == 0 ? 0xffff : checksum);
}

void natbox_packet_seal_ipv4(uint8_t *ip)
{
	natbox_put16(ip + 10, 0);
	natbox_put16(ip + 10, folded(sum(0, ip, (ip[0] & 15u) * 4u)));
}

void natbox_packet_rewrite(const struct natbox_packet *v, const struct natsonde_addr *src, const struct natsonde_addr *dst)
{
	memcpy(v->src, src->ip, v->ip_len);
	memcpy(v->dst, dst->ip, v->ip_len);
	natbox_put16(v->payload, src->port);
	natbox_put16(v->payload + 2, dst->port);
	seal_payload(v, v->protocol == NATBOX_UDP ? 6 : 16, true);
	if (v->ip_len == 4)
		natbox_packet_seal_ipv4(v->ip);
}

bool natbox_packet_age(const struct natbox_packet *v)
{
	uint8_t *ttl = v->ip + (v->ip_len == 4 ? 8 : 7);
	return *ttl > 1 && --*ttl;
}

/* Begins a packet with len bytes after the IP header to the sender of v, in the name of whom v was meant for. */
static struct natbox_packet begin_reply(const struct natbox_packet *v, uint8_t *reply, unsigned protocol, size_t len)
{
	bool is_ipv4 = v->ip_len == 4;
	size_t header = is_ipv4 ? 20 : 40;
	struct natbox_packet r = { .ip = reply, .src = reply + (is_ipv4 ? 12 : 8), .dst = reply + (is_ipv4 ? 16 : 24),
				   .ip_len = v->ip_len, .payload = reply + header, .payload_len = len,
				   .protocol = (uint8_t)protocol };
	memset(reply, 0, header + 8);
	reply[0] = is_ipv4 ? 0x45 : 0x60;
	natbox_put16(reply + (is_ipv4 ? 2 : 4), (unsigned)(len + (is_ipv4 ? header : 0)));
	reply[is_ipv4 ? 8 : 7] = 64;
	reply[is_ipv4 ? 9 : 6] = r.protocol;
	memcpy(r.src, v->dst, v->ip_len);
	memcpy(r.dst, v->src, v->ip_len);
	if (is_ipv4)
		natbox_packet_seal_ipv4(reply);
	return r;
}

size_t natbox_packet_refuse(const struct natbox_packet *v, uint8_t reply[NATBOX_REFUSAL_MAX])
{
	bool is_ipv4 = v->ip_len == 4;
	size_t quoted = (size_t)(v->payload - v->ip) + v->payload_len;
	if (quoted > NATBOX_REFUSAL_MAX - 48)
		quoted = NATBOX_REFUSAL_MAX - 48;
	struct natbox_packet r = begin_reply(v, reply, is_ipv4 ? ICMP : ICMPV6, 8 + quoted);
	r.payload[0] = is_ipv4 ? 3 : 1;
	r.payload[1] = is_ipv4 ? 13 : 1;
	memcpy(r.payload + 8, v->ip, quoted);
	seal_payload(&r, 2, !is_ipv4);
	return (size_t)(r.payload - reply) + r.payload_len;
}

size_t natbox_packet_answer(const struct natbox_packet *v, const uint8_t *data, size_t len, uint8_t *reply)
{
	struct natbox_packet r = begin_reply(v, reply, NATBOX_UDP, 8 + len);
	memcpy(r.payload, v->payload + 2, 2);
	memcpy(r.payload + 2, v->payload, 2);
	natbox_put16(r.payload + 4, (unsigned)r.payload_len);
	memcpy(r.payload + 8, data, len);
	seal_payload(&r, 6, true);
	return (size_t)(r.payload - reply) + r.payload_len;
}
