#include "pattern.h"

#include <string.h>

void natsonde_samples_collect(const struct natsonde_evidence *ev, natsonde_server_set liars, unsigned socket,
			      struct natsonde_samples *m)
{
	memset(m, 0, sizeof(*m));
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		const struct natsonde_question_row *q = &natsonde_questions[p->question];

		/* Of a changed reply too: the mapping is that toward the endpoint that was asked. */
		if (p->socket == socket && ev->servers[p->server].same_as == 0 && natsonde_mapped_tells(ev, liars, p) &&
		    m->at[p->server][q->endpoint] == 0)
			m->at[p->server][q->endpoint] = p->mapped;
	}
}

static struct natsonde_opinion opinion(enum natsonde_verdict verdict, enum natsonde_reason reason)
{
	return (struct natsonde_opinion){(uint8_t)verdict, (uint8_t)reason};
}

/* IP and port are compared apart: another IP is another way out, not another mapping behaviour. It is all there is to see where
 * the port stays the same beside it, or where no way out has shown two ports: two uplinks may each have kept to one. */
static bool only_ip_varies(const struct natsonde_evidence *ev, const natsonde_addr_id *m, unsigned n)
{
	bool ip_varies = false, port_varies = false;

	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < i; k++) {
			const struct natsonde_addr *x = natsonde_evidence_addr(ev, m[i]), *y = natsonde_evidence_addr(ev, m[k]);

			if (m[i] == 0 || m[k] == 0 || m[i] == m[k])
				continue;
			if (!natsonde_addr_same_ip(x, y) && x->port == y->port)
				return true;
			ip_varies = ip_varies || !natsonde_addr_same_ip(x, y);
			port_varies = port_varies || natsonde_addr_same_ip(x, y);
		}
	return ip_varies && !port_varies;
}

static bool same_way_out(const struct natsonde_evidence *ev, natsonde_addr_id a, natsonde_addr_id b)
{
	return natsonde_addr_same_ip(natsonde_evidence_addr(ev, a), natsonde_evidence_addr(ev, b));
}

/* Where the way out varies, only what left by the same one can be compared. */
static struct natsonde_opinion judge_ways_out(const struct natsonde_evidence *ev, const natsonde_addr_id *m)
{
	natsonde_addr_id m11 = m[NATSONDE_A1P1], m21 = m[NATSONDE_A2P1], m22 = m[NATSONDE_A2P2], m12 = m[NATSONDE_A1P2];

	if (only_ip_varies(ev, m, NATSONDE_ENDPOINTS))
		return opinion(NATSONDE_UNSTABLE, NATSONDE_WHY_IP_VARIES);
	if ((m11 != m12 && same_way_out(ev, m11, m12)) || (m21 != m22 && same_way_out(ev, m21, m22)))
		return opinion(NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_WHY_PER_ADDRESS_AND_PORT);
	return opinion(NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_WHY_PER_DESTINATION);
}

/* Which of the four are equal: a bit for each pair. */
enum { M11_M21 = 1, M21_M22 = 4, M11_M12 = 8, M22_M12 = 32, ALL_EQUAL = 63 };
_Static_assert(NATSONDE_A1P1 == 0 && NATSONDE_A2P1 == 1 && NATSONDE_A2P2 == 2 && NATSONDE_A1P2 == 3, "in this order the pairs come");

/* All four endpoints of one server. Any pattern but these is no behaviour but an accident: a port conflict, a second uplink. */
static struct natsonde_opinion judge_four(const struct natsonde_evidence *ev, const natsonde_addr_id *m)
{
	unsigned equal = 0, bit = 1;

	for (unsigned i = 1; i < NATSONDE_ENDPOINTS; i++)
		for (unsigned k = 0; k < i; k++, bit *= 2)
			equal |= m[i] == m[k] ? bit : 0;
	if (equal == ALL_EQUAL)
		return opinion(NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_WHY_SAME_EVERYWHERE);
	for (unsigned i = 1; i < NATSONDE_ENDPOINTS; i++)
		if (!same_way_out(ev, m[0], m[i]))
			return judge_ways_out(ev, m);
	switch (equal) {
	case M11_M12 | M21_M22: return opinion(NATSONDE_ADDRESS_DEPENDENT, NATSONDE_WHY_PER_ADDRESS);
	case M11_M21 | M22_M12: return opinion(NATSONDE_PORT_DEPENDENT, NATSONDE_WHY_PER_PORT);
	case 0: return opinion(NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_WHY_PER_ADDRESS_AND_PORT);
	default: return opinion(NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN);
	}
}

/* What all destinations together say, whoever they belong to. */
static struct natsonde_opinion judge_all(const struct natsonde_evidence *ev, const struct natsonde_samples *m)
{
	struct natsonde_addr first = {0};
	natsonde_addr_id first_mapped = 0;
	bool other_ip = false, other_port = false, differs = false;
	unsigned destinations = 0;

	for (unsigned i = 0; i < (unsigned)ev->n_servers * NATSONDE_ENDPOINTS; i++) {
		natsonde_addr_id mapped = m->at[i / NATSONDE_ENDPOINTS][i % NATSONDE_ENDPOINTS];
		struct natsonde_addr to = natsonde_evidence_endpoint(ev, i / NATSONDE_ENDPOINTS,
								     (enum natsonde_endpoint)(i % NATSONDE_ENDPOINTS));

		if (mapped == 0)
			continue;
		if (destinations++ == 0) {
			first = to;
			first_mapped = mapped;
		}
		other_ip = other_ip || !natsonde_addr_same_ip(&to, &first);
		other_port = other_port || to.port != first.port;
		differs = differs || mapped != first_mapped;
	}
	if (destinations == 0)
		return opinion(NATSONDE_UNKNOWN, NATSONDE_WHY_NO_ANSWER);
	if (only_ip_varies(ev, &m->at[0][0], (unsigned)ev->n_servers * NATSONDE_ENDPOINTS))
		return opinion(NATSONDE_UNSTABLE, NATSONDE_WHY_IP_VARIES);
	if (differs)
		return opinion(NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_WHY_PER_DESTINATION);
	if (destinations == 1)
		return opinion(NATSONDE_UNKNOWN, NATSONDE_WHY_ONE_DESTINATION);
	if (!other_ip)
		return opinion(NATSONDE_UNKNOWN, NATSONDE_WHY_ONE_ADDRESS);
	return opinion(NATSONDE_ENDPOINT_INDEPENDENT, other_port ? NATSONDE_WHY_SAME_EVERYWHERE : NATSONDE_WHY_SAME_ON_ONE_PORT);
}

bool natsonde_samples_has_four(const struct natsonde_samples *samples, unsigned server)
{
	const natsonde_addr_id *m = samples->at[server];

	return m[NATSONDE_A1P1] != 0 && m[NATSONDE_A2P1] != 0 && m[NATSONDE_A2P2] != 0 && m[NATSONDE_A1P2] != 0;
}

/* Whether what another destination saw fits the class that a server's four endpoints m show: the same where the class says so,
 * another one elsewhere. */
static bool fits(const struct natsonde_evidence *ev, unsigned server, const natsonde_addr_id *m, enum natsonde_verdict verdict,
		 const struct natsonde_addr *to, natsonde_addr_id mapped)
{
	for (unsigned e = 0; e < NATSONDE_ENDPOINTS; e++) {
		struct natsonde_addr own = natsonde_evidence_endpoint(ev, server, (enum natsonde_endpoint)e);
		bool wants_equal = verdict == NATSONDE_ENDPOINT_INDEPENDENT || natsonde_addr_equal(&own, to) ||
				   (verdict == NATSONDE_ADDRESS_DEPENDENT && natsonde_addr_same_ip(&own, to)) ||
				   (verdict == NATSONDE_PORT_DEPENDENT && own.port == to->port);

		if ((mapped == m[e]) != wants_equal)
			return false;
	}
	return true;
}

static bool others_fit(const struct natsonde_evidence *ev, const struct natsonde_samples *samples, unsigned server,
		       enum natsonde_verdict verdict)
{
	for (unsigned i = 0; i < (unsigned)ev->n_servers * NATSONDE_ENDPOINTS; i++) {
		natsonde_addr_id mapped = samples->at[i / NATSONDE_ENDPOINTS][i % NATSONDE_ENDPOINTS];
		struct natsonde_addr to = natsonde_evidence_endpoint(ev, i / NATSONDE_ENDPOINTS,
								     (enum natsonde_endpoint)(i % NATSONDE_ENDPOINTS));

		if (mapped != 0 && i / NATSONDE_ENDPOINTS != server && !fits(ev, server, samples->at[server], verdict, &to, mapped))
			return false;
	}
	return true;
}

struct natsonde_opinion natsonde_samples_judge(const struct natsonde_evidence *ev, const struct natsonde_samples *m)
{
	struct natsonde_opinion all = judge_all(ev, m), four = opinion(NATSONDE_UNKNOWN, NATSONDE_WHY_NONE);

	for (unsigned s = 0; s < ev->n_servers; s++) {
		uint8_t before = four.verdict;

		if (!natsonde_samples_has_four(m, s))
			continue;
		four = judge_four(ev, m->at[s]);
		if (before != NATSONDE_UNKNOWN && before != four.verdict)
			return opinion(NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN);
		if (four.verdict != NATSONDE_UNSTABLE && all.verdict != NATSONDE_UNSTABLE &&
		    !others_fit(ev, m, s, (enum natsonde_verdict)four.verdict))
			return opinion(NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN);
	}
	return four.verdict == NATSONDE_UNKNOWN || all.verdict == NATSONDE_UNSTABLE ? all : four;
}

bool natsonde_is_dependent(enum natsonde_verdict verdict)
{
	return verdict == NATSONDE_ADDRESS_DEPENDENT || verdict == NATSONDE_ADDRESS_AND_PORT_DEPENDENT ||
	       verdict == NATSONDE_PORT_DEPENDENT || verdict == NATSONDE_ENDPOINT_DEPENDENT;
}

/* Whether two destinations, counted over all servers, are two ports of one address. */
static bool share_address(unsigned i, unsigned k)
{
	return i / NATSONDE_ENDPOINTS == k / NATSONDE_ENDPOINTS && i % NATSONDE_ENDPOINTS + k % NATSONDE_ENDPOINTS == 3;
}
_Static_assert(NATSONDE_A1P1 + NATSONDE_A1P2 == 3 && NATSONDE_A2P1 + NATSONDE_A2P2 == 3, "share_address adds");

enum natsonde_witness natsonde_samples_witness(const struct natsonde_evidence *ev, const struct natsonde_samples *c,
					       const struct natsonde_samples *m, enum natsonde_verdict verdict)
{
	bool is_on_port = verdict == NATSONDE_ADDRESS_AND_PORT_DEPENDENT;
	unsigned n = (unsigned)ev->n_servers * NATSONDE_ENDPOINTS;
	const natsonde_addr_id *mine = &m->at[0][0], *theirs = &c->at[0][0];
	enum natsonde_witness witness = NATSONDE_WITNESS_NONE;

	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < i; k++) {
			if (mine[i] == 0 || mine[k] == 0 || theirs[i] == 0 || theirs[k] == 0)
				continue;
			if ((mine[i] == mine[k]) != (theirs[i] == theirs[k]))
				return NATSONDE_WITNESS_DISAGREES;
			/* Two that left by different ways out differ whatever the mapping does. */
			if (!same_way_out(ev, mine[i], mine[k]) || !same_way_out(ev, theirs[i], theirs[k]))
				continue;
			if (!natsonde_is_dependent(verdict) || (mine[i] != mine[k] && (!is_on_port || share_address(i, k))))
				witness = NATSONDE_WITNESS_AGREES;
		}
	return witness;
}
