/* When silence is evidence: enough copies, on a path that was open at that moment, and lost less than they would have to be. */
#ifndef NATSONDE_CORE_SILENCE_H
#define NATSONDE_CORE_SILENCE_H

#include "tally.h"

/* How improbable it must be that an open path loses all the copies that stayed silent, given what the controls lost. */
enum natsonde_doubt {
	NATSONDE_DOUBT_GATE,    /* 3 in 100: enough to begin speaking to the alternates, or to turn to another server */
	NATSONDE_DOUBT_DEAD,    /* 1 in 1,000: enough to give something up (which leads to "unknown" at worst) */
	NATSONDE_DOUBT_VERDICT  /* 1 in 10,000, and no fewer than 8 copies, 12 once a control was lost: enough for a verdict. Together
				 * this is wrong less than once in 100,000 where a fifth of all packets is lost each way (tests/bench) */
};
/* Whether n silent copies on a path where controls_lost of controls were lost leave no more doubt than that. Beta(1, 3) prior:
 * the product over i < n of (lost + 1 + i) / (controls + 4 + i). Time buys no certainty, copies do. */
bool natsonde_silence_convinces(unsigned n, unsigned controls_lost, unsigned controls, enum natsonde_doubt doubt);
/* The same where in_holes more copies were silent while a control beside them was lost: each of these counts only as far as
 * losses on this path have come alone. */
bool natsonde_silence_convinces_despite(unsigned n, unsigned in_holes, const struct natsonde_tally *t, unsigned controls,
					enum natsonde_doubt doubt);

/* Silent copies: those that were silent for long enough, and all that are silent yet; apart from these, those in holes. */
struct natsonde_silence { unsigned waited, sent, in_holes; };
/* Nothing is counted while there are too few copies for any verdict. */
struct natsonde_silence natsonde_silence_count(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
					       enum natsonde_question q);
/* Whether the path was open when that probe was sent: a copy that was lost together with the plain request beside it met a hole
 * in the path, not a filter. */
/* Silent copies of a question that a plain request was answered beside. */
unsigned natsonde_silence_accompanied(const struct natsonde_evidence *ev, const struct natsonde_tally *t, enum natsonde_question q);
bool natsonde_silence_path_was_open(const struct natsonde_evidence *ev, const struct natsonde_tally *t, unsigned probe);
/* Whether a server that has answered seems to answer nothing any more: it limits packets, or there is an outage. */
bool natsonde_silence_has_fallen(const struct natsonde_evidence *ev, const struct natsonde_tally *t, enum natsonde_doubt doubt);
/* Whether a question was put often enough, and long enough ago, to say that it will not be answered. */
bool natsonde_is_hopeless(const struct natsonde_row *row, const struct natsonde_tally *t);
/* Whether a question met errors, ICMP errors, strangers or this host's own refusal each time, and often enough. */
bool natsonde_is_rebuffed(const struct natsonde_row *row);

#endif
