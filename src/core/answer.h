/* Which answers count. */
#ifndef NATSONDE_CORE_ANSWER_H
#define NATSONDE_CORE_ANSWER_H

#include <natsonde/evidence.h>

/* Whether a question asks for its answer on the control socket, with RESPONSE-PORT, whatever socket asks. */
static inline bool natsonde_is_diverted(unsigned question)
{
	return question == NATSONDE_Q_RESPONSE_PORT || question == NATSONDE_Q_PORT_A1P1;
}
/* Whether the probe was answered from where an honest server answers it. */
bool natsonde_probe_is_good(const struct natsonde_evidence *ev, const struct natsonde_probe *p);

#endif
