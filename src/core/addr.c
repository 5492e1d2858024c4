#include <natsonde/addr.h>

#include <string.h>

static size_t ip_length(const struct natsonde_addr *a)
{
	return a->family == NATSONDE_IPV4 ? 4 : a->family == NATSONDE_IPV6 ? 16 : 0;
}

bool natsonde_addr_same_ip(const struct natsonde_addr *a, const struct natsonde_addr *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, ip_length(a)) == 0;
}

bool natsonde_addr_equal(const struct natsonde_addr *a, const struct natsonde_addr *b)
{
	return a->port == b->port && natsonde_addr_same_ip(a, b);
}

/* ::ffff:0:0/96, RFC 4291 section 2.5.5.2. */
static bool is_mapped_ipv4(const uint8_t *ip)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(ip, prefix, sizeof(prefix)) == 0;
}

/* An IPv4-mapped IPv6 destination is sent to over IPv4 by most systems: whoever judges it has to see the IPv4 address, or a
 * server could name 127.0.0.1 in disguise. */
static bool has_ipv4(const struct natsonde_addr *a, uint32_t *ipv4)
{
	const uint8_t *ip = a->ip;

	if (a->family == NATSONDE_IPV6 && is_mapped_ipv4(a->ip))
		ip = a->ip + 12;
	else if (a->family != NATSONDE_IPV4)
		return false;
	*ipv4 = (uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 | (uint32_t)ip[2] << 8 | ip[3];
	return true;
}

bool natsonde_addr_is_unspecified(const struct natsonde_addr *a)
{
	static const uint8_t zero[16];
	uint32_t ipv4;

	if (has_ipv4(a, &ipv4))
		return ipv4 == 0;
	return a->family != NATSONDE_IPV6 || memcmp(a->ip, zero, 16) == 0;
}

bool natsonde_addr_is_loopback(const struct natsonde_addr *a)
{
	static const uint8_t one[16] = {[15] = 1};
	uint32_t ipv4;

	if (has_ipv4(a, &ipv4))
		return ipv4 >> 24 == 127;
	return a->family == NATSONDE_IPV6 && memcmp(a->ip, one, 16) == 0;
}

bool natsonde_addr_is_carrier(const struct natsonde_addr *a)
{
	uint32_t ipv4;

	return has_ipv4(a, &ipv4) && (ipv4 & 0xffc00000) == 0x64400000;
}

bool natsonde_addr_is_private(const struct natsonde_addr *a)
{
	static const struct { uint16_t net, bits; } nets[] = { /* the first half of each */
		{0x0a00, 8},  /* 10.0.0.0/8 */
		{0xac10, 12}, /* 172.16.0.0/12 */
		{0xc0a8, 16}, /* 192.168.0.0/16 */
		{0x6440, 10}, /* 100.64.0.0/10 */
		{0xa9fe, 16}, /* 169.254.0.0/16 */
		{0xc000, 24}, /* 192.0.0.0/24 */
	};
	uint32_t ipv4;

	if (has_ipv4(a, &ipv4)) {
		for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
			if ((ipv4 ^ (uint32_t)nets[i].net << 16) >> (32 - nets[i].bits) == 0)
				return true;
		return false;
	}
	if (a->family != NATSONDE_IPV6)
		return false;
	return (a->ip[0] & 0xfe) == 0xfc || (a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80);
}

bool natsonde_addr_is_not_unicast(const struct natsonde_addr *a)
{
	uint32_t ipv4;

	/* 224.0.0.0/4 and 240.0.0.0/4 are adjacent; the latter holds the broadcast address. */
	if (has_ipv4(a, &ipv4))
		return ipv4 >> 24 == 0 || ipv4 >= 0xe0000000;
	return natsonde_addr_is_unspecified(a) || a->ip[0] == 0xff;
}

/* Text being written. len counts on when out is full, so that the end tells whether all of it fitted. */
struct text {
	char  *out;
	size_t cap, len;
};

static void put(struct text *t, char c)
{
	if (t->len < t->cap)
		t->out[t->len] = c;
	t->len++;
}

static void put_number(struct text *t, unsigned value, unsigned base)
{
	unsigned unit = 1;

	while (value / unit >= base)
		unit *= base;
	for (; unit > 0; unit /= base)
		put(t, "0123456789abcdef"[value / unit % base]);
}

static void put_ipv4(struct text *t, const uint8_t *ip)
{
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0)
			put(t, '.');
		put_number(t, ip[i], 10);
	}
}

/* Groups start to end - 1 are those that "::" stands for; start is 8 if there are none. */
struct zeros { unsigned start, end; };

/* The longest run, the first of several, never a single group (RFC 5952 section 4.2). */
static struct zeros find_zeros(const uint8_t *ip)
{
	struct zeros best = {8, 8};
	unsigned start = 0;

	for (unsigned i = 0; i < 8; i++) {
		if (ip[2 * i] || ip[2 * i + 1])
			start = i + 1;
		else if (i > start && i + 1 - start > best.end - best.start)
			best = (struct zeros){start, i + 1};
	}
	return best;
}

static void put_ipv6(struct text *t, const uint8_t *ip)
{
	const unsigned groups = is_mapped_ipv4(ip) ? 6 : 8; /* mixed notation: RFC 5952 section 5 */
	const struct zeros zeros = find_zeros(ip);

	for (unsigned i = 0; i < groups; i++) {
		if (i == zeros.start) {
			put(t, ':');
			put(t, ':');
			i = zeros.end - 1;
			continue;
		}
		if (i > 0 && i != zeros.end)
			put(t, ':');
		put_number(t, (unsigned)ip[2 * i] << 8 | ip[2 * i + 1], 16);
	}
	if (groups == 6) {
		put(t, ':');
		put_ipv4(t, ip + 12);
	}
}

static size_t end_text(struct text *t)
{
	if (t->cap == 0)
		return 0;
	if (t->len >= t->cap)
		t->len = 0;
	t->out[t->len] = '\0';
	return t->len;
}

static void put_ip(struct text *t, const struct natsonde_addr *a)
{
	if (a->family == NATSONDE_IPV4)
		put_ipv4(t, a->ip);
	else if (a->family == NATSONDE_IPV6)
		put_ipv6(t, a->ip);
}

size_t natsonde_addr_format_ip(const struct natsonde_addr *a, char *out, size_t cap)
{
	struct text t = {out, cap, 0};

	put_ip(&t, a);
	return end_text(&t);
}

size_t natsonde_addr_format(const struct natsonde_addr *a, char *out, size_t cap)
{
	struct text t = {out, cap, 0};

	if (ip_length(a) == 0)
		return end_text(&t);
	if (a->family == NATSONDE_IPV6)
		put(&t, '[');
	put_ip(&t, a);
	if (a->family == NATSONDE_IPV6)
		put(&t, ']');
	put(&t, ':');
	put_number(&t, a->port, 10);
	return end_text(&t);
}

/* One number of a dotted quad. Returns what follows it, NULL if it is none. */
static const char *read_octet(const char *s, uint8_t *octet)
{
	const char *const start = s;
	unsigned value = 0;

	for (; *s >= '0' && *s <= '9'; s++) {
		/* "010" is 8 to some systems and 10 to others. */
		if (s > start && value == 0)
			return NULL;
		value = value * 10 + (unsigned)(*s - '0');
		if (value > 255)
			return NULL;
	}
	*octet = (uint8_t)value;
	return s > start ? s : NULL;
}

static bool read_ipv4(const char *s, uint8_t *ip)
{
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0 && *s++ != '.')
			return false;
		s = read_octet(s, &ip[i]);
		if (!s)
			return false;
	}
	return *s == '\0';
}

/* The value of a hexadecimal digit, 16 if c is none. */
static unsigned hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

/* Reads one group, or the dotted quad that ends the text, to ip[*len] and on. Returns what follows it, NULL if it is neither. */
static const char *read_group(const char *s, uint8_t *ip, unsigned *len)
{
	const char *const start = s;
	unsigned value = 0;

	for (; hex_digit(*s) < 16 && s < start + 4; s++)
		value = value << 4 | hex_digit(*s);
	if (*s == '.') {
		if (*len > 12 || !read_ipv4(start, ip + *len))
			return NULL;
		*len += 4;
		return s + strlen(s);
	}
	if (s == start || *len > 14)
		return NULL;
	ip[(*len)++] = (uint8_t)(value >> 8);
	ip[(*len)++] = (uint8_t)value;
	return s;
}

/* Moves what follows the "::" at ip[gap] to the end. */
static void open_gap(uint8_t *ip, unsigned gap, unsigned len)
{
	const unsigned tail = len - gap;

	memmove(ip + 16 - tail, ip + gap, tail);
	memset(ip + gap, 0, 16 - len);
}

#define NO_GAP 17 /* a "::" may well stand behind all 16 bytes, where it is one too many */

/* RFC 4291 section 2.2. */
static bool read_ipv6(const char *s, uint8_t *ip)
{
	unsigned len = 0, gap = NO_GAP;

	if (*s == ':' && *++s != ':')
		return false;
	while (*s) {
		if (*s == ':') { /* the second of two */
			if (gap != NO_GAP)
				return false;
			gap = len;
			s++;
			continue;
		}
		s = read_group(s, ip, &len);
		if (!s)
			return false;
		if (*s && (*s++ != ':' || !*s))
			return false;
	}
	if (gap == NO_GAP)
		return len == 16;
	if (len == 16) /* "::" stands for at least one group */
		return false;
	open_gap(ip, gap, len);
	return true;
}

bool natsonde_addr_parse_ip(const char *text, struct natsonde_addr *a)
{
	struct natsonde_addr read = {.family = NATSONDE_IPV4};

	if (!read_ipv4(text, read.ip)) {
		read = (struct natsonde_addr){.family = NATSONDE_IPV6};
		if (!read_ipv6(text, read.ip))
			return false;
	}
	*a = read;
	return true;
}
