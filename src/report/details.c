#include "details.h"

#include <stdarg.h>
#include <string.h>

#include <natsonde/names.h>

#include "digest.h"
#include "page.h"
#include "words.h"

static const char *const kinds[NATSONDE_KINDS] = {
	[NATSONDE_KIND_UNKNOWN] = "",
	[NATSONDE_KIND_NONE] = "",
	[NATSONDE_KIND_FIREWALL] = "firewall",
	[NATSONDE_KIND_NAPT] = "NAPT",
	[NATSONDE_KIND_1_TO_1] = "1:1",
	[NATSONDE_KIND_NPTV6] = "NPTv6",
	[NATSONDE_KIND_NAT66] = "NAT66",
};

static const char *const poolings[] = {
	[NATSONDE_POOLING_UNKNOWN] = "",
	[NATSONDE_POOLING_SINGLE] = "one address outside",
	[NATSONDE_POOLING_PAIRED] = "several addresses outside, always the same one for this host",
	[NATSONDE_POOLING_ARBITRARY] = "several addresses outside, any of them for a socket",
};

static void format_seconds(uint16_t ds, char out[16])
{
	snprintf(out, 16, ds % 10 ? "%u.%u" : "%u", ds / 10u, ds % 10u);
}

void natsonde_details_span(struct natsonde_span span, char out[NATSONDE_SPAN_TEXT])
{
	char alive[16], dead[16];

	format_seconds(span.alive_ds, alive);
	format_seconds(span.dead_ds, dead);
	out[0] = '\0';
	if (span.alive_ds && span.dead_ds)
		snprintf(out, NATSONDE_SPAN_TEXT, "%s to %s s", alive, dead);
	else if (span.alive_ds)
		snprintf(out, NATSONDE_SPAN_TEXT, "over %s s", alive);
	else if (span.dead_ds)
		snprintf(out, NATSONDE_SPAN_TEXT, "under %s s", dead);
}

/* Adds a clause behind those that are there. */
__attribute__((format(printf, 4, 5)))
static size_t add(char *out, size_t cap, size_t len, const char *format, ...)
{
	char clause[160];
	va_list args;

	va_start(args, format);
	vsnprintf(clause, sizeof(clause), format, args);
	va_end(args);
	return natsonde_page_append(out, cap, len, "%s%s", len ? "; " : "", clause);
}

static void note_nat(const struct natsonde_family_report *family, char *out, size_t cap)
{
	const struct natsonde_nat_facts *nat = &family->verdicts.nat;
	const char *kind = nat->kind < NATSONDE_KINDS ? kinds[nat->kind] : "";
	/* Once on a line is enough. */
	const bool is_doubtful = nat->kind_certainty == NATSONDE_LIKELY &&
				 family->verdicts.of[NATSONDE_NAT].certainty != NATSONDE_LIKELY;
	const char *maybe = *kind && is_doubtful ? "likely " : "";
	const char *ports = "";

	if (nat->kind == NATSONDE_KIND_NAPT || nat->kind == NATSONDE_KIND_NAT66)
		ports = nat->preserves_ports == NATSONDE_ANSWER_YES ? ", ports stay" :
			nat->preserves_ports == NATSONDE_ANSWER_NO ? ", ports change" : "";
	natsonde_page_append(out, cap, 0, "%s%s%s", maybe, kind, ports);
}

static void note_spread(const struct natsonde_family_report *family, enum natsonde_behaviour b, char *out, size_t cap)
{
	const struct natsonde_spread spread = natsonde_digest_spread(family->evidence, &family->verdicts.of[b].basis);
	const bool is_ip_alone = spread.ports == 1 && spread.ips > 1;
	const unsigned n = is_ip_alone ? spread.ips : spread.ports;

	if (spread.destinations > 0)
		natsonde_page_append(out, cap, 0, "%u destination%s, %u %s%s", spread.destinations,
				     spread.destinations == 1 ? "" : "s", n, is_ip_alone ? "address" : "port",
				     n == 1 ? "" : is_ip_alone ? "es" : "s");
}

static void note_ports(const struct natsonde_ports_facts *ports, char *out, size_t cap)
{
	if (ports->sockets > 0)
		natsonde_page_append(out, cap, 0, "%u socket%s, %u %% kept", ports->sockets, ports->sockets == 1 ? "" : "s",
				     ports->preserved_percent);
}

void natsonde_details_note(const struct natsonde_family_report *family, enum natsonde_behaviour b, char out[NATSONDE_NOTE_MAX])
{
	const struct natsonde_verdicts *verdicts = &family->verdicts;
	const bool is_without_nat = verdicts->of[NATSONDE_NAT].verdict == NATSONDE_NONE;
	const char *note = natsonde_words_note((enum natsonde_reason)verdicts->of[b].reason, is_without_nat);

	out[0] = '\0';
	switch (b) {
	case NATSONDE_NAT: note_nat(family, out, NATSONDE_NOTE_MAX); break;
	case NATSONDE_MAPPING:
	case NATSONDE_TCP_MAPPING: note_spread(family, b, out, NATSONDE_NOTE_MAX); break;
	case NATSONDE_PORTS: note_ports(&verdicts->ports, out, NATSONDE_NOTE_MAX); break;
	case NATSONDE_LIFETIME:
		if (verdicts->lifetime.keepalive_s > 0)
			natsonde_page_append(out, NATSONDE_NOTE_MAX, 0, "send every %u s", verdicts->lifetime.keepalive_s);
		break;
	default: break;
	}
	if (*note)
		add(out, NATSONDE_NOTE_MAX, strlen(out), "%s", note);
}

/* What the three answers of a question come to in words; NULL where there is nothing to say. */
static const char *of_answer(uint8_t answer, const char *yes, const char *no)
{
	return answer == NATSONDE_ANSWER_YES ? yes : answer == NATSONDE_ANSWER_NO ? no : NULL;
}

static void detail_ports(const struct natsonde_ports_facts *ports, char *out, size_t cap)
{
	const char *parity = of_answer(ports->parity, "even and odd ports stay so", NULL);
	const char *contiguity = of_answer(ports->contiguity, "neighbours stay neighbours", NULL);
	size_t len = 0;

	if (ports->step != 0)
		len = add(out, cap, len, "in steps of %+d", ports->step);
	if (ports->low != 0 && ports->preserved_percent < 100)
		len = add(out, cap, len, "ports %u to %u seen", ports->low, ports->high);
	if (ports->guess > 1)
		len = add(out, cap, len, "%lu tries for an even chance to hit the next", (unsigned long)ports->guess);
	if (parity && ports->preserved_percent < 100)
		len = add(out, cap, len, "%s", parity);
	if (contiguity && ports->preserved_percent < 100)
		len = add(out, cap, len, "%s", contiguity);
	if (ports->pooling <= NATSONDE_POOLING_ARBITRARY && *poolings[ports->pooling])
		add(out, cap, len, "%s", poolings[ports->pooling]);
}

/* By what is known of packets out, and of packets in. */
static const char *const refreshes[3][3] = {
	[NATSONDE_UNSAID] = {NULL, "not prolonged by packets received", "prolonged by packets received"},
	[NATSONDE_ANSWER_NO] = {"not prolonged by packets sent", "prolonged neither by packets sent nor received",
				"prolonged by packets received, not by those sent"},
	[NATSONDE_ANSWER_YES] = {"prolonged by packets sent", "prolonged by packets sent, not by those received",
				 "prolonged by packets both ways"},
};

static void detail_lifetime(const struct natsonde_lifetime_facts *life, char *out, size_t cap)
{
	char exchange[NATSONDE_SPAN_TEXT], stream[NATSONDE_SPAN_TEXT];
	const char *refresh = life->refresh_in <= NATSONDE_ANSWER_YES && life->refresh_out <= NATSONDE_ANSWER_YES ?
			      refreshes[life->refresh_out][life->refresh_in] : NULL;
	size_t len = 0;

	natsonde_details_span(life->exchange, exchange);
	natsonde_details_span(life->stream, stream);
	if (*exchange)
		len = add(out, cap, len, "%s after one exchange", exchange);
	if (*stream)
		len = add(out, cap, len, "%s in use", stream);
	if (refresh)
		add(out, cap, len, "%s", refresh);
}

bool natsonde_details_are_sound(const struct natsonde_finding *finding)
{
	return finding->verdict != NATSONDE_UNKNOWN || finding->reason == NATSONDE_WHY_NOT_FINISHED;
}

void natsonde_details(const struct natsonde_family_report *family, enum natsonde_behaviour b, char out[NATSONDE_DETAILS_MAX])
{
	out[0] = '\0';
	if (!natsonde_details_are_sound(&family->verdicts.of[b]))
		return;
	if (b == NATSONDE_PORTS)
		detail_ports(&family->verdicts.ports, out, NATSONDE_DETAILS_MAX);
	if (b == NATSONDE_LIFETIME)
		detail_lifetime(&family->verdicts.lifetime, out, NATSONDE_DETAILS_MAX);
}
