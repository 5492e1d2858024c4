#include "remarks.h"

#include <natsonde/names.h>

#include "details.h"

static const struct {
	uint8_t behaviour, verdict; /* enum natsonde_behaviour, enum natsonde_verdict */
	const char *label, *text;
} remarks[] = {
	{NATSONDE_ALG, NATSONDE_REWRITES, "turn off",
	 "your router's ALG (\"SIP helper\"): it rewrites addresses inside of packets, and breaks what it does not understand"},
	{NATSONDE_FRAGMENTS, NATSONDE_OUTBOUND_DROPPED, "packet size",
	 "keep packets below 1200 bytes: larger ones go out in fragments, and those are lost"},
	{NATSONDE_FRAGMENTS, NATSONDE_INBOUND_DROPPED, "packet size",
	 "have peers keep packets below 1200 bytes: larger ones come in fragments, and those are lost"},
	{NATSONDE_FRAGMENTS, NATSONDE_DROPPED, "packet size",
	 "keep packets below 1200 bytes: larger ones travel in fragments, and those are lost"},
	{NATSONDE_FRAGMENTS, NATSONDE_LOCAL_STACK, "packet size",
	 "have peers keep packets below 1200 bytes: this host cannot put fragments together"},
	{NATSONDE_HAIRPIN, NATSONDE_NO, "same network",
	 "two devices behind this NAT do not reach each other by its address outside: they need their addresses inside, or a relay"},
	{NATSONDE_HAIRPIN, NATSONDE_INTERNAL, "same network",
	 "two devices behind this NAT reach each other by its address outside, but see another sender than they expect"},
};

static bool is_asked(const struct natsonde_report *report, enum natsonde_behaviour b)
{
	return (report->tests & NATSONDE_TEST(b)) != 0;
}

bool natsonde_remarks_overrule(const struct natsonde_report *report, const struct natsonde_family_report *family,
			       struct natsonde_advice *advice)
{
	const struct natsonde_finding *intercept = &family->verdicts.of[NATSONDE_INTERCEPT];

	if (!is_asked(report, NATSONDE_INTERCEPT) || intercept->verdict != NATSONDE_SUSPECTED)
		return false;
	natsonde_advice_headline(advice, NATSONDE_TONE_BAD,
				 "Something answers in the servers' place: this is about it, not the network.");
	natsonde_advice_add(advice, "how it is known", "%s", natsonde_reason_sentence((enum natsonde_reason)intercept->reason));
	natsonde_advice_add(advice, "what may help", "turn off the proxy or VPN that intercepts UDP (on this host or the router)%s",
			    intercept->reason == NATSONDE_WHY_FAKE_ADDRESS ? ", or use another DNS server" : "");
	return true;
}

static bool is_keepalive_alone(const struct natsonde_report *report, const struct natsonde_verdicts *verdicts)
{
	return report->tests == NATSONDE_TEST(NATSONDE_LIFETIME) && report->outcome != NATSONDE_RUN_INTERRUPTED &&
	       verdicts->lifetime.keepalive_s > 0;
}

bool natsonde_remarks_headline(const struct natsonde_report *report, const struct natsonde_family_report *family,
			       struct natsonde_advice *advice)
{
	if (!is_keepalive_alone(report, &family->verdicts))
		return false;
	natsonde_advice_headline(advice, NATSONDE_TONE_GOOD, "Send something every %u s to keep a mapping open.",
				 family->verdicts.lifetime.keepalive_s);
	return true;
}

static void add_keepalive(const struct natsonde_lifetime_facts *life, bool is_headline, struct natsonde_advice *advice)
{
	/* The shorter of the two counts. */
	const struct natsonde_span *first = &life->exchange, *second = &life->stream;
	const bool is_second = second->alive_ds && (!first->alive_ds || second->alive_ds < first->alive_ds);
	char span[NATSONDE_SPAN_TEXT], cure[64] = "";

	natsonde_details_span(is_second ? *second : *first, span);
	if (life->keepalive_s > 0 && !is_headline)
		snprintf(cure, sizeof(cure), ": send every %u s to keep it open", life->keepalive_s);
	if (*span)
		natsonde_advice_add(advice, "an idle mapping", "lasts %s%s", span, cure);
}

/* Mapping of UDP says nothing about that of TCP (RFC 7857 section 2). */
static void add_tcp(const struct natsonde_report *report, const struct natsonde_verdicts *verdicts, struct natsonde_advice *advice)
{
	const uint8_t tcp = verdicts->of[NATSONDE_TCP_MAPPING].verdict, udp = verdicts->of[NATSONDE_MAPPING].verdict;

	if (!is_asked(report, NATSONDE_TCP_MAPPING) || !is_asked(report, NATSONDE_MAPPING) || tcp == udp ||
	    tcp == NATSONDE_UNKNOWN || udp == NATSONDE_UNKNOWN)
		return;
	natsonde_advice_add(advice, "over TCP", "it is another NAT: %s, while over UDP it is %s",
			    natsonde_verdict_name((enum natsonde_verdict)tcp), natsonde_verdict_name((enum natsonde_verdict)udp));
}

void natsonde_remarks_add(const struct natsonde_report *report, const struct natsonde_family_report *family,
			  struct natsonde_advice *advice)
{
	const struct natsonde_verdicts *verdicts = &family->verdicts;

	if (is_asked(report, NATSONDE_LIFETIME) && natsonde_details_are_sound(&verdicts->of[NATSONDE_LIFETIME]))
		add_keepalive(&verdicts->lifetime, is_keepalive_alone(report, verdicts), advice);
	for (unsigned i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++)
		if (is_asked(report, (enum natsonde_behaviour)remarks[i].behaviour) &&
		    verdicts->of[remarks[i].behaviour].verdict == remarks[i].verdict)
			natsonde_advice_add(advice, remarks[i].label, "%s", remarks[i].text);
	add_tcp(report, verdicts, advice);
}
