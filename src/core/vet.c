#include "vet.h"

#include "control.h"
#include "silence.h"

/* RFC 5780 section 7.4: another IP and another port, and an address that a server could have. A destination that somebody else
 * chose must not turn this host against its own network. */
enum natsonde_server_reason natsonde_vet_alternate(const struct natsonde_evidence *ev, unsigned server)
{
	const struct natsonde_addr *own = natsonde_evidence_addr(ev, ev->servers[server].addr);
	const struct natsonde_addr *other = natsonde_evidence_addr(ev, ev->servers[server].other);

	if (other->family == NATSONDE_NO_FAMILY)
		return NATSONDE_SERVER_WHY_NO_OTHER_ADDRESS;
	if (other->family != own->family)
		return NATSONDE_SERVER_WHY_OTHER_FAMILY;
	if (natsonde_addr_is_not_unicast(other) || other->port == 0)
		return NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST;
	if (natsonde_addr_same_ip(other, own))
		return NATSONDE_SERVER_WHY_OTHER_SAME_IP;
	if (other->port == own->port)
		return NATSONDE_SERVER_WHY_OTHER_SAME_PORT;
	if (natsonde_addr_is_loopback(other) && !natsonde_addr_is_loopback(own))
		return NATSONDE_SERVER_WHY_OTHER_PRIVATE;
	if (natsonde_addr_is_private(other) && !natsonde_addr_is_private(own))
		return NATSONDE_SERVER_WHY_OTHER_PRIVATE;
	return NATSONDE_SERVER_WHY_NONE;
}

static struct natsonde_server_finding finding(enum natsonde_server_verdict verdict, enum natsonde_server_reason reason)
{
	return (struct natsonde_server_finding){(uint8_t)verdict, (uint8_t)reason};
}

/* RFC 5780 section 7.3: an origin that is not where the reply came from means that something translates before the server. */
static bool origin_differs(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	uint16_t first = t->row[NATSONDE_Q_MAP_A1P1].first_good;

	return first != NATSONDE_NO_PROBE && ev->probes[first].origin != 0 && ev->probes[first].origin != ev->probes[first].from;
}

static struct natsonde_server_finding vet_silent(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	unsigned errors = 0, unreachable = 0;

	for (unsigned q = 0; q < NATSONDE_Q_TCP; q++) {
		errors += t->row[q].errors;
		unreachable += t->row[q].unreachable;
	}
	if (ev->servers[t->server].noise > 0)
		return finding(NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_GARBLED);
	if (t->row[NATSONDE_Q_TCP].good > 0)
		return finding(NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_TCP_ONLY);
	if (errors > 0)
		return finding(NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_ERROR);
	if (unreachable > 0)
		return finding(NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_REFUSED);
	return finding(NATSONDE_SERVER_SILENT, ev->end == NATSONDE_END_INTERRUPTED ? NATSONDE_SERVER_WHY_NOT_FINISHED
										    : NATSONDE_SERVER_WHY_NO_ANSWER);
}

/* Answers to CHANGE-REQUEST that show a fault: from the wrong address, or errors. Where both kinds of control share the
 * server's fault, the first probe that shows it decides. */
static struct natsonde_server_finding vet_changed_replies(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server != t->server || natsonde_questions[p->question].change == NATSONDE_CHANGE_NONE)
			continue;
		if (p->outcome == NATSONDE_ERROR && (p->response_port == 0 || p->refuses_change))
			return finding(NATSONDE_SERVER_REJECTS_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_ERROR);
		if (!natsonde_is_success(p->outcome) || natsonde_probe_is_good(ev, p))
			continue;
		if (p->from == ev->servers[t->server].addr)
			return finding(NATSONDE_SERVER_IGNORES_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_SAME_SOURCE);
		return finding(NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_CR_WRONG_SOURCE);
	}
	return finding(NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_CLAIMED);
}

static bool is_dead(const struct natsonde_tally *t, enum natsonde_endpoint which)
{
	unsigned asked = 0;

	if (t->endpoint_is_alive[which])
		return false;
	for (unsigned q = 0; q < NATSONDE_Q_TCP; q++)
		if (natsonde_questions[q].endpoint == which && natsonde_questions[q].change == NATSONDE_CHANGE_NONE &&
		    natsonde_is_hopeless(&t->row[q], t))
			asked++;
	return asked > 0;
}

static bool has_changed_reply(const struct natsonde_tally *t)
{
	return t->row[NATSONDE_Q_FILTER_BOTH].good + t->row[NATSONDE_Q_FILTER_PORT].good +
	       t->row[NATSONDE_Q_CONTROL_BOTH].good + t->row[NATSONDE_Q_CONTROL_PORT].good > 0;
}

struct natsonde_server_finding natsonde_vet(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	enum natsonde_server_reason reason = natsonde_vet_alternate(ev, t->server);
	struct natsonde_server_finding changed;

	if (!t->endpoint_is_alive[NATSONDE_A1P1])
		return vet_silent(ev, t);
	if (t->mapped.reason != NATSONDE_SERVER_WHY_NONE)
		return finding(NATSONDE_SERVER_MAPPED_INVALID, (enum natsonde_server_reason)t->mapped.reason);
	changed = vet_changed_replies(ev, t);
	if (reason == NATSONDE_SERVER_WHY_NO_OTHER_ADDRESS)
		return finding(NATSONDE_SERVER_BINDING_ONLY, reason);
	if (reason != NATSONDE_SERVER_WHY_NONE)
		return finding(NATSONDE_SERVER_ALTERNATE_INVALID, reason);
	if (origin_differs(ev, t))
		return finding(NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_ORIGIN_DIFFERS);
	if (changed.verdict != NATSONDE_SERVER_RFC5780)
		return changed;
	if (is_dead(t, NATSONDE_A2P1) && is_dead(t, NATSONDE_A2P2))
		return finding(NATSONDE_SERVER_ALTERNATE_UNREACHABLE, NATSONDE_SERVER_WHY_ALTERNATE_SILENT);
	if (is_dead(t, NATSONDE_A1P2) || is_dead(t, NATSONDE_A2P2))
		return finding(NATSONDE_SERVER_ALTERNATE_UNREACHABLE, NATSONDE_SERVER_WHY_PORT_SILENT);
	if (has_changed_reply(t))
		return finding(NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN);
	if (natsonde_control_status(ev, t, &natsonde_control_port) == NATSONDE_CONTROL_FAILED ||
	    natsonde_control_status(ev, t, &natsonde_control_both) == NATSONDE_CONTROL_FAILED)
		return finding(NATSONDE_SERVER_IGNORES_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_DROPPED);
	return changed;
}

struct natsonde_server_finding natsonde_judge_server(const struct natsonde_evidence *ev, unsigned server)
{
	struct natsonde_server_finding f;
	struct natsonde_tally t;

	natsonde_tally(ev, server, &t);
	f = natsonde_vet(ev, &t);
	if (f.verdict == NATSONDE_SERVER_RFC5780 && natsonde_silence_has_fallen(ev, &t, NATSONDE_DOUBT_DEAD))
		f.reason = NATSONDE_SERVER_WHY_FELL_SILENT;
	return f;
}

bool natsonde_vet_is_given_up(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	const struct natsonde_row *plain = &t->row[NATSONDE_Q_MAP_A1P1];
	bool other_answers = false;

	if (t->endpoint_is_alive[NATSONDE_A1P1] || plain->sent + plain->unsent == 0)
		return false;
	for (unsigned s = 0; s < ev->n_servers; s++)
		other_answers = other_answers || (s != t->server && natsonde_evidence_traffic(ev, s).answered > 0);
	return other_answers && ev->now_us - plain->first_us >= 2 * natsonde_tally_patience_us(ev);
}
