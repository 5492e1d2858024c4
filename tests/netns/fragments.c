#include "fragments.h"

#include <string.h>

enum { FRAGMENT_HEADER = 44, FRAGMENT_HEADER_LEN = 8, UNIT = 8 };
#define FORGOTTEN_AFTER (30 * NATSONDE_S)

static bool is_ipv4(const uint8_t *ip)
{
	return ip[0] >> 4 == 4;
}

/* Without options: those would have to be taken apart. */
static size_t header_len(const uint8_t *ip)
{
	return is_ipv4(ip) ? 20 : 40;
}

bool natbox_fragment_is(const uint8_t *ip, size_t len)
{
	if (len >= 20 && ip[0] == 0x45)
		return natbox_get16(ip + 6) & 0x3fff;
	return len >= 48 && ip[0] >> 4 == 6 && ip[6] == FRAGMENT_HEADER;
}

/* A fragment, taken apart. */
struct piece {
	const uint8_t *data;
	size_t   len, at; /* bytes that it carries; where they belong */
	uint32_t id;
	uint8_t  protocol;
	bool     is_last;
};

static bool look(struct piece *f, const uint8_t *ip, size_t len)
{
	size_t end = is_ipv4(ip) ? natbox_get16(ip + 2) : natbox_get16(ip + 4) + 40u;
	size_t begin = header_len(ip) + (is_ipv4(ip) ? 0 : FRAGMENT_HEADER_LEN);
	if (end > len || begin >= end)
		return false;
	*f = (struct piece){ .data = ip + begin, .len = end - begin };
	if (is_ipv4(ip)) {
		f->at = (natbox_get16(ip + 6) & 0x1fff) * (size_t)UNIT;
		f->is_last = !(ip[6] & 0x20);
		f->id = natbox_get16(ip + 4);
		f->protocol = ip[9];
	} else {
		f->at = natbox_get16(ip + 42) & 0xfff8;
		f->is_last = !(ip[43] & 1);
		f->id = natbox_get16(ip + 44) << 16 | natbox_get16(ip + 46);
		f->protocol = ip[40];
	}
	return f->at + f->len <= NATBOX_PACKET_MAX - header_len(ip) && (f->is_last || f->len % UNIT == 0);
}

static bool is_part_of(const struct natbox_puzzle *p, natsonde_us now, const uint8_t *ip, const struct piece *f)
{
	size_t addresses = is_ipv4(ip) ? 12 : 8;
	return p->began && now - p->began < FORGOTTEN_AFTER && p->ip[0] >> 4 == ip[0] >> 4 && p->id == f->id &&
	       p->protocol == f->protocol && memcmp(p->ip + addresses, ip + addresses, header_len(ip) - addresses) == 0;
}

/* The puzzle that the fragment is part of, begun if there is none, in the place of the oldest. */
static struct natbox_puzzle *find(struct natbox_puzzles *all, natsonde_us now, const uint8_t *ip, const struct piece *f)
{
	struct natbox_puzzle *oldest = all->of;
	for (struct natbox_puzzle *p = all->of; p < all->of + NATBOX_PUZZLES; p++) {
		if (is_part_of(p, now, ip, f))
			return p;
		if (p->began < oldest->began)
			oldest = p;
	}
	memset(oldest, 0, sizeof(*oldest));
	oldest->began = now;
	oldest->id = f->id;
	oldest->protocol = f->protocol;
	memcpy(oldest->ip, ip, header_len(ip));
	return oldest;
}

static void add(struct natbox_puzzle *p, const struct piece *f)
{
	for (size_t unit = f->at / UNIT; unit * UNIT < f->at + f->len; unit++) {
		p->n_units += !p->has_unit[unit];
		p->has_unit[unit] = true;
	}
	memcpy(p->bytes + f->at, f->data, f->len);
	if (f->is_last)
		p->total = f->at + f->len;
}

size_t natbox_fragment_join(struct natbox_puzzles *all, natsonde_us now, const uint8_t *ip, size_t len,
			    uint8_t whole[NATBOX_PACKET_MAX])
{
	struct piece f;
	if (!look(&f, ip, len))
		return 0;
	struct natbox_puzzle *p = find(all, now, ip, &f);
	add(p, &f);
	if (!p->total || p->n_units < (p->total + UNIT - 1) / UNIT)
		return 0;
	size_t header = header_len(ip), total = p->total;
	memcpy(whole, p->ip, header);
	memcpy(whole + header, p->bytes, total);
	p->began = 0;
	if (is_ipv4(whole)) {
		natbox_put16(whole + 2, (unsigned)(header + total));
		natbox_put16(whole + 6, 0);
		natbox_packet_seal_ipv4(whole);
	} else {
		natbox_put16(whole + 4, (unsigned)total);
		whole[6] = p->protocol;
	}
	return header + total;
}

size_t natbox_fragment_cut(const uint8_t *whole, size_t len, uint32_t id, size_t *at, uint8_t piece[NATBOX_MTU])
{
	size_t header = header_len(whole), extra = is_ipv4(whole) ? 0 : FRAGMENT_HEADER_LEN;
	size_t room = (NATBOX_MTU - header - extra) & ~(size_t)(UNIT - 1), left = len - header - *at;
	bool is_last = left <= room;
	size_t n = is_last ? left : room;
	if (!left)
		return 0;
	memcpy(piece, whole, header);
	memcpy(piece + header + extra, whole + header + *at, n);
	if (is_ipv4(whole)) {
		natbox_put16(piece + 2, (unsigned)(header + n));
		natbox_put16(piece + 6, (unsigned)(*at / UNIT) | (is_last ? 0 : 0x2000));
		natbox_packet_seal_ipv4(piece);
	} else {
		natbox_put16(piece + 4, (unsigned)(extra + n));
		piece[6] = FRAGMENT_HEADER;
		piece[40] = whole[6];
		piece[41] = 0;
		natbox_put16(piece + 42, (unsigned)*at | !is_last);
		natbox_put16(piece + 44, id >> 16);
		natbox_put16(piece + 46, id & 0xffff);
	}
	*at += n;
	return header + extra + n;
}
