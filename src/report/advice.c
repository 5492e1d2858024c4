#include "advice.h"

#include <stdarg.h>
#include <string.h>

#include <natsonde/names.h>

#include "digest.h"
#include "page.h"
#include "remarks.h"
#include "trouble.h"

void natsonde_advice_add(struct natsonde_advice *advice, const char *label, const char *format, ...)
{
	va_list args;

	if (advice->n == NATSONDE_ADVICE_MAX)
		return;
	va_start(args, format);
	vsnprintf(advice->lines[advice->n].text, sizeof(advice->lines[0].text), format, args);
	va_end(args);
	advice->lines[advice->n++].label = label;
}

void natsonde_advice_headline(struct natsonde_advice *advice, enum natsonde_tone tone, const char *format, ...)
{
	va_list args;

	advice->tone = tone;
	va_start(args, format);
	vsnprintf(advice->headline, sizeof(advice->headline), format, args);
	va_end(args);
}

/* What a p2p verdict means. The first row that fits counts. */
#define ANY NATSONDE_VERDICTS
/* label, help, carrier_help */
#define FORWARD_A_PORT "to be reachable", "forward a UDP port on your router", "forwarding is up to the carrier"
#define AROUND_SYMMETRIC "what may help", "IPv6, another network, a UDP port forwarded on your router", \
	"IPv6, another network; forwarding is up to the carrier"
static const struct story {
	uint8_t p2p, nat, filtering; /* enum natsonde_verdict */
	enum natsonde_tone tone;
	const char *headline;
	const char *label, *help;
	const char *carrier_help; /* behind a carrier's NAT, NULL as help */
} stories[] = {
	{NATSONDE_OPEN, NATSONDE_NONE, ANY, NATSONDE_TONE_GOOD,
	 "Anyone can connect to this host directly: no NAT, and no firewall in the way.",
	 "to be reachable", "tell peers the address and port of the open socket", NULL},
	{NATSONDE_OPEN, ANY, ANY, NATSONDE_TONE_GOOD,
	 "Direct connections work with all peers. Strangers can reach an open socket, too.",
	 "to be reachable", "keep the socket open, and tell peers its external address and port", NULL},
	{NATSONDE_EASY, NATSONDE_NONE, NATSONDE_UNKNOWN, NATSONDE_TONE_GOOD,
	 "No NAT here: direct connections work with most peers.",
	 NULL, NULL, NULL},
	{NATSONDE_EASY, NATSONDE_NONE, ANY, NATSONDE_TONE_GOOD,
	 "No NAT, but a firewall: most peers can connect directly, strangers cannot.",
	 "to be reachable", "open a UDP port in the firewall (this host's own, or the router's)", NULL},
	{NATSONDE_EASY, ANY, NATSONDE_UNKNOWN, NATSONDE_TONE_GOOD,
	 "Direct connections work with most peers.",
	 FORWARD_A_PORT},
	{NATSONDE_EASY, ANY, ANY, NATSONDE_TONE_GOOD,
	 "Direct connections work with most peers. Strangers cannot reach you first.",
	 FORWARD_A_PORT},
	{NATSONDE_HARD, ANY, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_TONE_FAIR,
	 "Keep a relay (TURN) at hand: this NAT is symmetric, but it lets strangers in.",
	 AROUND_SYMMETRIC},
	{NATSONDE_TOO_HARD, ANY, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_TONE_FAIR,
	 "Keep a relay (TURN) at hand: this NAT is symmetric, but it lets strangers in.",
	 AROUND_SYMMETRIC},
	{NATSONDE_HARD, ANY, ANY, NATSONDE_TONE_FAIR,
	 "Keep a relay (TURN) at hand: this NAT is symmetric, some peers need it.",
	 AROUND_SYMMETRIC},
	{NATSONDE_TOO_HARD, ANY, ANY, NATSONDE_TONE_BAD,
	 "Use a relay (TURN): this NAT is symmetric, few peers can connect directly.",
	 AROUND_SYMMETRIC},
	{NATSONDE_BLOCKED, ANY, ANY, NATSONDE_TONE_BAD,
	 "UDP is blocked here. Only relays over TCP or TLS can work (TURN, port 443).",
	 "what may help", "ask the operator to allow UDP; another network", NULL},
	{ANY, ANY, ANY, NATSONDE_TONE_FAIR,
	 "Whether direct connections work is not known: too little could be measured.",
	 NULL, NULL, NULL},
};

static bool fits(uint8_t wanted, uint8_t verdict)
{
	return wanted == ANY || wanted == verdict;
}

static const struct story *find_story(const struct natsonde_verdicts *verdicts)
{
	const struct story *story = stories;

	while (!fits(story->p2p, verdicts->of[NATSONDE_P2P].verdict) || !fits(story->nat, verdicts->of[NATSONDE_NAT].verdict) ||
	       !fits(story->filtering, verdicts->of[NATSONDE_FILTERING].verdict))
		story++;
	return story;
}

/* Peers as people know them, each by the hardest of its classes, found in the table of all pairs by its name. */
static const struct { const char *class, *name, *alone; } peers[] = {
	{"eim/eif", "open hosts", "open hosts (public server, forwarded port)"},
	{"eim/apdf", "ordinary home routers", "ordinary home routers"},
	{"apdm/apdf", "symmetric NATs", "symmetric NATs (many mobile and company networks)"},
};
#define PEERS (sizeof(peers) / sizeof(peers[0]))

static enum natsonde_pair pair_with_class(const struct natsonde_verdicts *verdicts, const char *class)
{
	for (unsigned i = 0; i < NATSONDE_PEERS; i++)
		if (strcmp(natsonde_peer_class(i), class) == 0)
			return natsonde_pair_with(verdicts, i);
	return NATSONDE_PAIR_UNSAID;
}

static void add_peers(struct natsonde_advice *advice, const struct natsonde_verdicts *verdicts, enum natsonde_pair pair,
		      const char *label, const char *suffix)
{
	const char *names[PEERS], *alone = "";
	unsigned n = 0;

	for (unsigned i = 0; i < PEERS; i++)
		if (pair_with_class(verdicts, peers[i].class) == pair) {
			names[n++] = peers[i].name;
			alone = peers[i].alone;
		}
	if (n == PEERS)
		natsonde_advice_add(advice, label, "all peers%s", suffix);
	else if (n == 2)
		natsonde_advice_add(advice, label, "%s, %s%s", names[0], names[1], suffix);
	else if (n == 1)
		natsonde_advice_add(advice, label, "%s%s", alone, suffix);
}

static uint8_t p2p_of(const struct natsonde_family_report *family)
{
	return natsonde_family_is_measured(family) ? family->verdicts.of[NATSONDE_P2P].verdict : NATSONDE_UNKNOWN;
}

/* IPv4 leads, because most peers have nothing else; IPv6 where IPv4 tells nothing. NULL if neither was measured. */
static const struct natsonde_family_report *leading_family(const struct natsonde_report *report)
{
	for (unsigned f = 0; f < 2; f++)
		if (p2p_of(&report->families[f]) != NATSONDE_UNKNOWN)
			return &report->families[f];
	for (unsigned f = 0; f < 2; f++)
		if (natsonde_family_is_measured(&report->families[f]))
			return &report->families[f];
	return NULL;
}

/* The verdicts of p2p stand in the order of what they are good for. */
static void add_better_family(struct natsonde_advice *advice, const struct natsonde_report *report, uint8_t leading)
{
	const uint8_t ipv6 = p2p_of(&report->families[1]);

	if (ipv6 == NATSONDE_UNKNOWN || leading == NATSONDE_UNKNOWN || ipv6 >= leading)
		return;
	switch (ipv6) {
	case NATSONDE_OPEN:
		natsonde_advice_add(advice, "over IPv6", "easier: anyone can connect to this host directly");
		break;
	case NATSONDE_EASY:
		natsonde_advice_add(advice, "over IPv6", "easier: direct connections work with most peers that have it, too");
		break;
	default:
		natsonde_advice_add(advice, "over IPv6", "easier (%s), with peers that have it, too",
				    natsonde_verdict_name((enum natsonde_verdict)ipv6));
	}
}

/* IPv6 is no news to who has measured it. */
static void add_help(struct natsonde_advice *advice, const struct natsonde_report *report, const char *label, const char *help)
{
	static const char ipv6[] = "IPv6, ";
	const bool is_known = natsonde_family_is_measured(&report->families[1]) && strncmp(help, ipv6, strlen(ipv6)) == 0;

	natsonde_advice_add(advice, label, "%s", is_known ? help + strlen(ipv6) : help);
}

static void advise_p2p(const struct natsonde_report *report, const struct natsonde_family_report *family,
		       struct natsonde_advice *advice)
{
	const struct natsonde_verdicts *verdicts = &family->verdicts;
	const struct story *story = find_story(verdicts);
	const struct natsonde_addr local = natsonde_digest_local(family->evidence);
	const bool is_carrier = story->carrier_help && natsonde_addr_is_carrier(&local);

	natsonde_advice_headline(advice, story->tone, "%s", story->headline);
	add_peers(advice, verdicts, NATSONDE_PAIR_DIRECT, "direct with", "");
	add_peers(advice, verdicts, NATSONDE_PAIR_MAYBE, "may work with", "");
	add_peers(advice, verdicts, NATSONDE_PAIR_RELAY, "needs a relay", ": TURN");
	if (verdicts->of[NATSONDE_P2P].verdict != NATSONDE_UNKNOWN)
		add_peers(advice, verdicts, NATSONDE_PAIR_UNSAID, "not known for", ": depends on the filtering");
	else
		natsonde_advice_add(advice, "what is missing", "%s",
			 natsonde_reason_sentence((enum natsonde_reason)verdicts->of[NATSONDE_MAPPING].reason));
	add_better_family(advice, report, verdicts->of[NATSONDE_P2P].verdict);
	if (story->label)
		add_help(advice, report, story->label, is_carrier ? story->carrier_help : story->help);
}

/* Without p2p among the tests, the headline repeats what was asked for. */
static void advise_rest(const struct natsonde_report *report, const struct natsonde_family_report *family,
			struct natsonde_advice *advice)
{
	size_t len = 0;

	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		if (!(report->tests & NATSONDE_TEST(b)))
			continue;
		len = natsonde_page_append(advice->headline, sizeof(advice->headline), len, "%s%s: %s", len ? ", " : "",
					   b == NATSONDE_TCP_MAPPING ? "TCP" : natsonde_behaviour_name((enum natsonde_behaviour)b),
					   natsonde_verdict_name((enum natsonde_verdict)family->verdicts.of[b].verdict));
	}
	natsonde_page_append(advice->headline, sizeof(advice->headline), len, ".");
	if (advice->headline[0] >= 'a' && advice->headline[0] <= 'z')
		advice->headline[0] = (char)(advice->headline[0] - 'a' + 'A');
}

static void advise_measured(const struct natsonde_report *report, const struct natsonde_family_report *family,
			    struct natsonde_advice *advice)
{
	if (report->tests & NATSONDE_TEST(NATSONDE_P2P))
		advise_p2p(report, family, advice);
	else if (!natsonde_remarks_headline(report, family, advice))
		advise_rest(report, family, advice);
	natsonde_remarks_add(report, family, advice);
}

static void advise_interrupted(const struct natsonde_report *report, const struct natsonde_family_report *family,
			       struct natsonde_advice *advice)
{
	natsonde_advice_headline(advice, NATSONDE_TONE_FAIR, "Interrupted: this is what was known by then.");
	if (family)
		natsonde_remarks_add(report, family, advice);
}

void natsonde_advise(const struct natsonde_report *report, struct natsonde_advice *advice)
{
	const struct natsonde_family_report *family = leading_family(report);

	memset(advice, 0, sizeof(*advice));
	if (report->outcome == NATSONDE_RUN_FAILED)
		natsonde_trouble_failed(report, advice);
	else if (report->outcome == NATSONDE_RUN_INTERRUPTED)
		advise_interrupted(report, family, advice);
	else if (report->outcome == NATSONDE_RUN_UNREACHABLE || !family)
		natsonde_trouble_unreachable(report, advice);
	else if (!natsonde_remarks_overrule(report, family, advice))
		advise_measured(report, family, advice);
}
