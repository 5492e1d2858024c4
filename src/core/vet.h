/* A server is vetted before it is believed. */
#ifndef NATSONDE_CORE_VET_H
#define NATSONDE_CORE_VET_H

#include <natsonde/judge.h>

#include "tally.h"

/* What is wrong with the alternate that a server names, NATSONDE_SERVER_WHY_NONE if it may be spoken to. */
enum natsonde_server_reason natsonde_vet_alternate(const struct natsonde_evidence *ev, unsigned server);
/* natsonde_judge_server for who has the tally already. */
struct natsonde_server_finding natsonde_vet(const struct natsonde_evidence *ev, const struct natsonde_tally *t);
/* Whether nothing is to be expected of a server any more: it was silent for long enough while others answered. */
bool natsonde_vet_is_given_up(const struct natsonde_evidence *ev, const struct natsonde_tally *t);

#endif
