#include "plan.h"

/* Which addresses of each name are taken, as sets of indices. */
struct choice {
	const struct natsonde_io_name *names;
	unsigned n, family; /* family: index into addrs */
	unsigned taken[NATSONDE_SERVERS_MAX];
	unsigned total;
};

static bool is_taken(const struct choice *c, const struct natsonde_addr *addr)
{
	for (unsigned name = 0; name < c->n; name++)
		for (unsigned i = 0; i < c->names[name].n[c->family]; i++)
			if ((c->taken[name] >> i & 1) && natsonde_addr_equal(&c->names[name].addrs[c->family][i], addr))
				return true;
	return false;
}

/* Takes one more address of each name. False once there is nothing left to take, or no room. */
static bool take_one_each(struct choice *c)
{
	unsigned before = c->total;

	for (unsigned name = 0; name < c->n && c->total < NATSONDE_SERVERS_MAX; name++)
		for (unsigned i = 0; i < c->names[name].n[c->family]; i++)
			if (!is_taken(c, &c->names[name].addrs[c->family][i])) {
				c->taken[name] |= 1u << i;
				c->total++;
				break;
			}
	return c->total > before && c->total < NATSONDE_SERVERS_MAX;
}

bool natsonde_plan_servers(struct natsonde_plan *plan, enum natsonde_family family, const struct natsonde_io_name *names,
			   unsigned n, unsigned wanted)
{
	unsigned used = 0; /* names */
	struct choice c = { .names = names, .n = n, .family = family == NATSONDE_IPV6 };

	/* First one address of every name, so that spares of one cannot crowd out another. */
	while (take_one_each(&c))
		;
	plan->family = (uint8_t)family;
	plan->n_servers = 0;
	for (unsigned name = 0; name < n; name++) {
		bool is_spare = used >= wanted;

		for (unsigned i = 0; i < names[name].n[c.family]; i++) {
			if (!(c.taken[name] >> i & 1))
				continue;
			plan->servers[plan->n_servers].addr = names[name].addrs[c.family][i];
			plan->servers[plan->n_servers].name = (uint8_t)name;
			plan->servers[plan->n_servers++].is_spare = is_spare;
			is_spare = true;
		}
		used += c.taken[name] != 0;
	}
	return plan->n_servers > 0;
}

#define FIRST_S 10       /* mapping and filtering, on a bad link as well */
#define FURTHER_S 15     /* each further test */
#define LADDER_S 150     /* lifetime: what comes before and behind the silence */
#define LADDERS 4        /* lifetime: two ladders, and with one server alone its last rung begins when the one before it has ended */
#define POLITENESS_S 120 /* the packets of several further tests are spread over so long (want.c) */
#define MOST_S 4200      /* evidence counts microseconds in 32 bits: 71 minutes */

natsonde_us natsonde_plan_timeout(uint16_t tests, unsigned max_lifetime_s)
{
	unsigned seconds = FIRST_S, further = 0;

	for (unsigned b = NATSONDE_BEHAVIOURS_FIRST; b < NATSONDE_BEHAVIOURS; b++) {
		if (!(tests & NATSONDE_TEST(b)))
			continue;
		seconds += b == NATSONDE_LIFETIME ? LADDERS * max_lifetime_s + LADDER_S : FURTHER_S;
		further++;
	}
	if (further > 1)
		seconds += POLITENESS_S;
	return (seconds < MOST_S ? seconds : MOST_S) * NATSONDE_S;
}
