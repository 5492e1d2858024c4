#include "trouble.h"

#include <string.h>

#include <natsonde/names.h>

#include "digest.h"
#include "page.h"
#include "words.h"

static const char *const unreachable_headlines[NATSONDE_UNREACHABLES] = {
	[NATSONDE_NOT_UNREACHABLE] = "No server answered.",
	[NATSONDE_UNREACHABLE_GARBLED] = "Packets come back over UDP, but no answer: the servers or the way are at fault.",
	[NATSONDE_UNREACHABLE_TCP_ONLY] = "UDP is blocked here. Only relays over TCP or TLS can work (TURN, port 443).",
	[NATSONDE_UNREACHABLE_REFUSED] = "UDP was refused: ICMP errors came back, and no answer.",
	[NATSONDE_UNREACHABLE_SILENT] = "No server answered: offline, or UDP is blocked; this cannot be told from here.",
};
static const char *const unreachable_help[NATSONDE_UNREACHABLES] = {
	[NATSONDE_NOT_UNREACHABLE] = "another server, another network",
	[NATSONDE_UNREACHABLE_GARBLED] = "another server; if none helps, another network",
	[NATSONDE_UNREACHABLE_TCP_ONLY] = "ask the operator to allow UDP; another network",
	[NATSONDE_UNREACHABLE_REFUSED] = "check name and port of the server; a firewall (this host's own, too) may refuse UDP",
	[NATSONDE_UNREACHABLE_SILENT] = "another server, another network; this host's own firewall may stop UDP, too",
};

static void format_ports(const struct natsonde_totals *totals, char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < totals->n_ports; i++)
		len = natsonde_page_append(out, cap, len, "%s%u", i == 0 ? "" : i + 1 == totals->n_ports ? " and " : ", ",
					   totals->ports[i]);
}

static void add_tried(struct natsonde_advice *advice, const struct natsonde_report *report, const struct natsonde_totals *totals)
{
	const long long tenths = (report->elapsed + 50000) / 100000;
	char ports[64], elapsed[32];

	format_ports(totals, ports, sizeof(ports));
	snprintf(elapsed, sizeof(elapsed), tenths % 10 ? "%lld.%lld" : "%lld", tenths / 10, tenths % 10);
	natsonde_advice_add(advice, "tried", "%u server%s, UDP %s: %s %s s", totals->servers, totals->servers == 1 ? "" : "s",
			    ports, totals->is_refused ? "refused, no answer in" : "no answer in", elapsed);
}

/* A numeric address says nothing about the name server. */
static bool was_resolved(const struct natsonde_report *report)
{
	struct natsonde_addr numeric;

	for (unsigned f = 0; f < 2; f++) {
		const struct natsonde_evidence *ev = report->families[f].evidence;

		for (unsigned i = 0; ev && i < ev->n_servers; i++)
			if (!natsonde_addr_parse_ip(report->names[ev->servers[i].name], &numeric))
				return true;
	}
	return false;
}

static void add_tcp_answers(struct natsonde_advice *advice, const char *resolved, unsigned answering, unsigned servers)
{
	const char *and = *resolved ? ", and " : "";

	if (servers == 1)
		natsonde_advice_add(advice, "but", "%s%sit answers over TCP", resolved, and);
	else
		natsonde_advice_add(advice, "but", "%s%s%u of the %u answer%s over TCP", resolved, and, answering, servers,
				    answering == 1 ? "s" : "");
}

static void advise_no_answer(const struct natsonde_report *report, struct natsonde_advice *advice)
{
	const struct natsonde_totals totals = natsonde_digest_totals(report);
	const char *resolved = !was_resolved(report) ? "" : totals.servers == 1 ? "its name resolves" : "names resolve";

	natsonde_advice_headline(advice, NATSONDE_TONE_BAD, "%s", unreachable_headlines[report->unreachable]);
	if (totals.n_ports > 0)
		add_tried(advice, report, &totals);
	if (totals.tcp_servers > 0)
		add_tcp_answers(advice, resolved, totals.tcp_servers, totals.servers);
	else if (*resolved)
		natsonde_advice_add(advice, "but", "%s", resolved);
	if (!(report->sees & NATSONDE_SEES_ICMP) && report->unreachable == NATSONDE_UNREACHABLE_SILENT)
		natsonde_advice_add(advice, "not seen", "ICMP errors: this platform does not show them");
	natsonde_advice_add(advice, "what may help", "%s", unreachable_help[report->unreachable]);
}

void natsonde_trouble_unreachable(const struct natsonde_report *report, struct natsonde_advice *advice)
{
	const char *families = natsonde_words_families(report);
	const bool is_both = strlen(families) > 4;

	switch (report->unreachable) {
	case NATSONDE_UNREACHABLE_NO_ROUTE:
		natsonde_advice_headline(advice, NATSONDE_TONE_BAD, "This host has no route to any server over %s.", families);
		natsonde_advice_add(advice, "what may help", "%s", is_both ? "connect this host to a network" :
				    "connect this host to a network, or allow the other address family");
		break;
	case NATSONDE_UNREACHABLE_NAMES:
		if (report->n_unresolved > 0) {
			natsonde_advice_headline(advice, NATSONDE_TONE_BAD,
				     "No name of a server could be resolved: offline, or DNS does not work.");
			natsonde_advice_add(advice, "what may help",
					    "check the network and its DNS; give a server by its IP address");
		} else {
			natsonde_advice_headline(advice, NATSONDE_TONE_BAD, "No server has an %s address.", families);
			natsonde_advice_add(advice, "what may help", "another server, or allow the other address family");
		}
		break;
	default:
		advise_no_answer(report, advice);
	}
}

static const char *const fault_help[NATSONDE_FAULTS] = {
	[NATSONDE_FAULT_BUSY] = "run again",
	[NATSONDE_FAULT_PORT_TAKEN] = "another --local-port, or none",
	[NATSONDE_FAULT_NO_SOCKET] = "close other programs, or raise the limit of open files (ulimit -n)",
	[NATSONDE_FAULT_NO_ROUTE] = "connect this host to a network",
	[NATSONDE_FAULT_DENIED] = "look at the rules of this host's own firewall",
	[NATSONDE_FAULT_NO_INTERFACE] = "another --interface or --bind, or none",
};

void natsonde_trouble_failed(const struct natsonde_report *report, struct natsonde_advice *advice)
{
	natsonde_advice_headline(advice, NATSONDE_TONE_BAD, "This host could not measure: %s.",
				 natsonde_fault_sentence(report->fault));
	if ((unsigned)report->fault < NATSONDE_FAULTS && fault_help[report->fault])
		natsonde_advice_add(advice, "what may help", "%s", fault_help[report->fault]);
}
