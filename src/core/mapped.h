/* Can it be true, what a server says of this host's address outside? Some see a proxy or a load balancer in front of them, some
 * make it up. One socket has one mapping toward a destination, and no two sockets have the same: that is enough to know. */
#ifndef NATSONDE_CORE_MAPPED_H
#define NATSONDE_CORE_MAPPED_H

#include <natsonde/judge.h>

struct natsonde_mapped {
	uint8_t reason;  /* what shows that it is not true: NATSONDE_SERVER_WHY_MAPPED_..., NATSONDE_SERVER_WHY_NONE without a doubt */
	bool is_repeated; /* the same question was answered twice, and alike */
	bool is_distinct; /* the same question from two sockets was answered differently */
};

struct natsonde_mapped natsonde_mapped_check(const struct natsonde_evidence *ev, unsigned server);
/* The same, answer by answer, for who walks through the evidence anyway. Zeroed at first. */
struct natsonde_mapped_walk {
	struct natsonde_mapped found;
	struct { natsonde_addr_id local, mapped; } told[NATSONDE_ENDPOINTS][NATSONDE_SOCKET_TCP]; /* last, at an endpoint, to a kind of socket */
};
void natsonde_mapped_see(struct natsonde_mapped_walk *walk, const struct natsonde_probe *p);

/* The servers of which it is not true, a bit each. */
typedef uint8_t natsonde_server_set;
natsonde_server_set natsonde_mapped_liars(const struct natsonde_evidence *ev);
/* Whether a probe says where this host is seen over UDP, and by a server that is not among the liars. */
bool natsonde_mapped_tells(const struct natsonde_evidence *ev, natsonde_server_set liars, const struct natsonde_probe *p);

#endif
