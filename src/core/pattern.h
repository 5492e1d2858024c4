/* What the mapped addresses that one socket was given at different destinations say of the mapping (RFC 5780 section 4.3). */
#ifndef NATSONDE_CORE_PATTERN_H
#define NATSONDE_CORE_PATTERN_H

#include <natsonde/judge.h>

#include "mapped.h"

/* The mapping that one socket has toward each endpoint of each server; 0 unknown. */
struct natsonde_samples { natsonde_addr_id at[NATSONDE_SERVERS_MAX][NATSONDE_ENDPOINTS]; };

struct natsonde_opinion { uint8_t verdict, reason; }; /* enum natsonde_verdict, enum natsonde_reason */

/* Gathers what the socket of that running number was told, but not by the liars. */
void natsonde_samples_collect(const struct natsonde_evidence *ev, natsonde_server_set liars, unsigned socket,
			      struct natsonde_samples *m);
/* Whether all four endpoints of a server have answered. */
bool natsonde_samples_has_four(const struct natsonde_samples *samples, unsigned server);
/* One socket's mappings. A class needs all four endpoints of one server; everything else must not contradict it. */
struct natsonde_opinion natsonde_samples_judge(const struct natsonde_evidence *ev, const struct natsonde_samples *m);

/* Adm, apdm, and what is known to depend on the destination in another way. */
bool natsonde_is_dependent(enum natsonde_verdict verdict);

enum natsonde_witness { NATSONDE_WITNESS_NONE, NATSONDE_WITNESS_AGREES, NATSONDE_WITNESS_DISAGREES };
/* What another socket, c, says of the same pairs of destinations as m, from which that verdict follows. To confirm a dependence it
 * must have seen one itself; to confirm one on the port, between two ports of one address: a port conflict makes an
 * address-dependent mapping look like that. */
enum natsonde_witness natsonde_samples_witness(const struct natsonde_evidence *ev, const struct natsonde_samples *c,
					       const struct natsonde_samples *m, enum natsonde_verdict verdict);

#endif
