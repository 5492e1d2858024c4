#include "intercept.h"

#include <string.h>

#include <natsonde/stun.h>

size_t natsonde_intercept_answer(const struct natsonde_addr *src, const uint8_t *bytes, size_t len,
				 uint8_t answer[NATSONDE_INTERCEPT_ANSWER_MAX])
{
	struct natsonde_stun_message ask, reply = { .method = NATSONDE_STUN_BINDING, .cls = NATSONDE_STUN_SUCCESS, .mapped = *src };

	if (!natsonde_stun_decode(bytes, len, &ask) || ask.cls != NATSONDE_STUN_REQUEST || ask.method != NATSONDE_STUN_BINDING)
		return 0;
	if (!ask.is_classic)
		reply.xor_mapped = *src;
	reply.is_classic = ask.is_classic;
	memcpy(reply.classic_id, ask.classic_id, sizeof(reply.classic_id));
	memcpy(reply.tid, ask.tid, sizeof(reply.tid));
	reply.fingerprint = ask.fingerprint;
	return natsonde_stun_encode(&reply, answer, NATSONDE_INTERCEPT_ANSWER_MAX);
}
