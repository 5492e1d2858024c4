#include "climb.h"

#include <limits.h>
#include <string.h>

#include "history.h"

#define S 1000000u
#define WINDOW_US (120u * S) /* what want.c counts packets in */
#define PACKETS_MAX 60u
#define PACKETS_SPARE 8u     /* kept back for rungs that do not answer */
#define AHEAD_S 6u           /* for each server: that far ahead of its time a rung is begun, and the farther the later it is */
#define FEW_SOCKETS 8u
#define CONFIRMS_WITHIN 2 /* rungs */

bool natsonde_climb_is_few(const struct natsonde_want *w)
{
	return w->plan->max_sockets < FEW_SOCKETS;
}

unsigned natsonde_climb_count_rungs(unsigned max_s)
{
	unsigned n = 0;

	while (n < NATSONDE_RUNGS_MAX && natsonde_rung_seconds(n, max_s) != 0)
		n++;
	return n;
}

struct bracket {
	int alive; /* the highest rung that was, -1 none */
	int dead;  /* the lowest above it that was not, n_rungs none */
	bool is_confirmed; /* and so was another one not far above that; or it is the last */
};

static struct bracket bracket_of(const struct natsonde_climb *c)
{
	struct bracket b = {-1, (int)c->n_rungs, false};
	int above = (int)c->n_rungs; /* the next that was dead, too */

	for (unsigned r = 0; r < c->n_rungs; r++)
		if (c->state[r] == NATSONDE_RUNG_ALIVE)
			b.alive = (int)r;
	for (unsigned r = c->n_rungs; r-- > (unsigned)(b.alive + 1);)
		if (c->state[r] == NATSONDE_RUNG_DEAD) {
			above = b.dead;
			b.dead = (int)r;
		}
	b.is_confirmed = (above < (int)c->n_rungs && above <= b.dead + CONFIRMS_WITHIN) || b.dead == (int)c->n_rungs - 1;
	return b;
}

int natsonde_climb_alive(const struct natsonde_climb *c)
{
	return bracket_of(c).alive;
}

/* No rung between the two might still tell. */
static bool is_adjacent(const struct natsonde_climb *c, struct bracket b)
{
	for (int r = b.alive + 1; r < b.dead; r++)
		if (c->state[r] != NATSONDE_RUNG_OF_NO_USE)
			return false;
	return true;
}

static bool is_climbed(const struct natsonde_climb *c)
{
	struct bracket b = bracket_of(c);

	if (b.dead == (int)c->n_rungs)
		return b.alive == (int)c->n_rungs - 1;
	return is_adjacent(c, b) && b.is_confirmed;
}

/* The rung to begin next; n_rungs for none. In order, from where the ladder begins; below that only if it is dead there. With few
 * sockets, by leaps. */
static unsigned next_rung(const struct natsonde_climb *c)
{
	struct bracket b = bracket_of(c);
	unsigned low = b.dead < (int)c->n_rungs || b.alive >= (int)c->first ? 0 : c->first;
	unsigned from = (unsigned)(b.alive + 1) > low ? (unsigned)(b.alive + 1) : low;
	unsigned to = (unsigned)b.dead;

	if (b.dead < (int)c->n_rungs && is_adjacent(c, b))
		for (to = (unsigned)b.dead + 1; to < c->n_rungs && c->state[to - 1] >= NATSONDE_RUNG_DEAD; to++)
			;

	if (natsonde_climb_is_few(c->w) && to > from + 1) {
		unsigned leap = b.dead == (int)c->n_rungs ? from + from / 2 + 1 : from + (to - from) / 2;

		if (leap < c->n_rungs && c->state[leap] == NATSONDE_RUNG_NOT_BEGUN)
			return leap;
	}
	for (unsigned r = from; r < to && r < c->n_rungs; r++)
		if (c->state[r] == NATSONDE_RUNG_NOT_BEGUN)
			return r;
	return c->n_rungs;
}

/* Packets that a server has had within the window, and those that its rungs still take: they are kept back, for they cannot wait.
 * wake_us: when the first of them leaves the window. */
static unsigned count_packets(const struct natsonde_climb *c, unsigned server, uint32_t *wake_us)
{
	const struct natsonde_evidence *ev = c->w->ev;
	unsigned used = c->owed[server];

	*wake_us = NATSONDE_NOT_YET_US;
	for (unsigned i = ev->n_probes; i-- > 0;) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server != server || p->outcome == NATSONDE_UNSENT || ev->now_us - p->sent_us >= WINDOW_US)
			continue;
		used++;
		*wake_us = natsonde_later_us(p->sent_us, WINDOW_US);
	}
	return used;
}

unsigned natsonde_climb_server(const struct natsonde_climb *c)
{
	unsigned best = 0, least = UINT_MAX;
	uint32_t wake_us;

	for (unsigned i = 0; i < c->n_servers; i++) {
		unsigned used = count_packets(c, c->servers[i], &wake_us);

		if (used < least) {
			least = used;
			best = c->servers[i];
		}
	}
	return best;
}

static bool has_packets_left(const struct natsonde_climb *c, unsigned server, uint32_t *wake_us)
{
	unsigned spare = (bracket_of(c).dead < (int)c->n_rungs ? 0 : PACKETS_SPARE) + c->spare;

	return count_packets(c, server, wake_us) + spare + natsonde_climb_owed(c, &(struct natsonde_rung){0}) < PACKETS_MAX;
}

/* How far ahead of its time a rung is begun. Packets are short, and those of rungs that will never be asked are wasted; but every
 * second that a rung is begun later, the answer comes later. */
static bool is_in_sight(const struct natsonde_climb *c, unsigned rung, uint32_t *wake_us)
{
	uint32_t seconds = natsonde_rung_seconds(rung, c->w->plan->max_lifetime_s);
	uint32_t low_s = c->first > 0 ? natsonde_rung_seconds(c->first, c->w->plan->max_lifetime_s) : 0;

	if (seconds <= low_s + AHEAD_S * c->n_servers || c->began_us == 0)
		return true;
	*wake_us = natsonde_later_us(c->began_us, (seconds - low_s - AHEAD_S * c->n_servers) * (S / c->n_servers));
	return c->w->ev->now_us >= *wake_us;
}

static bool has_socket(const struct natsonde_climb *c, unsigned rung)
{
	unsigned open = natsonde_want_count(c->w, NATSONDE_SOCKET_RUNG) + natsonde_want_count(c->w, NATSONDE_SOCKET_ASKER);

	return open < c->w->plan->max_sockets ||
	       natsonde_want_is_open(c->w, NATSONDE_SOCKET_RUNG, natsonde_rung_instance(c->kind, rung));
}

static void begin_next(struct natsonde_climb *c)
{
	unsigned rung = next_rung(c);
	unsigned server = natsonde_climb_server(c);
	uint32_t wake_us = NATSONDE_NOT_YET_US;

	if (rung < c->n_rungs && !is_in_sight(c, rung, &wake_us)) {
		natsonde_want_wake(c->w, wake_us);
		return;
	}
	if (rung == c->n_rungs || (natsonde_climb_is_few(c->w) && c->standing > 0) || !has_socket(c, rung))
		return;
	if (has_packets_left(c, server, &wake_us))
		natsonde_climb_offer(c->w, NATSONDE_Q_LIFE_SET, server, natsonde_rung_instance(c->kind, rung), 0);
	else
		natsonde_want_wake(c->w, wake_us);
}

/* A rung above two that are dead is not asked any more. */
static bool is_moot(struct bracket b, unsigned rung)
{
	return b.is_confirmed && b.dead < (int)rung;
}

/* One whose answer may be under way keeps its socket until then: that would look like a loss. */
static bool is_waiting(const struct natsonde_climb *c, unsigned rung)
{
	struct natsonde_rung r = natsonde_climb_look(c, rung);

	return c->state[rung] == NATSONDE_RUNG_EXCHANGING &&
	       c->w->ev->now_us - r.sent_us < natsonde_history_wait_us(c->w->ev, r.server);
}

void natsonde_climb_release(struct natsonde_climb *c, bool is_climbed)
{
	for (unsigned r = 0; r < c->n_rungs && c->w->done_attempt == 0; r++)
		if ((is_climbed || c->state[r] >= NATSONDE_RUNG_ALIVE) && !is_waiting(c, r))
			natsonde_want_done(c->w, NATSONDE_SOCKET_RUNG, natsonde_rung_instance(c->kind, r));
}

bool natsonde_climb(struct natsonde_climb *c)
{
	struct bracket b;

	c->standing = 0;
	memset(c->owed, 0, sizeof(c->owed));
	c->began_us = 0;
	for (unsigned r = 0; r < c->n_rungs; r++) {
		struct natsonde_rung rung = natsonde_climb_look(c, r);

		if (rung.sets > 0 && (c->began_us == 0 || rung.first_us < c->began_us))
			c->began_us = rung.first_us;
		c->state[r] = (uint8_t)natsonde_climb_state(c, &rung, natsonde_rung_instance(c->kind, r));
		if (c->state[r] < NATSONDE_RUNG_EXCHANGING || c->state[r] > NATSONDE_RUNG_BEING_ASKED)
			continue;
		c->standing++;
		c->owed[rung.server] = (uint8_t)(c->owed[rung.server] + natsonde_climb_owed(c, &rung));
	}
	if (is_climbed(c))
		return true;
	b = bracket_of(c);
	natsonde_climb_release(c, false);
	for (unsigned r = 0; r < c->n_rungs; r++)
		if (!is_moot(b, r))
			natsonde_climb_ask_rung(c, r);
	begin_next(c);
	return c->w->when_us == NATSONDE_NOT_YET_US && c->w->wake_us == NATSONDE_NOT_YET_US && c->w->done_attempt == 0;
}
