/* Does somebody on the way rewrite addresses in the payload (an application layer gateway, RFC 4787 REQ-10)? Servers say where a
 * request came from twice: in XOR-MAPPED-ADDRESS, which no gateway recognises, and plainly in MAPPED-ADDRESS, which it does
 * (RFC 5780 section 3.6). The two differ where somebody helped. A FINGERPRINT that does not fit any more is a second witness. */
#include "behaviour.h"

#include "../mapped.h"

void natsonde_alg_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	natsonde_server_set liars = natsonde_mapped_liars(ev);
	bool any_answer = false, any_alike = false, any_rewritten = false, any_broken = false;

	(void)v;
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		any_broken = any_broken || p->is_tampered;
		if (p->is_tampered)
			natsonde_rests_on(f, i);
		if (!natsonde_mapped_tells(ev, liars, p))
			continue;
		any_answer = true;
		if (p->is_unprotected || p->mapped_plain == 0)
			continue;
		any_alike = any_alike || p->mapped == p->mapped_plain;
		any_rewritten = any_rewritten || p->mapped != p->mapped_plain;
		natsonde_rests_on(f, i);
	}
	if (any_rewritten)
		natsonde_find(f, NATSONDE_REWRITES, any_broken ? NATSONDE_VERIFIED : NATSONDE_LIKELY,
			      any_broken ? NATSONDE_WHY_FINGERPRINT_BROKEN : NATSONDE_WHY_MAPPED_REWRITTEN);
	else if (any_broken)
		natsonde_find(f, NATSONDE_REWRITES, NATSONDE_LIKELY, NATSONDE_WHY_FINGERPRINT_BROKEN);
	else if (any_alike)
		natsonde_find(f, NATSONDE_NONE, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPED_ALIKE);
	else if (any_answer)
		natsonde_find(f, NATSONDE_NOT_AVAILABLE, NATSONDE_VERIFIED, NATSONDE_WHY_NO_MAPPED);
	else
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE,
			      liars != 0 ? NATSONDE_WHY_MAPPED_UNTRUE : natsonde_no_answer_reason(ev));
}
