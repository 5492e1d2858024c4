/* Writing evidence down: what only the engine does. */
#ifndef NATSONDE_CORE_RECORD_H
#define NATSONDE_CORE_RECORD_H

#include <natsonde/engine.h>

/* The id of an address, entering it if it is new; 0 for "no address", or if there is no room (then is_truncated is set). */
natsonde_addr_id natsonde_record_addr(struct natsonde_evidence *ev, const struct natsonde_addr *addr);
/* A zeroed probe at the end of the list, NULL if there is no room (then is_truncated is set). */
struct natsonde_probe *natsonde_record_probe(struct natsonde_evidence *ev);
/* Notes what A1:P1 named as its alternate, and which servers are endpoints of one another. */
void natsonde_record_other(struct natsonde_evidence *ev, unsigned server, natsonde_addr_id other);

/* Between packets (RFC 8445 appendix B.1). */
#define NATSONDE_PACING_US 5000u
/* Notes that this is the time of whatever happens next. */
void natsonde_record_time(struct natsonde_engine *e, natsonde_us now);

#endif
