#include "redact.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "shared/servers.h"

/* Where masks come from: count addresses from base on. An original that begins with the first bits of base is masked within
 * that range; what fits nowhere else, or finds no room, goes to the ranges without bits. */
static const struct range {
	uint8_t family, bits;
	uint32_t count;
	uint8_t base[16];
} ranges[] = {
	{ NATSONDE_IPV4, 8, 4000, { 10, 240, 0, 1 } },
	{ NATSONDE_IPV4, 12, 4000, { 172, 31, 240, 1 } },
	{ NATSONDE_IPV4, 16, 4000, { 192, 168, 240, 1 } },
	{ NATSONDE_IPV4, 10, 4000, { 100, 127, 240, 1 } },
	{ NATSONDE_IPV4, 16, 3000, { 169, 254, 240, 1 } },
	{ NATSONDE_IPV4, 24, 254, { 192, 0, 0, 1 } },
	{ NATSONDE_IPV4, 15, 4000, { 198, 18, 0, 1 } }, /* RFC 2544: what resolvers make up */
	{ NATSONDE_IPV4, 0, 254, { 198, 51, 100, 1 } },
	{ NATSONDE_IPV4, 0, 254, { 203, 0, 113, 1 } },
	{ NATSONDE_IPV4, 0, 254, { 192, 0, 2, 1 } },
	{ NATSONDE_IPV4, 0, 10000, { 198, 19, 0, 1 } }, /* never on the Internet either; servers, masked first, are not that many */
	{ NATSONDE_IPV6, 8, 4000, { 0xfc, 0, 0x5a, 0xfe, [15] = 1 } },
	{ NATSONDE_IPV6, 8, 4000, { 0xfd, 0, 0x5a, 0xfe, [15] = 1 } },
	{ NATSONDE_IPV6, 10, 4000, { 0xfe, 0x80, [8] = 0x5a, 0xfe, [15] = 1 } },
	{ NATSONDE_IPV6, 0, 10000, { 0x20, 0x01, 0x0d, 0xb8, 0x5a, 0xfe, [15] = 1 } },
};
#define N_RANGES (sizeof(ranges) / sizeof(ranges[0]))
_Static_assert(N_RANGES == NATSONDE_REDACT_RANGES, "the redactor knows how far each is used up");

static bool begins_alike(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	const unsigned bytes = bits / 8, rest = bits % 8;

	return memcmp(a, b, bytes) == 0 && (rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

static struct natsonde_addr nth_of(const struct range *range, uint32_t n)
{
	const unsigned last = range->family == NATSONDE_IPV4 ? 3 : 15;
	struct natsonde_addr addr = { .family = range->family };
	uint32_t low;

	memcpy(addr.ip, range->base, sizeof(addr.ip));
	low = (uint32_t)addr.ip[last - 1] << 8 | addr.ip[last];
	low += n;
	addr.ip[last - 1] = (uint8_t)(low >> 8);
	addr.ip[last] = (uint8_t)low;
	return addr;
}

static bool is_taken(const struct natsonde_redactor *r, const struct natsonde_addr *addr)
{
	for (unsigned i = 0; i < r->n_ips; i++)
		if (natsonde_addr_same_ip(&r->ips[i].original, addr) || natsonde_addr_same_ip(&r->ips[i].mask, addr))
			return true;
	return false;
}

static struct natsonde_addr find_free(struct natsonde_redactor *r, const struct natsonde_addr *original)
{
	for (unsigned i = 0; i < N_RANGES; i++) {
		const struct range *range = &ranges[i];

		if (range->family != original->family || (range->bits && !begins_alike(original->ip, range->base, range->bits)))
			continue;
		while (r->next[i] < range->count) {
			const struct natsonde_addr addr = nth_of(range, r->next[i]++);

			if (!is_taken(r, &addr))
				return addr;
		}
	}
	return (struct natsonde_addr){ .family = original->family }; /* never: there are more than ips[] can hold */
}

static bool is_nobodys(const struct natsonde_addr *addr)
{
	return natsonde_addr_is_unspecified(addr) || natsonde_addr_is_loopback(addr) || natsonde_addr_is_not_unicast(addr);
}

/* The IPv4 address inside ::ffff:0:0/96; no family for any other. */
static struct natsonde_addr embedded(const struct natsonde_addr *addr)
{
	static const uint8_t prefix[12] = { [10] = 0xff, 0xff };
	struct natsonde_addr ipv4 = { .family = NATSONDE_NO_FAMILY };

	if (addr->family != NATSONDE_IPV6 || memcmp(addr->ip, prefix, sizeof(prefix)) != 0)
		return ipv4;
	ipv4.family = NATSONDE_IPV4;
	memcpy(ipv4.ip, addr->ip + sizeof(prefix), 4);
	return ipv4;
}

/* The row of an address; a new one if there is none. */
static unsigned learn(struct natsonde_redactor *r, const struct natsonde_addr *addr)
{
	unsigned i = 0;

	while (i < r->n_ips && !natsonde_addr_same_ip(&r->ips[i].original, addr))
		i++;
	if (i < r->n_ips || r->n_ips == NATSONDE_REDACT_IPS)
		return i;
	r->ips[i].original = *addr;
	r->ips[i].original.port = 0;
	r->ips[i].mask.family = NATSONDE_NO_FAMILY;
	r->n_ips++;
	return i;
}

static struct natsonde_addr mask(struct natsonde_redactor *r, const struct natsonde_addr *addr)
{
	const struct natsonde_addr ipv4 = embedded(addr);
	struct natsonde_addr masked = *addr;

	if (addr->family == NATSONDE_NO_FAMILY || is_nobodys(addr))
		return masked;
	if (ipv4.family != NATSONDE_NO_FAMILY) {
		memcpy(masked.ip + 12, mask(r, &ipv4).ip, 4);
		return masked;
	}
	const unsigned i = learn(r, addr);
	if (i == NATSONDE_REDACT_IPS)
		return (struct natsonde_addr){ .family = NATSONDE_NO_FAMILY };
	if (r->ips[i].mask.family == NATSONDE_NO_FAMILY)
		r->ips[i].mask = find_free(r, addr);
	memcpy(masked.ip, r->ips[i].mask.ip, sizeof(masked.ip));
	return masked;
}

/* The address that nobody has is no secret, and has to be known again. */
static void keep_nobody(struct natsonde_redactor *r, const struct natsonde_evidence *ev)
{
	const struct natsonde_addr nobody = natsonde_evidence_nobody(ev, 0);

	for (unsigned i = 0; i < r->n_ips; i++)
		if (natsonde_addr_same_ip(&r->ips[i].original, &nobody))
			r->ips[i].mask = r->ips[i].original;
}

void natsonde_redact_learn(struct natsonde_redactor *r, const struct natsonde_evidence *ev)
{
	for (unsigned i = 1; i < ev->n_addrs; i++) {
		const struct natsonde_addr ipv4 = embedded(&ev->addrs[i]);

		learn(r, ipv4.family != NATSONDE_NO_FAMILY ? &ipv4 : &ev->addrs[i]);
	}
	keep_nobody(r, ev);
}

static unsigned find_name(const struct natsonde_redactor *r, const char *name)
{
	unsigned i = 0;

	while (i < r->n_names && strcasecmp(r->names[i].original, name) != 0)
		i++;
	return i;
}

static void learn_name(struct natsonde_redactor *r, const char *name)
{
	struct natsonde_addr numeric;
	const unsigned i = find_name(r, name);

	if (natsonde_addr_parse_ip(name, &numeric))
		learn(r, &numeric);
	if (i < r->n_names || i == NATSONDE_REDACT_NAMES)
		return;
	snprintf(r->names[i].original, sizeof(r->names[i].original), "%s", name);
	r->names[i].mask[0] = '\0';
	r->n_names++;
}

void natsonde_redact_learn_report(struct natsonde_redactor *r, const struct natsonde_report *report)
{
	for (unsigned f = 0; f < 2; f++) {
		const struct natsonde_evidence *ev = report->families[f].evidence;

		if (!ev)
			continue;
		natsonde_redact_learn(r, ev);
		for (unsigned s = 0; s < ev->n_servers; s++)
			learn_name(r, report->names[ev->servers[s].name]);
	}
	for (unsigned i = 0; i < report->n_unresolved; i++)
		learn_name(r, report->unresolved[i].name);
}

/* What is masked already stays as it is: masking twice is masking once. */
static bool is_masked_name(const char *name)
{
	unsigned number;
	char rest[16];

	return sscanf(name, "server-%u.%15s", &number, rest) == 2 && strcmp(rest, "example") == 0;
}

static void choose_name(struct natsonde_redactor *r, unsigned i)
{
	struct natsonde_addr numeric;
	unsigned number = 0;

	if (natsonde_addr_parse_ip(r->names[i].original, &numeric)) {
		numeric = mask(r, &numeric);
		natsonde_addr_format_ip(&numeric, r->names[i].mask, sizeof(r->names[i].mask));
	} else if (natsonde_servers_is_builtin(r->names[i].original) || is_masked_name(r->names[i].original)) {
		memcpy(r->names[i].mask, r->names[i].original, sizeof(r->names[i].mask));
	} else {
		for (unsigned k = 0; k <= i; k++)
			number += strncmp(r->names[k].mask, "server-", 7) == 0 || k == i;
		do
			snprintf(r->names[i].mask, sizeof(r->names[i].mask), "server-%u.example", number++);
		while (find_name(r, r->names[i].mask) < r->n_names);
	}
}

static const char *mask_name(struct natsonde_redactor *r, const char *name)
{
	const unsigned i = find_name(r, name);

	if (i == r->n_names)
		return "masked.example"; /* more names than any report has */
	if (!r->names[i].mask[0])
		choose_name(r, i);
	return r->names[i].mask;
}

/* systemd names interfaces after their MAC address where it knows nothing better: "enx" and twelve digits. */
static void mask_interface(const char *interface, char out[NATSONDE_REDACT_TEXT])
{
	const char *digits = strchr(interface, 'x');
	size_t n = 0;

	snprintf(out, NATSONDE_REDACT_TEXT, "%s", interface);
	while (digits && isxdigit((unsigned char)digits[1 + n]))
		n++;
	if (n == 12)
		snprintf(out, NATSONDE_REDACT_TEXT, "%.*sx-masked", (int)(digits - interface), interface);
}

struct natsonde_evidence natsonde_redact_evidence(struct natsonde_redactor *r, const struct natsonde_evidence *ev,
						  struct natsonde_addr addrs[NATSONDE_ADDRS_MAX])
{
	struct natsonde_evidence masked = *ev;

	natsonde_redact_learn(r, ev);
	for (unsigned i = 0; i < ev->n_addrs; i++)
		addrs[i] = mask(r, &ev->addrs[i]);
	masked.addrs = addrs;
	return masked;
}

static void mask_id(struct natsonde_redactor *r, const struct natsonde_evidence *ev, natsonde_addr_id id)
{
	(void)mask(r, natsonde_evidence_addr(ev, id));
}

/* Masks are given out in the order of a report, so that a saved one is masked as it would have been when it was made. */
static void mask_in_order(struct natsonde_redactor *r, const struct natsonde_evidence *ev)
{
	for (unsigned i = 0; i < ev->n_servers; i++) {
		mask_id(r, ev, ev->servers[i].addr);
		mask_id(r, ev, ev->servers[i].other);
	}
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		const natsonde_addr_id ids[] = { p->local, p->to, p->from, p->origin, p->other, p->mapped, p->mapped_plain };

		for (unsigned k = 0; k < sizeof(ids) / sizeof(ids[0]); k++)
			mask_id(r, ev, ids[k]);
	}
}

void natsonde_redact_report(struct natsonde_redactor *r, const struct natsonde_report *report, struct natsonde_redacted *out)
{
	natsonde_redact_learn_report(r, report);
	out->report = *report;
	out->report.is_redacted = true;
	out->report.names = out->names;
	out->report.unresolved = out->unresolved;
	for (unsigned f = 0; f < 2; f++) {
		const struct natsonde_evidence *ev = report->families[f].evidence;

		mask_interface(report->families[f].interface, out->interfaces[f]);
		out->report.families[f].interface = out->interfaces[f];
		if (!ev)
			continue;
		mask_in_order(r, ev);
		out->evidence[f] = natsonde_redact_evidence(r, ev, out->addrs[f]);
		out->report.families[f].evidence = &out->evidence[f];
		for (unsigned s = 0; s < ev->n_servers; s++)
			out->names[ev->servers[s].name] = mask_name(r, report->names[ev->servers[s].name]);
	}
	for (unsigned i = 0; i < report->n_unresolved; i++)
		out->unresolved[i] = (struct natsonde_unresolved){ mask_name(r, report->unresolved[i].name),
								    report->unresolved[i].why };
}
