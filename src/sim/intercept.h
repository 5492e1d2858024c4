/* Something near the host that answers Binding requests itself: a transparent proxy, a resolver of made-up addresses. */
#ifndef NATSONDE_SIM_INTERCEPT_H
#define NATSONDE_SIM_INTERCEPT_H

#include <stddef.h>

#include <natsonde/addr.h>

#define NATSONDE_INTERCEPT_ANSWER_MAX 96 /* no answer is longer */

/* Answers a Binding request from src, whoever it was for, with the address that it sees: src. CHANGE-REQUEST, RESPONSE-PORT and
 * PADDING mean nothing to it. Returns the length of the answer, 0 for what it lets pass: all that is no Binding request. */
size_t natsonde_intercept_answer(const struct natsonde_addr *src, const uint8_t *bytes, size_t len,
				 uint8_t answer[NATSONDE_INTERCEPT_ANSWER_MAX]);

#endif
