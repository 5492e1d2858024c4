/* Whether two STUN messages say the same. Of FINGERPRINT only the presence counts, and what a decoder could not understand is
 * no part of the message. */
#ifndef TESTS_VECTORS_STUN_SAME_H
#define TESTS_VECTORS_STUN_SAME_H

#include <string.h>

#include <natsonde/stun.h>

static inline bool same_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

static inline bool same_message(const struct natsonde_stun_message *a, const struct natsonde_stun_message *b)
{
	return a->cls == b->cls && a->is_classic == b->is_classic && a->method == b->method &&
	       memcmp(a->classic_id, b->classic_id, sizeof(a->classic_id)) == 0 && memcmp(a->tid, b->tid, sizeof(a->tid)) == 0 &&
	       natsonde_addr_equal(&a->xor_mapped, &b->xor_mapped) && natsonde_addr_equal(&a->mapped, &b->mapped) &&
	       natsonde_addr_equal(&a->origin, &b->origin) && natsonde_addr_equal(&a->other, &b->other) &&
	       a->has_change == b->has_change && a->change == b->change && a->has_response_port == b->has_response_port &&
	       a->response_port == b->response_port && a->padding == b->padding && a->error_code == b->error_code &&
	       a->unknown_count == b->unknown_count && memcmp(a->unknown, b->unknown, sizeof(a->unknown)) == 0 &&
	       (a->fingerprint != NATSONDE_FINGERPRINT_ABSENT) == (b->fingerprint != NATSONDE_FINGERPRINT_ABSENT) &&
	       a->requested_transport == b->requested_transport && same_text(a->software, a->software_len, b->software, b->software_len) &&
	       same_text(a->realm, a->realm_len, b->realm, b->realm_len) && same_text(a->nonce, a->nonce_len, b->nonce, b->nonce_len);
}

#endif
