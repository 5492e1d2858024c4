#include <natsonde/report.h>

#include <stdarg.h>
#include <string.h>

#include <natsonde/names.h>

#include "digest.h"
#include "page.h"
#include "words.h"

#define STUN_PORT 3478

static const char *const titles[2] = {"IPv4", "IPv6"};

/* Two walks over the same differences: the first counts them, the second has somewhere to write. */
struct diff {
	FILE *out; /* NULL: count */
	const struct natsonde_report *before, *now;
	bool with_addresses;
	unsigned verdicts, others, compared;
	const char *title; /* of the block begun last */
};

__attribute__((format(printf, 4, 5)))
static void tell(struct diff *d, const char *title, const char *label, const char *format, ...)
{
	char lead[NATSONDE_PAGE_COLUMNS], text[NATSONDE_PAGE_MAX];
	va_list args;

	if (!d->out)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (d->title != title)
		fprintf(d->out, "\n%s\n", title);
	d->title = title;
	snprintf(lead, sizeof(lead), "  %-9s  ", label);
	natsonde_page_put(d->out, strlen(label) > 9 ? "  " : lead, 13, "%s%s%s", strlen(label) > 9 ? label : "",
			  strlen(label) > 9 ? ": " : "", text);
}

static bool has_findings(const struct natsonde_family_report *family)
{
	return family->evidence && (family->unavailable == NATSONDE_AVAILABLE || family->unavailable == NATSONDE_NO_ANSWER);
}

/* That something is not known contradicts nothing. */
static void compare_finding(struct diff *d, unsigned f, enum natsonde_behaviour b)
{
	const struct natsonde_finding *before = &d->before->families[f].verdicts.of[b], *now = &d->now->families[f].verdicts.of[b];
	const char *name = natsonde_behaviour_name(b);
	const char *was = natsonde_verdict_name((enum natsonde_verdict)before->verdict);
	const char *is = natsonde_verdict_name((enum natsonde_verdict)now->verdict);
	const char *then = natsonde_certainty_name((enum natsonde_certainty)before->certainty);
	const char *by_now = natsonde_certainty_name((enum natsonde_certainty)now->certainty);

	d->compared++;
	if (before->verdict == now->verdict && before->certainty == now->certainty)
		return;
	if (now->verdict == NATSONDE_UNKNOWN)
		tell(d, titles[f], name, "was %s (%s), is not known now", was, then);
	else if (before->verdict == NATSONDE_UNKNOWN)
		tell(d, titles[f], name, "was not known, is %s (%s)", is, by_now);
	else if (before->verdict == now->verdict)
		tell(d, titles[f], name, "%s as before; certainty was %s, is %s", is, then, by_now);
	else
		tell(d, titles[f], name, "was %s (%s), is %s (%s)", was, then, is, by_now);
	if (before->verdict != now->verdict && before->verdict != NATSONDE_UNKNOWN && now->verdict != NATSONDE_UNKNOWN)
		d->verdicts++;
	else
		d->others++;
}

/* What a finding says beside its verdict. Saved reports may be older than a fact, so both have to know it. */
static void compare_facts(struct diff *d, unsigned f)
{
	const uint16_t tests = d->before->tests & d->now->tests;
	char was[NATSONDE_FACT_TEXT], is[NATSONDE_FACT_TEXT], label[64];
	enum natsonde_behaviour b;

	for (unsigned i = 0; natsonde_fact_name(i, &b); i++) {
		if (!(tests & NATSONDE_TEST(b)) || !natsonde_fact_format(i, &d->before->families[f].verdicts, was) ||
		    !natsonde_fact_format(i, &d->now->families[f].verdicts, is) || strcmp(was, is) == 0)
			continue;
		d->others++;
		snprintf(label, sizeof(label), "%s, %s", natsonde_behaviour_name(b), natsonde_fact_words(i));
		tell(d, titles[f], label, "was %s, is %s", was, is);
	}
}

static size_t format_external(const struct natsonde_evidence *ev, char *out, size_t cap)
{
	const struct natsonde_externals external = natsonde_digest_externals(ev);
	char ip[NATSONDE_ADDR_TEXT];
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < external.n; i++) {
		natsonde_addr_format_ip(&external.ip[i], ip, sizeof(ip));
		len = natsonde_page_append(out, cap, len, "%s%s", i ? " and " : "", ip);
	}
	return len ? len : natsonde_page_append(out, cap, 0, "not known");
}

static void compare_external(struct diff *d, unsigned f)
{
	char was[256], is[256];

	format_external(d->before->families[f].evidence, was, sizeof(was));
	format_external(d->now->families[f].evidence, is, sizeof(is));
	if (strcmp(was, is) == 0)
		return;
	d->others++;
	tell(d, titles[f], "outside", "was %s, is %s", was, is);
}

static const char *name_of(const struct natsonde_report *report, unsigned f, unsigned server)
{
	return report->names[report->families[f].evidence->servers[server].name];
}

static uint16_t port_of(const struct natsonde_report *report, unsigned f, unsigned server)
{
	const struct natsonde_evidence *ev = report->families[f].evidence;

	return natsonde_evidence_addr(ev, ev->servers[server].addr)->port;
}

/* The first server of the report with that name and port; several addresses of a name are one server. */
static unsigned find_server(const struct natsonde_report *report, unsigned f, const char *name, uint16_t port)
{
	unsigned i = 0, n = report->families[f].evidence->n_servers;

	while (i < n && (port_of(report, f, i) != port || strcmp(name_of(report, f, i), name) != 0))
		i++;
	return i;
}

static const char *server_word(const struct natsonde_report *report, unsigned f, unsigned server)
{
	const struct natsonde_evidence *ev = report->families[f].evidence;

	if (server == ev->n_servers)
		return "not asked";
	return natsonde_server_verdict_name((enum natsonde_server_verdict)natsonde_judge_server(ev, server).verdict);
}

/* Tells of the servers of one report that differ from the other's, or that only this one has. */
static void compare_servers(struct diff *d, unsigned f, const struct natsonde_report *of, bool only_missing)
{
	const struct natsonde_report *other = of == d->now ? d->before : d->now;

	for (unsigned i = 0; i < of->families[f].evidence->n_servers; i++) {
		const char *name = name_of(of, f, i);
		const uint16_t port = port_of(of, f, i);
		const unsigned twin = find_server(other, f, name, port);
		const char *mine = server_word(of, f, i), *theirs = server_word(other, f, twin);
		char label[300];

		if (find_server(of, f, name, port) != i || strcmp(mine, theirs) == 0)
			continue;
		if (only_missing && twin != other->families[f].evidence->n_servers)
			continue;
		snprintf(label, sizeof(label), port == STUN_PORT ? "server %s" : "server %s:%u", name, port);
		d->others++;
		tell(d, titles[f], label, "was %s, is %s", of == d->now ? theirs : mine, of == d->now ? mine : theirs);
	}
}

static const char *state_of(const struct natsonde_report *report, unsigned f)
{
	const struct natsonde_family_report *family = &report->families[f];

	return has_findings(family) ? "measured" : natsonde_words_unavailable_sentence(family->unavailable, report->outcome);
}

static void compare_family(struct diff *d, unsigned f)
{
	const struct natsonde_family_report *before = &d->before->families[f], *now = &d->now->families[f];

	if (before->unavailable == NATSONDE_NOT_ASKED || now->unavailable == NATSONDE_NOT_ASKED)
		return;
	if (!has_findings(before) || !has_findings(now)) {
		d->compared++;
		if (strcmp(state_of(d->before, f), state_of(d->now, f)) == 0)
			return;
		d->others++;
		tell(d, titles[f], "then", "%s", state_of(d->before, f));
		tell(d, titles[f], "now", "%s", state_of(d->now, f));
		return;
	}
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		if (d->before->tests & d->now->tests & NATSONDE_TEST(b))
			compare_finding(d, f, (enum natsonde_behaviour)b);
	compare_facts(d, f);
	if (!d->with_addresses)
		return;
	compare_external(d, f);
	compare_servers(d, f, d->now, false);
	compare_servers(d, f, d->before, true);
}

static bool is_unresolved(const struct natsonde_report *report, const char *name)
{
	for (unsigned i = 0; i < report->n_unresolved; i++)
		if (strcmp(report->unresolved[i].name, name) == 0)
			return true;
	return false;
}

static void compare_names(struct diff *d, const struct natsonde_report *of)
{
	const struct natsonde_report *other = of == d->now ? d->before : d->now;

	for (unsigned i = 0; d->with_addresses && i < of->n_unresolved; i++) {
		if (is_unresolved(other, of->unresolved[i].name))
			continue;
		d->others++;
		tell(d, "Names", of->unresolved[i].name, of == d->now ? "cannot be resolved now" : "could not be resolved then");
	}
}

static void compare(struct diff *d, FILE *out)
{
	d->out = out;
	d->verdicts = d->others = d->compared = 0;
	for (unsigned f = 0; f < 2; f++)
		compare_family(d, f);
	compare_names(d, d->before);
	compare_names(d, d->now);
}

static void put_headline(const struct diff *d)
{
	const char *since = d->before->started;

	if (d->now->outcome == NATSONDE_RUN_INTERRUPTED)
		fputs("Interrupted: only what was known by then is compared.\n", d->out);
	if (d->compared == 0)
		fprintf(d->out, "Nothing could be compared with the report of %s.\n", since);
	else if (d->verdicts > 0)
		fprintf(d->out, "%u verdict%s changed since %s.\n", d->verdicts, d->verdicts == 1 ? " has" : "s have", since);
	else
		fprintf(d->out, d->others ? "No verdict has changed since %s, but this has.\n" : "Nothing has changed since %s.\n", since);
}

/* What only one of the reports has, so that nobody takes it for unchanged. */
static void put_uncompared(const struct diff *d)
{
	char list[NATSONDE_PAGE_MAX] = "";
	size_t len = 0;

	for (unsigned f = 0; f < 2; f++)
		if ((d->before->families[f].unavailable == NATSONDE_NOT_ASKED) != (d->now->families[f].unavailable == NATSONDE_NOT_ASKED))
			len = natsonde_page_append(list, sizeof(list), len, "%s%s", len ? ", " : "", titles[f]);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		if ((d->before->tests ^ d->now->tests) & NATSONDE_TEST(b))
			len = natsonde_page_append(list, sizeof(list), len, "%s%s", len ? ", " : "",
						   natsonde_behaviour_name((enum natsonde_behaviour)b));
	if (len > 0) {
		fputc('\n', d->out);
		natsonde_page_put(d->out, "Not compared, only one report has it: ", 2, "%s", list);
	}
	if (!d->with_addresses)
		fputs("\nAddresses and servers were not compared: a report has them masked.\n", d->out);
}

bool natsonde_report_diff(const struct natsonde_report *before, const struct natsonde_report *now, bool with_addresses, FILE *out,
			  enum natsonde_difference *difference)
{
	struct diff d = {.before = before, .now = now, .with_addresses = with_addresses};

	compare(&d, NULL);
	d.out = out;
	put_headline(&d);
	compare(&d, out);
	put_uncompared(&d);
	*difference = d.verdicts > 0 ? NATSONDE_DIFFERENCE_VERDICT :
		      d.compared == 0 ? NATSONDE_DIFFERENCE_UNTOLD : NATSONDE_DIFFERENCE_NONE;
	return fflush(out) == 0 && !ferror(out);
}
