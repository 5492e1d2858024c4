#include "control.h"

#include "silence.h"

const struct natsonde_control_row natsonde_control_both = {
	NATSONDE_Q_FILTER_BOTH, NATSONDE_Q_OPEN_A2P2, NATSONDE_Q_MAP_A2P2, NATSONDE_Q_CONTROL_BOTH
};
const struct natsonde_control_row natsonde_control_port = {
	NATSONDE_Q_FILTER_PORT, NATSONDE_Q_OPEN_A1P2, NATSONDE_Q_MAP_A1P2, NATSONDE_Q_CONTROL_PORT
};

bool natsonde_control_is_ready(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
			       const struct natsonde_control_row *c, uint16_t *response_port)
{
	natsonde_addr_id open = natsonde_tally_mapped(ev, t, c->open);
	natsonde_addr_id there = natsonde_tally_mapped(ev, t, c->map);
	natsonde_addr_id here = natsonde_tally_mapped(ev, t, NATSONDE_Q_MAP_A1P1);

	*response_port = 0;
	if (open == 0 || there == 0 || here == 0)
		return false;
	if (there != here)
		*response_port = natsonde_evidence_addr(ev, open)->port;
	return true;
}

/* RESPONSE-PORT names a port, never an address: with several external addresses the reply would go astray. */
static bool addresses_differ(const struct natsonde_evidence *ev, const struct natsonde_tally *t, const struct natsonde_control_row *c)
{
	return !natsonde_addr_same_ip(natsonde_evidence_addr(ev, natsonde_tally_mapped(ev, t, c->open)),
				      natsonde_evidence_addr(ev, natsonde_tally_mapped(ev, t, NATSONDE_Q_MAP_A1P1)));
}

/* A 420 that names RESPONSE-PORT says nothing about CHANGE-REQUEST. */
static bool response_port_was_refused(const struct natsonde_evidence *ev, unsigned server, unsigned question)
{
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server == server && p->question == question && p->outcome == NATSONDE_ERROR &&
		    p->response_port != 0 && !p->refuses_change)
			return true;
	}
	return false;
}

bool natsonde_control_needs_response_port(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
					  const struct natsonde_control_row *c)
{
	const struct natsonde_row *asked = &t->row[NATSONDE_Q_RESPONSE_PORT];
	uint16_t response_port;

	return natsonde_is_hopeless(&t->row[c->control], t) && natsonde_control_is_ready(ev, t, c, &response_port) &&
	       response_port != 0 && natsonde_tally_mapped(ev, t, NATSONDE_Q_OPEN_A2P2) != 0 &&
	       asked->good == 0 && asked->errors + asked->strange == 0;
}

/* A changed reply that takes longer than the silence was waited for says that the silence was not waited for long enough. */
static bool came_in_time(const struct natsonde_evidence *ev, unsigned server, unsigned question)
{
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server == server && p->question == question && p->outcome == NATSONDE_ANSWERED && natsonde_probe_is_good(ev, p))
			return true;
	}
	return false;
}

/* A burst of loss would look the same: copies count only beside plain requests that were answered. */
bool natsonde_control_is_unanswered(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	return natsonde_silence_convinces(natsonde_silence_accompanied(ev, t, NATSONDE_Q_RESPONSE_PORT), t->controls_lost, t->controls,
					  NATSONDE_DOUBT_DEAD);
}

enum natsonde_control natsonde_control_status(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
					      const struct natsonde_control_row *c)
{
	const struct natsonde_row *asked = &t->row[NATSONDE_Q_RESPONSE_PORT];
	uint16_t response_port;

	if (t->row[c->control].good > 0)
		return came_in_time(ev, t->server, c->control) ? NATSONDE_CONTROL_PASSED : NATSONDE_CONTROL_FAILED;
	if (natsonde_is_hopeless(&t->row[c->open], t) || natsonde_is_hopeless(&t->row[c->map], t))
		return NATSONDE_CONTROL_FAILED;
	if (!natsonde_control_is_ready(ev, t, c, &response_port))
		return NATSONDE_CONTROL_OPEN;
	if (response_port != 0 && (addresses_differ(ev, t, c) || response_port_was_refused(ev, t->server, c->control)))
		return NATSONDE_CONTROL_IMPOSSIBLE;
	if (t->row[c->control].strange + t->row[c->control].errors > 0)
		return NATSONDE_CONTROL_FAILED;
	if (!natsonde_is_hopeless(&t->row[c->control], t))
		return NATSONDE_CONTROL_OPEN;
	if (response_port == 0 || asked->good > 0)
		return NATSONDE_CONTROL_FAILED;
	/* An answer elsewhere shows a server that overlooks RESPONSE-PORT. */
	if (asked->errors + asked->strange > 0 || (natsonde_is_hopeless(asked, t) && natsonde_control_is_unanswered(ev, t)))
		return NATSONDE_CONTROL_IMPOSSIBLE;
	return NATSONDE_CONTROL_OPEN;
}
