/* Is anybody there? Until a first answer over UDP has come, the run waits, asks the same servers over TCP, and gives up in time. */
#ifndef NATSONDE_CORE_REACH_H
#define NATSONDE_CORE_REACH_H

#include "want.h"

/* Whether any server has answered anything over UDP. */
bool natsonde_reach_has_answer(const struct natsonde_evidence *ev);
/* Offers a STUN Binding over TCP to one server after the other, while UDP stays silent. */
void natsonde_reach_ask(struct natsonde_want *w);
/* The first STUN Binding over TCP to a server; NULL if there was none. */
const struct natsonde_probe *natsonde_reach_tcp_probe(const struct natsonde_evidence *ev, unsigned server);
/* Whether it is time to say that nothing answers. */
bool natsonde_reach_is_over(const struct natsonde_evidence *ev, const struct natsonde_plan *plan);

#endif
