#include "silence.h"

#define COMPANION_US 40000u /* a plain request this close to a copy tells whether the path was open */

#define COPIES_UNANSWERED 3u /* to a question that met errors, ICMP or a local fault each time */
#define COPIES_ON_A_CLEAN_PATH 8u
#define COPIES_ON_A_LOSSY_PATH 12u

/* In units of 2^-24, rounded up: no 64-bit division on a microcontroller. */
static const uint32_t doubt_limit[] = {
	[NATSONDE_DOUBT_GATE] = 503316, [NATSONDE_DOUBT_DEAD] = 16777, [NATSONDE_DOUBT_VERDICT] = 1677
};

static uint32_t doubt_left(unsigned n, unsigned controls_lost, unsigned controls)
{
	uint32_t p = UINT32_C(1) << 24;

	for (unsigned i = 0; i < n && i + controls_lost < 254; i++)
		p = (p * (controls_lost + 1 + i) + controls + 3 + i) / (controls + 4 + i);
	return p;
}

/* Few controls that fared well are no reason to be content with few copies: a path that loses a fifth each way, 0.36 of all
 * round trips, may look clean for a while. 0.36 to the twelfth is below 1 in 100,000; so is 0.36 to the eighth times the chance
 * that such a path loses none of a dozen controls. */
static bool are_too_few(unsigned n, unsigned controls_lost, enum natsonde_doubt doubt)
{
	return doubt == NATSONDE_DOUBT_VERDICT && n < (controls_lost > 0 ? COPIES_ON_A_LOSSY_PATH : COPIES_ON_A_CLEAN_PATH);
}

bool natsonde_silence_convinces(unsigned n, unsigned controls_lost, unsigned controls, enum natsonde_doubt doubt)
{
	return !are_too_few(n, controls_lost, doubt) && doubt_left(n, controls_lost, controls) < doubt_limit[doubt];
}

bool natsonde_silence_convinces_despite(unsigned n, unsigned in_holes, const struct natsonde_tally *t, unsigned controls,
					enum natsonde_doubt doubt)
{
	uint32_t p = doubt_left(n, t->controls_lost, controls);

	for (unsigned i = 0; i < in_holes; i++)
		p = (p * (t->holes_wide + 1u) + t->holes + 1u) / (t->holes + 2u);
	return !are_too_few(n + in_holes, t->controls_lost, doubt) && p < doubt_limit[doubt];
}

bool natsonde_is_rebuffed(const struct natsonde_row *row)
{
	return (unsigned)row->errors + row->unreachable + row->unsent + row->strange >= COPIES_UNANSWERED;
}

bool natsonde_is_hopeless(const struct natsonde_row *row, const struct natsonde_tally *t)
{
	if (row->good > 0 || row->pending > 0)
		return false;
	return natsonde_is_rebuffed(row) ||
	       natsonde_silence_convinces(row->lost, t->controls_lost, t->controls, NATSONDE_DOUBT_DEAD);
}

static bool is_companion(const struct natsonde_probe *p, unsigned server)
{
	return p->server == server && p->outcome != NATSONDE_UNSENT &&
	       (p->question == NATSONDE_Q_MAP_A1P1 || p->question == NATSONDE_Q_FILTER_PLAIN);
}

enum companion { COMPANION_NONE, COMPANION_ANSWERED, COMPANION_LOST };

static enum companion companion_of(const struct natsonde_evidence *ev, const struct natsonde_tally *t, unsigned copy)
{
	uint32_t near_us = t->spacing_us > COMPANION_US ? t->spacing_us : COMPANION_US;
	uint32_t from_us = ev->probes[copy].sent_us, first = copy;
	bool companion_lost = false;

	while (first > 0 && from_us - ev->probes[first - 1].sent_us <= near_us)
		first--;
	for (unsigned i = first; i < ev->n_probes && (i < copy || ev->probes[i].sent_us - from_us <= near_us); i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (!is_companion(p, t->server))
			continue;
		if (natsonde_probe_is_good(ev, p))
			return COMPANION_ANSWERED;
		companion_lost = companion_lost || natsonde_probe_waited_us(ev, p) >= t->wait_us;
	}
	return companion_lost ? COMPANION_LOST : COMPANION_NONE;
}

bool natsonde_silence_path_was_open(const struct natsonde_evidence *ev, const struct natsonde_tally *t, unsigned copy)
{
	return companion_of(ev, t, copy) != COMPANION_LOST;
}

unsigned natsonde_silence_accompanied(const struct natsonde_evidence *ev, const struct natsonde_tally *t, enum natsonde_question q)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server == t->server && p->question == q && p->outcome == NATSONDE_SILENT && natsonde_probe_waited_us(ev, p) >= t->wait_us)
			n += companion_of(ev, t, i) == COMPANION_ANSWERED;
	}
	return n;
}

/* When the last packet left that the server has answered, whatever it was. */
static uint32_t last_sign_of_life_us(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	for (unsigned i = ev->n_probes; i-- > 0;)
		if (ev->probes[i].server == t->server && natsonde_probe_is_good(ev, &ev->probes[i]))
			return ev->probes[i].sent_us;
	return 0;
}

/* What stayed silent after a server's last sign of life may have met a server that answers nothing any more. */
struct natsonde_silence natsonde_silence_count(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
					       enum natsonde_question q)
{
	struct natsonde_silence n = {0, 0, 0};
	uint32_t alive_us;

	if (t->row[q].sent < COPIES_ON_A_CLEAN_PATH)
		return n;
	alive_us = last_sign_of_life_us(ev, t) + (t->spacing_us > COMPANION_US ? t->spacing_us : COMPANION_US);
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		bool has_waited;

		if (p->server != t->server || p->question != q || p->outcome != NATSONDE_SILENT)
			continue;
		has_waited = natsonde_probe_waited_us(ev, p) >= t->wait_us;
		if (has_waited ? p->sent_us > alive_us : p->answered_us != 0)
			continue;
		if (!natsonde_silence_path_was_open(ev, t, i)) {
			n.in_holes += has_waited;
			continue;
		}
		n.sent++;
		n.waited += has_waited;
	}
	return n;
}

bool natsonde_silence_has_fallen(const struct natsonde_evidence *ev, const struct natsonde_tally *t, enum natsonde_doubt doubt)
{
	unsigned n = 0, before = 0, lost = 0;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (!is_companion(p, t->server))
			continue;
		if (p->outcome == NATSONDE_SILENT && natsonde_probe_waited_us(ev, p) >= t->wait_us) {
			n++;
		} else if (natsonde_probe_is_good(ev, p)) {
			before += n + 1;
			lost += n;
			n = 0;
		}
	}
	return before > 0 && natsonde_silence_convinces(n, lost, before, doubt);
}
