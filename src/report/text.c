#include "writer.h"

#include <stdlib.h>
#include <string.h>

#include <natsonde/names.h>

#include "advice.h"
#include "details.h"
#include "page.h"
#include "probe_table.h"
#include "words.h"

#define INDENT "             " /* where verdicts begin */

struct text {
	FILE *out;
	const struct natsonde_report *report;
	const struct natsonde_look *look;
	bool is_all_verified; /* nat, mapping, filtering of every family measured */
	bool has_probe_head;
	bool has_failed; /* memory ran out */
};

static const char *const tones[] = {
	[NATSONDE_TONE_NONE] = "\033[1m",
	[NATSONDE_TONE_GOOD] = "\033[1;32m",
	[NATSONDE_TONE_FAIR] = "\033[1;33m",
	[NATSONDE_TONE_BAD] = "\033[1;31m",
};

static void put_advice(const struct text *text, const struct natsonde_advice *advice)
{
	if (text->look->has_colour)
		fputs(tones[advice->tone], text->out);
	natsonde_page_put(text->out, "", 0, "%s", advice->headline);
	if (text->look->has_colour)
		fputs("\033[0m", text->out);
	fputc('\n', text->out);
	for (unsigned i = 0; i < advice->n; i++) {
		char lead[32];

		snprintf(lead, sizeof(lead), "  %-15s  ", advice->lines[i].label);
		natsonde_page_put(text->out, lead, 19, "%s", advice->lines[i].text);
	}
	if (advice->n > 0)
		fputc('\n', text->out);
}

static void begin(void *ctx, const struct natsonde_report *report)
{
	struct text *text = ctx;
	struct natsonde_advice *advice = malloc(sizeof(*advice)); /* 5 KiB: too much for the stack of a small task */

	text->has_failed = !advice;
	if (!advice)
		return;
	natsonde_advise(report, advice);
	put_advice(text, advice);
	free(advice);
}

static void put_heading(FILE *out, const char *lead, const struct natsonde_family_view *family)
{
	const char *interface = family->report->interface;
	const bool is_carrier = natsonde_addr_is_carrier(&family->local);
	const bool is_believed = family->report->verdicts.of[NATSONDE_NAT].reason != NATSONDE_WHY_MAPPED_UNTRUE;
	char local[NATSONDE_ADDR_TEXT], seen[NATSONDE_EXTERNALS_MAX * NATSONDE_ADDR_TEXT] = "", where[96] = "";
	size_t len = 0;

	natsonde_addr_format_ip(&family->local, local, sizeof(local));
	if (interface[0] || is_carrier)
		snprintf(where, sizeof(where), " (%s%s%s)", interface, interface[0] && is_carrier ? ", " : "",
			 is_carrier ? "carrier range" : "");
	for (unsigned i = 0; i < family->external.n; i++) {
		char ip[NATSONDE_ADDR_TEXT];

		natsonde_addr_format_ip(&family->external.ip[i], ip, sizeof(ip));
		len = natsonde_page_append(seen, sizeof(seen), len, "%s%s", i ? ", " : is_believed ? ", seen outside as " :
					   ", servers claim to see ", ip);
	}
	natsonde_page_put(out, lead, 6, "%s%s%s", local, where, seen);
}

/* What makes the numbers below mean something else than they seem to. */
static void put_caveats(FILE *out, const struct natsonde_family_view *family)
{
	const uint8_t nat = family->report->verdicts.of[NATSONDE_NAT].verdict;

	if (family->report->is_tunnel)
		natsonde_page_put(out, "  ", 4, "%s is a tunnel (VPN): this is the VPN's %s, not your provider's",
				  family->report->interface[0] ? family->report->interface : "the way out",
				  nat == NATSONDE_NONE ? "network" : "NAT");
	if (family->report->evidence->fixed_port)
		natsonde_page_put(out, "  ", 4, "the local port was given: state of earlier connections from it may "
				  "have been met; without --local-port it is sure");
	if (family->report->evidence->is_truncated)
		natsonde_page_put(out, "  ", 4, "more happened than could be recorded");
}

/* Whether no behaviour has a verdict, and all for one reason: then one line is enough. What p2p lacks is the mapping. */
static bool is_silent(const struct text *text, const struct natsonde_family_view *family)
{
	const struct natsonde_finding *of = family->report->verdicts.of;

	if (family->unavailable != NATSONDE_AVAILABLE)
		return true;
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		if ((text->report->tests & NATSONDE_TEST(b)) &&
		    (of[b].verdict != NATSONDE_UNKNOWN || (b != NATSONDE_P2P && of[b].reason != of[NATSONDE_MAPPING].reason)))
			return false;
	return true;
}

static void put_silence(const struct text *text, const struct natsonde_family_view *family)
{
	const struct natsonde_finding *of = family->report->verdicts.of;
	const char *why = family->unavailable != NATSONDE_AVAILABLE ? "no UDP answer" :
			  natsonde_reason_sentence((enum natsonde_reason)of[NATSONDE_MAPPING].reason);
	char names[128] = "", lead[160];
	size_t len = 0;

	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		if ((text->report->tests & NATSONDE_TEST(b)) && of[b].verdict == NATSONDE_UNKNOWN)
			len = natsonde_page_append(names, sizeof(names), len, "%s%s", len ? ", " : "",
						   natsonde_behaviour_name((enum natsonde_behaviour)b));
	snprintf(lead, sizeof(lead), "  %s  unknown   ", names);
	if (len > NATSONDE_PAGE_COLUMNS / 2)
		natsonde_page_put(text->out, "  ", 2, "%s: unknown, %s", names, why);
	else if (len > 0)
		natsonde_page_put(text->out, lead, (unsigned)strlen(lead), "%s", why);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		if ((text->report->tests & NATSONDE_TEST(b)) && of[b].verdict != NATSONDE_UNKNOWN)
			fprintf(text->out, "  %-*s  %s\n", len > NATSONDE_PAGE_COLUMNS / 2 ? 9 : (int)len,
				natsonde_behaviour_name((enum natsonde_behaviour)b),
				natsonde_verdict_name((enum natsonde_verdict)of[b].verdict));
}

static void family(void *ctx, const struct natsonde_family_view *view)
{
	const struct text *text = ctx;
	char lead[16];

	if (view->unavailable == NATSONDE_NOT_ASKED)
		return;
	snprintf(lead, sizeof(lead), "%s  ", view->title);
	if (!view->has_findings) {
		natsonde_page_put(text->out, lead, 6, "%s", view->unavailable == NATSONDE_NO_ROUTE ?
				  "not available on this host" : view->why_unavailable);
		return;
	}
	if (view->local.family == NATSONDE_NO_FAMILY)
		natsonde_page_put(text->out, lead, 6, "no packet was sent");
	else
		put_heading(text->out, lead, view);
	put_caveats(text->out, view);
	if (is_silent(text, view))
		put_silence(text, view);
}

static void put_details(const struct text *text, const struct natsonde_family_view *family, enum natsonde_behaviour b)
{
	char details[NATSONDE_DETAILS_MAX];

	natsonde_details(family->report, b, details);
	if (*details)
		natsonde_page_put(text->out, INDENT, sizeof(INDENT) - 1, "%s", details);
}

static void put_note(const struct text *text, const struct natsonde_family_view *family, enum natsonde_behaviour b,
		     const char *lead)
{
	char note[NATSONDE_NOTE_MAX];

	natsonde_details_note(family->report, b, note);
	natsonde_page_put(text->out, lead, (unsigned)strlen(lead), "%s", note);
	put_details(text, family, b);
}

static void put_p2p(const struct text *text, const struct natsonde_family_view *family, const char *verdict)
{
	char lead[64];

	snprintf(lead, sizeof(lead), "  %-9s  %-26s  ", "p2p", verdict);
	natsonde_page_put(text->out, lead, 41, "%s%s", family->rfc3489 ? "once called: " : "",
			  family->rfc3489 ? family->rfc3489 : "");
}

static void finding(void *ctx, const struct natsonde_family_view *family, enum natsonde_behaviour b,
		    const struct natsonde_finding *found)
{
	struct text *text = ctx;
	const char *name = natsonde_behaviour_name(b), *verdict = natsonde_verdict_name((enum natsonde_verdict)found->verdict);
	const char *reason = natsonde_reason_sentence((enum natsonde_reason)found->reason);
	char lead[96];

	if (b < NATSONDE_P2P && found->certainty != NATSONDE_VERIFIED)
		text->is_all_verified = false;
	if (is_silent(text, family))
		return;
	if (found->verdict == NATSONDE_UNKNOWN || found->verdict == NATSONDE_UNSTABLE) {
		snprintf(lead, sizeof(lead), "  %-9s  %s   ", name, verdict);
		natsonde_page_put(text->out, lead, (unsigned)strlen(lead), "%s", reason);
		put_details(text, family, b);
		return;
	}
	snprintf(lead, sizeof(lead), "  %-9s  %-26s  %-8s   ", name, verdict,
		 natsonde_certainty_name((enum natsonde_certainty)found->certainty));
	if (b == NATSONDE_P2P)
		put_p2p(text, family, verdict);
	else
		put_note(text, family, b, lead);
	if (text->look->is_verbose)
		natsonde_page_put(text->out, INDENT, sizeof(INDENT) - 1, "%s", reason);
}

/* A server's fault is worth a line where a verdict suffers from it; what the other lines say already is not. */
static bool is_worth_a_line(const struct text *text, const struct natsonde_server_view *server)
{
	if (text->look->is_verbose || server->verdict == NATSONDE_SERVER_UNRESOLVED)
		return true;
	if (text->is_all_verified || server->verdict == NATSONDE_SERVER_RFC5780 || server->traffic.sent == 0)
		return false;
	if (text->report->outcome == NATSONDE_RUN_UNREACHABLE)
		return server->why != NATSONDE_SERVER_WHY_NO_ANSWER && server->why != NATSONDE_SERVER_WHY_TCP_ONLY;
	return server->why != NATSONDE_SERVER_WHY_NO_OTHER_ADDRESS;
}

static void server(void *ctx, const struct natsonde_server_view *view)
{
	const struct text *text = ctx;
	char addr[NATSONDE_ADDR_TEXT + 4] = "", counts[96] = "";

	if (!is_worth_a_line(text, view))
		return;
	if (view->addr.family != NATSONDE_NO_FAMILY) {
		memcpy(addr, " (", 3);
		natsonde_addr_format(&view->addr, addr + 2, NATSONDE_ADDR_TEXT);
		memcpy(addr + strlen(addr), ")", 2);
	}
	if (text->look->is_verbose && view->family)
		snprintf(counts, sizeof(counts), ", %s, %u of %u answered, %.1f ms",
			 natsonde_server_verdict_name(view->verdict), view->traffic.answered, view->traffic.sent,
			 view->traffic.rtt_us / 1000.0);
	natsonde_page_put(text->out, "Server ", 2, "%s%s%s: %s", view->name, addr, counts, view->reason);
}

static void probe(void *ctx, const struct natsonde_probe_view *view)
{
	struct text *text = ctx;

	if (!text->look->is_verbose)
		return;
	if (!text->has_probe_head)
		natsonde_probe_table_head(text->out);
	text->has_probe_head = true;
	natsonde_probe_table_row(text->out, view);
}

/* Whether there is something to keep open, and how often one has to send for it could be measured. */
static bool needs_keepalive(const struct text *text)
{
	const struct natsonde_report *report = text->report;

	if (!text->look->can_measure_lifetime || (report->tests & NATSONDE_TEST(NATSONDE_LIFETIME)))
		return false;
	for (unsigned f = 0; f < 2; f++)
		if (report->families[f].unavailable == NATSONDE_AVAILABLE &&
		    report->families[f].verdicts.of[NATSONDE_P2P].verdict == NATSONDE_EASY &&
		    (report->tests & NATSONDE_TEST(NATSONDE_P2P)))
			return true;
	return false;
}

static void end(void *ctx, const struct natsonde_report *report)
{
	static const char hint[] = "Keepalive interval: natsonde -t lifetime";
	const struct text *text = ctx;
	const struct natsonde_totals totals = natsonde_digest_totals(report);
	const long long hundredths = (report->elapsed + 5000) / 10000;
	const bool is_hinted = needs_keepalive(text);
	bool has_room;
	char line[160];
	size_t len = 0;

	len = natsonde_page_append(line, sizeof(line), len, "%lld.%02lld s, %u packet%s, %u server%s%s%s.", hundredths / 100,
				   hundredths % 100, totals.packets, totals.packets == 1 ? "" : "s", totals.servers,
				   totals.servers == 1 ? "" : "s", report->is_redacted ? ", addresses masked" : "",
				   report->simulated ? ", simulated: no packet left this host" : "");
	/* The hint is not broken into two lines: people copy it. */
	has_room = len + sizeof(hint) <= NATSONDE_PAGE_COLUMNS;
	natsonde_page_put(text->out, "", 0, "%s %s", line, is_hinted && has_room ? hint : "");
	if (is_hinted && !has_room)
		fprintf(text->out, "%s\n", hint);
	if (report->about)
		natsonde_page_put(text->out, "", 2, "%s", report->about);
}

bool natsonde_text_write(const struct natsonde_report *report, const struct natsonde_look *look, FILE *out)
{
	static const struct natsonde_writer writer = {
		.begin = begin, .family = family, .finding = finding, .server = server, .probe = probe, .end = end,
	};
	struct text text = {.out = out, .report = report, .look = look, .is_all_verified = true};

	natsonde_report_walk(report, &writer, &text);
	return !text.has_failed;
}
