/* Is there a NAT at all? Exactly if the address or the port that a server sees is not the socket's own (RFC 5780 section 4.3).
 * The socket is bound to a real local address, never to the wildcard, so that the comparison means something. */
#include "behaviour.h"

#include "../mapped.h"

#include <string.h>

/* The external address that a server saw first. */
static const struct natsonde_addr *seen_by(const struct natsonde_evidence *ev, unsigned server)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].server == server && natsonde_mapped_tells(ev, 0, &ev->probes[i]))
			return natsonde_evidence_addr(ev, ev->probes[i].mapped);
	return natsonde_evidence_addr(ev, 0);
}

/* That a server saw another address than the socket's own is believed if it has shown that it looks: it told two sockets apart and
 * told one socket the same twice. */
static bool is_consistent(const struct natsonde_evidence *ev, natsonde_server_set differ)
{
	for (unsigned s = 0; s < ev->n_servers; s++) {
		struct natsonde_mapped m = natsonde_mapped_check(ev, s);

		if ((differ >> s & 1) && m.is_distinct && m.is_repeated)
			return true;
	}
	return false;
}

/* Or if another server saw the same IP. */
static bool is_confirmed(const struct natsonde_evidence *ev, natsonde_server_set differ)
{
	for (unsigned s = 0; s < ev->n_servers; s++)
		for (unsigned k = 0; k < s; k++)
			if ((differ >> s & 1) && (differ >> k & 1) && ev->servers[s].same_as == 0 && ev->servers[k].same_as == 0 &&
			    natsonde_addr_same_ip(seen_by(ev, s), seen_by(ev, k)))
				return true;
	return false;
}

void natsonde_nat_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	natsonde_server_set liars = natsonde_mapped_liars(ev);
	natsonde_server_set equal = 0, differ = 0;
	bool is_protected = false;

	(void)v;
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->local == 0 || !natsonde_mapped_tells(ev, liars, p) ||
		    natsonde_addr_is_unspecified(natsonde_evidence_addr(ev, p->local)))
			continue;
		if (p->mapped == p->local)
			equal |= (natsonde_server_set)(1u << p->server);
		else
			differ |= (natsonde_server_set)(1u << p->server);
		is_protected = is_protected || (p->mapped == p->local && !p->is_unprotected);
		natsonde_rests_on(f, i);
	}
	if (equal != 0 && differ != 0 && (equal & differ) == 0 && !is_consistent(ev, differ))
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_MAPPED_UNTRUE);
	else if (equal != 0 && differ != 0)
		natsonde_find(f, NATSONDE_PRESENT, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPED_MIXED);
	else if (differ != 0)
		natsonde_find(f, NATSONDE_PRESENT, is_consistent(ev, differ) || is_confirmed(ev, differ) ? NATSONDE_VERIFIED : NATSONDE_LIKELY,
			      NATSONDE_WHY_MAPPED_DIFFERS);
	else if (is_protected)
		natsonde_find(f, NATSONDE_NONE, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPED_IS_LOCAL);
	else if (equal != 0)
		natsonde_find(f, NATSONDE_NONE, NATSONDE_LIKELY, NATSONDE_WHY_MAPPED_UNPROTECTED);
	else if (liars != 0)
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_MAPPED_UNTRUE);
	else
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, natsonde_no_answer_reason(ev));
}

/* RFC 6296 section 3: a prefix translator changes an address so that its ones' complement sum stays. */
static unsigned sum_of(const struct natsonde_addr *a)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < sizeof(a->ip); i += 2)
		sum += (unsigned)a->ip[i] << 8 | a->ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff ? 0 : sum;
}

/* What the addresses inside and outside have in common, all sockets together. */
struct likeness {
	uint8_t keeps_ports;  /* enum natsonde_answer */
	bool is_one_address;  /* outside */
	bool is_one_family;   /* inside as outside */
	bool is_neutral;      /* RFC 6296 section 3 */
	bool keeps_host;      /* the low half of an IPv6 address */
};

static struct likeness compare(const struct natsonde_evidence *ev)
{
	natsonde_server_set liars = natsonde_mapped_liars(ev);
	struct likeness l = {NATSONDE_UNSAID, true, true, true, true};
	const struct natsonde_addr *first = NULL;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_addr *inside = natsonde_evidence_addr(ev, ev->probes[i].local);
		const struct natsonde_addr *outside = natsonde_evidence_addr(ev, ev->probes[i].mapped);

		if (!natsonde_mapped_tells(ev, liars, &ev->probes[i]) || inside->family == NATSONDE_NO_FAMILY ||
		    natsonde_addr_is_unspecified(inside))
			continue;
		first = first == NULL ? outside : first;
		if (l.keeps_ports != NATSONDE_ANSWER_NO)
			l.keeps_ports = inside->port == outside->port ? NATSONDE_ANSWER_YES : NATSONDE_ANSWER_NO;
		l.is_one_address &= natsonde_addr_same_ip(outside, first);
		l.is_one_family &= inside->family == outside->family;
		l.is_neutral &= sum_of(inside) == sum_of(outside);
		l.keeps_host &= memcmp(inside->ip + 8, outside->ip + 8, 8) == 0;
	}
	return l;
}

/* Equal sums are chance once in 65,535. Where the prefix alone is another, or nothing is alike, it may be either: a translator of
 * ports keeps them while nobody else has them. */
static enum natsonde_nat_kind describe_ipv6(const struct likeness *l, uint8_t *certainty)
{
	if (l->keeps_ports != NATSONDE_ANSWER_YES)
		return NATSONDE_KIND_NAT66;
	if (!l->is_one_address || !l->is_neutral)
		*certainty = NATSONDE_LIKELY;
	return l->is_one_address && (l->is_neutral || l->keeps_host) ? NATSONDE_KIND_NPTV6 : NATSONDE_KIND_NAT66;
}

/* A NAPT with one host behind it can keep ports; one that also filters nothing is hardly one. */
static enum natsonde_nat_kind describe_ipv4(const struct likeness *l, uint8_t filtering, uint8_t *certainty)
{
	if (l->keeps_ports != NATSONDE_ANSWER_YES)
		return NATSONDE_KIND_NAPT;
	*certainty = NATSONDE_LIKELY;
	if (l->is_one_address && filtering == NATSONDE_UNKNOWN)
		return NATSONDE_KIND_UNKNOWN;
	return l->is_one_address && filtering == NATSONDE_ENDPOINT_INDEPENDENT ? NATSONDE_KIND_1_TO_1 : NATSONDE_KIND_NAPT;
}

static enum natsonde_nat_kind describe_untranslated(const struct natsonde_finding *filtering, uint8_t *certainty)
{
	if (filtering->certainty < *certainty)
		*certainty = filtering->certainty;
	if (filtering->verdict == NATSONDE_UNKNOWN)
		return NATSONDE_KIND_UNKNOWN;
	return filtering->verdict == NATSONDE_ENDPOINT_INDEPENDENT ? NATSONDE_KIND_NONE : NATSONDE_KIND_FIREWALL;
}

void natsonde_nat_describe(const struct natsonde_evidence *ev, struct natsonde_verdicts *v)
{
	const struct natsonde_finding *nat = &v->of[NATSONDE_NAT], *filtering = &v->of[NATSONDE_FILTERING];
	enum natsonde_nat_kind kind = NATSONDE_KIND_UNKNOWN;
	struct likeness l = compare(ev);
	uint8_t certainty = nat->certainty;

	if (nat->verdict == NATSONDE_NONE)
		kind = describe_untranslated(filtering, &certainty);
	else if (nat->verdict == NATSONDE_PRESENT && l.is_one_family) /* NAT64 has no name here */
		kind = ev->family == NATSONDE_IPV6 ? describe_ipv6(&l, &certainty) : describe_ipv4(&l, filtering->verdict, &certainty);
	v->nat.preserves_ports = l.keeps_ports;
	v->nat.kind = (uint8_t)kind;
	v->nat.kind_certainty = kind == NATSONDE_KIND_UNKNOWN ? NATSONDE_CERTAINTY_NONE : certainty;
}
