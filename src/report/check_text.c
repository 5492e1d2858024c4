#include "check.h"

#include <ctype.h>
#include <string.h>

#include <natsonde/names.h>

#include "page.h"

#define HANG 26 /* where reasons begin */

static void put_row(FILE *out, const char *label, enum natsonde_usable usable, const char *reason)
{
	char lead[HANG + 1];

	snprintf(lead, sizeof(lead), "  %-9s  %-11s  ", label,
		 usable == NATSONDE_USABLE_WITH_OTHERS ? "with others" : natsonde_usable_name(usable));
	natsonde_page_put(out, lead, HANG, "%s", reason);
}

static void put_use(FILE *out, const char *label, const struct natsonde_evidence *ev, enum natsonde_use use)
{
	const struct natsonde_use_finding f = natsonde_judge_use(ev, 0, use);

	put_row(out, label, (enum natsonde_usable)f.usable, natsonde_server_reason_sentence((enum natsonde_server_reason)f.reason));
}

/* What is good for no mapping is good for nothing over UDP, and for one reason. */
static void put_uses(FILE *out, const struct natsonde_evidence *ev)
{
	if (natsonde_judge_use(ev, 0, NATSONDE_USE_MAPPING).usable == NATSONDE_USABLE_NO) {
		put_use(out, "UDP", ev, NATSONDE_USE_MAPPING);
	} else {
		put_use(out, "mapping", ev, NATSONDE_USE_MAPPING);
		put_use(out, "filtering", ev, NATSONDE_USE_FILTERING);
		put_use(out, "lifetime", ev, NATSONDE_USE_LIFETIME);
	}
	put_use(out, "TCP", ev, NATSONDE_USE_TCP);
}

/* What comes from the network must not steer a terminal: no control characters, neither of ASCII nor of Latin 1 (C2 80 to C2 9F,
 * as UTF-8 writes them). */
static void copy_tame(char *out, const char *text)
{
	for (; *text; text++, out++) {
		const unsigned char c = (unsigned char)*text, next = (unsigned char)text[1];

		*out = c < ' ' || c == 0x7F || (c == 0xC2 && next < 0xA0) ? '?' : *text;
		if (c == 0xC2 && next >= 0x80 && next < 0xA0)
			text++;
	}
	*out = '\0';
}

static void put_turn(FILE *out, const struct natsonde_check_row *row)
{
	char reason[NATSONDE_CHECK_WORDS], realm[NATSONDE_REALM_MAX], text[NATSONDE_CHECK_WORDS + NATSONDE_REALM_MAX + 16];

	natsonde_turn_sentence(&row->turn, reason);
	copy_tame(realm, row->turn.realm);
	snprintf(text, sizeof(text), "%s%s%s", reason, realm[0] ? ", realm " : "", realm);
	put_row(out, row->transport == NATSONDE_TCP ? "TURN/TCP" : "TURN", (enum natsonde_usable)row->usable, text);
}

static void put_server(FILE *out, const struct natsonde_check_row *row)
{
	const char *scheme = row->is_turn ? "turn:" : "", *family = row->family == NATSONDE_IPV6 ? "IPv6" : "IPv4";
	char addr[NATSONDE_ADDR_TEXT];

	if (row->unresolved) {
		natsonde_page_put(out, "", 2, "%s%s: %s", scheme, row->name, row->unresolved);
		return;
	}
	if (row->unavailable != NATSONDE_AVAILABLE) {
		natsonde_page_put(out, "", 2, "%s%s, %s: %s", scheme, row->name, family, natsonde_check_unavailable(row));
		return;
	}
	natsonde_addr_format(&row->addr, addr, sizeof(addr));
	natsonde_page_put(out, "", 2, "%s%s, %s %s", scheme, row->name, family, addr);
	if (row->is_turn)
		put_turn(out, row);
	else
		put_uses(out, row->evidence);
}

static unsigned count_packets(const struct natsonde_check_report *report)
{
	unsigned n = 0;

	for (unsigned i = 0; i < report->n_rows; i++) {
		const struct natsonde_check_row *row = &report->rows[i];

		n += row->evidence ? natsonde_evidence_traffic(row->evidence, 0).sent : row->turn.sent;
	}
	return n;
}

bool natsonde_check_text_write(const struct natsonde_check_report *report, const struct natsonde_look *look, FILE *out)
{
	const long long hundredths = (report->elapsed + 5000) / 10000;
	const unsigned packets = count_packets(report);
	char summary[NATSONDE_CHECK_WORDS];

	natsonde_check_summary(report, summary);
	summary[0] = (char)toupper((unsigned char)summary[0]);
	if (look->has_colour)
		fputs(report->outcome == NATSONDE_RUN_COMPLETE ? "\033[1;32m" : "\033[1;33m", out);
	natsonde_page_put(out, "", 0, "%s.", summary);
	if (look->has_colour)
		fputs("\033[0m", out);
	fputc('\n', out);
	for (unsigned i = 0; i < report->n_rows; i++)
		put_server(out, &report->rows[i]);
	natsonde_page_put(out, "", 0, "%lld.%02lld s, %u packet%s, %u server%s%s.", hundredths / 100, hundredths % 100,
			  packets, packets == 1 ? "" : "s", report->n_servers, report->n_servers == 1 ? "" : "s",
			  report->simulated ? ", simulated: no packet left this host" : "");
	return true;
}
