#include "suspect.h"

#include "control.h"

#define CONTROLS_MIN 4u  /* answered, and none lost: on such a path an answer that is overdue is hardly lost either */
#define SLACK_MIN_US 10000u
#define COMPANIONS 2u

static uint32_t slack_us(const struct natsonde_tally *t)
{
	return t->rtt_us / 8 > SLACK_MIN_US ? t->rtt_us / 8 : SLACK_MIN_US;
}

/* Since when an answer to the first copy is overdue; NATSONDE_NOT_YET_US if it came, or nothing was asked. */
static uint32_t overdue_us(const struct natsonde_tally *t, enum natsonde_question q)
{
	const struct natsonde_row *row = &t->row[q];

	if (row->good > 0 || row->sent == 0)
		return NATSONDE_NOT_YET_US;
	return row->first_us + t->rtt_us + slack_us(t);
}

/* Only where the door is known to be open: behind an endpoint-dependent mapping a first copy without RESPONSE-PORT is in vain. */
static uint32_t control_overdue_us(const struct natsonde_evidence *ev, const struct natsonde_tally *t, const struct natsonde_control_row *c)
{
	uint16_t response_port;

	if (!natsonde_control_is_ready(ev, t, c, &response_port) || (response_port != 0) != t->row[c->control].is_diverted)
		return NATSONDE_NOT_YET_US;
	return overdue_us(t, (enum natsonde_question)c->control);
}

static uint32_t later(uint32_t a_us, uint32_t b_us)
{
	return a_us > b_us ? a_us : b_us;
}

static uint32_t earlier(uint32_t a_us, uint32_t b_us)
{
	return a_us < b_us ? a_us : b_us;
}

/* A plain request that was not answered in time, and the one after it neither: it answers no more. */
static uint32_t fell_silent_us(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server != t->server || p->question != NATSONDE_Q_FILTER_PLAIN)
			continue;
		n = p->outcome == NATSONDE_SILENT ? n + 1 : 0;
		if (n == COMPANIONS)
			return p->sent_us + t->rtt_us + slack_us(t);
	}
	return NATSONDE_NOT_YET_US;
}

bool natsonde_is_suspect(const struct natsonde_evidence *ev, const struct natsonde_tally *t, uint32_t *wake_us)
{
	/* Both at the alternate port; both at the alternate address, if that still matters; or the changed reply through an open door. */
	uint32_t port_us = later(overdue_us(t, NATSONDE_Q_MAP_A1P2), overdue_us(t, NATSONDE_Q_MAP_A2P2));
	uint32_t address_us = t->row[NATSONDE_Q_FILTER_PORT].good == 0 ? NATSONDE_NOT_YET_US
			      : later(overdue_us(t, NATSONDE_Q_MAP_A2P1), overdue_us(t, NATSONDE_Q_MAP_A2P2));
	uint32_t control_us = earlier(control_overdue_us(ev, t, &natsonde_control_port), control_overdue_us(ev, t, &natsonde_control_both));
	uint32_t at_us = earlier(earlier(port_us, address_us), earlier(control_us, fell_silent_us(ev, t)));

	if (t->controls_lost > 0 || t->controls < CONTROLS_MIN || at_us == NATSONDE_NOT_YET_US)
		return false;
	if (ev->now_us >= at_us)
		return true;
	*wake_us = earlier(*wake_us, at_us);
	return false;
}
