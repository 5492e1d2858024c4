/* An application layer gateway that rewrites addresses in payloads (RFC 4787 section 7). */
#ifndef NATSONDE_SIM_ALG_H
#define NATSONDE_SIM_ALG_H

#include <natsonde/addr.h>

/* Turns a MAPPED-ADDRESS that equals from into to, in place; from and to are of one family. XOR-MAPPED-ADDRESS and FINGERPRINT
 * stay as they were: an ALG sees neither (RFC 8489 section 14.2). Bytes that are no STUN message stay as they were. */
void natsonde_alg_rewrite(uint8_t *bytes, size_t len, const struct natsonde_addr *from, const struct natsonde_addr *to);

#endif
