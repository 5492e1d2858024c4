#include "port_draw.h"

#define RANGE_ALL 64512u      /* 1024 to 65535 */
#define RANGE_EPHEMERAL 28232u /* 32768 to 60999, Linux's; a NAT that draws from these uses no block */
#define RANGE_HALF 32768u     /* no block is as large */
#define ONE (UINT32_C(1) << 24)
#define IMPROBABLE (ONE / 10000)
#define STEP_MAX 1024         /* ports that others may have taken in between included */
#define PERIOD_MIN 256u
#define PERIOD_MAX 16384u
#define PERIODS 7u
#define RUNS_MIN 3u           /* two may be one block that lies across a border */

/* An upper bound, in units of 2^-24, for the chance that n random draws from so many ports lie within a width of them: n times
 * (width / whole) to the power of n - 1. */
static uint32_t chance_within(unsigned n, uint32_t width, uint32_t whole)
{
	uint32_t part = width >= whole ? UINT32_C(1) << 16 : ((width << 14) / whole + 1) << 2;
	uint64_t chance = (uint64_t)n * ONE;

	for (unsigned i = 1; i < n; i++)
		chance = chance * part >> 16;
	return chance < ONE ? (uint32_t)chance : ONE;
}

static int gap(const uint16_t *ports, unsigned i)
{
	return (int)ports[i + 1] - (int)ports[i];
}

/* How often ports that are drawn in order, round a range, may go back, the way from the last to the first included. Of random
 * orders fewer than 1 in 10,000 go back as seldom (Eulerian numbers: n A(n - 1, k - 1) of n! orders have k cyclic descents, and as
 * many have k cyclic ascents). */
static unsigned returns_allowed(unsigned n)
{
	if (n >= 16)
		return 3;
	return n >= 13 ? 2 : 1;
}

static bool is_in_order(const uint16_t *ports, unsigned n, int direction)
{
	unsigned returns = direction * ((int)ports[0] - (int)ports[n - 1]) <= 0;

	for (unsigned i = 0; i + 1 < n; i++)
		returns += direction * gap(ports, i) <= 0;
	return returns <= returns_allowed(n);
}

/* Steps forward, in ascending order; returns how many. */
static unsigned sort_steps(const uint16_t *ports, unsigned n, int direction, uint16_t *steps)
{
	unsigned count = 0;

	for (unsigned i = 0; i + 1 < n; i++) {
		int step = direction * gap(ports, i);
		unsigned at = count;

		if (step <= 0)
			continue;
		for (; at > 0 && steps[at - 1] > step; at--)
			steps[at] = steps[at - 1];
		steps[at] = (uint16_t)step;
		count++;
	}
	return count;
}

/* Ports in order, and near to one another: the smallest step is the NAT's, the larger ones have mappings of others in between. */
static bool find_ascent(const uint16_t *ports, unsigned n, int direction, struct natsonde_port_draw *draw)
{
	uint16_t steps[NATSONDE_DRAWS_MAX];
	unsigned count;

	if (!is_in_order(ports, n, direction))
		return false;
	count = sort_steps(ports, n, direction, steps);
	if (count == 0 || steps[count / 2] > STEP_MAX)
		return false;
	draw->step = (int16_t)(direction * steps[0]);
	draw->guess = ((uint32_t)steps[count / 2] + steps[0] - 1) / steps[0];
	return true;
}

/* The same step more often than not, however often the range came to its end: random draws repeat no distance so often. */
static bool find_repetition(const uint16_t *ports, unsigned n, struct natsonde_port_draw *draw)
{
	for (unsigned i = 0; i + 1 < n; i++) {
		int step = gap(ports, i);
		unsigned same = 0;

		for (unsigned k = 0; k + 1 < n; k++)
			same += gap(ports, k) == step;
		if (same < 6 || 2 * same < n + 1 || step == 0 || step > STEP_MAX || step < -STEP_MAX)
			continue;
		draw->step = (int16_t)step;
		draw->guess = 1;
		return true;
	}
	return false;
}

static bool is_sequential(const uint16_t *ports, unsigned n, struct natsonde_port_draw *draw)
{
	return find_ascent(ports, n, 1, draw) || find_ascent(ports, n, -1, draw) || find_repetition(ports, n, draw);
}

/* The smallest aligned run of ports, a power of two, in which all lie once whole periods are taken off. */
static unsigned run_within(const uint16_t *ports, unsigned n, unsigned period)
{
	unsigned differ = 0, run = 1;

	for (unsigned i = 1; i < n; i++)
		differ |= (unsigned)(ports[i] ^ ports[0]) & (period - 1);
	while (run <= differ)
		run *= 2;
	return run;
}

static unsigned count_runs(const uint16_t *ports, unsigned n, unsigned period)
{
	unsigned runs = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned k = 0;

		while (ports[k] / period != ports[i] / period)
			k++;
		runs += k == i;
	}
	return runs;
}

/* RFC 7597 section 5.1: of a port's bits the first few number the run, the next say whose it is, the last count within the run.
 * The period is that which leaves the least to chance. The first run, with the system ports in it, is nobody's. */
static bool is_set(const uint16_t *ports, unsigned n, struct natsonde_port_draw *draw)
{
	unsigned best_share = 1;

	for (unsigned period = PERIOD_MIN; period <= PERIOD_MAX; period *= 2) {
		unsigned run = run_within(ports, n, period);

		if (chance_within(n, run, period) > IMPROBABLE / PERIODS || count_runs(ports, n, period) < RUNS_MIN ||
		    period / run < best_share)
			continue;
		best_share = period / run;
		draw->guess = ((65536u / period - 1) * run + 1) / 2;
	}
	return best_share > 1;
}

static uint32_t width_of(const uint16_t *ports, unsigned n)
{
	uint16_t low = ports[0], high = ports[0];

	for (unsigned i = 1; i < n; i++) {
		low = ports[i] < low ? ports[i] : low;
		high = ports[i] > high ? ports[i] : high;
	}
	return (uint32_t)high - low + 1;
}

static void find(struct natsonde_port_draw *draw, enum natsonde_verdict v, enum natsonde_certainty c, enum natsonde_reason r)
{
	draw->verdict = (uint8_t)v;
	draw->certainty = (uint8_t)c;
	draw->reason = (uint8_t)r;
}

struct natsonde_port_draw natsonde_port_draw(const uint16_t *ports, unsigned n)
{
	struct natsonde_port_draw draw = {.verdict = NATSONDE_UNKNOWN, .reason = NATSONDE_WHY_TOO_FEW_SOCKETS};
	uint32_t width;

	if (n < NATSONDE_DRAWS_MIN)
		return draw;
	width = width_of(ports, n);
	/* Half of the range from which so many draws are this far apart on average. */
	draw.guess = width < RANGE_HALF ? (width * (n + 1) / (n - 1) + 1) / 2 : RANGE_ALL / 2;
	if (is_sequential(ports, n, &draw))
		find(&draw, NATSONDE_SEQUENTIAL, NATSONDE_VERIFIED, NATSONDE_WHY_PORTS_IN_STEPS);
	else if (is_set(ports, n, &draw))
		find(&draw, NATSONDE_SET, NATSONDE_VERIFIED, NATSONDE_WHY_PORTS_IN_SETS);
	else if (chance_within(n, width, RANGE_EPHEMERAL) < IMPROBABLE)
		find(&draw, NATSONDE_BLOCK, NATSONDE_VERIFIED, NATSONDE_WHY_PORTS_IN_BLOCK);
	else if (width < RANGE_HALF || is_in_order(ports, n, 1) || is_in_order(ports, n, -1))
		find(&draw, NATSONDE_RANDOM, NATSONDE_LIKELY, NATSONDE_WHY_PORTS_SCATTERED);
	else
		find(&draw, NATSONDE_RANDOM, NATSONDE_VERIFIED, NATSONDE_WHY_PORTS_SCATTERED);
	return draw;
}
