#include "words.h"

#include <stddef.h>

#include <natsonde/names.h>

static const char *const outcomes[NATSONDE_RUN_OUTCOMES] = {
	[NATSONDE_RUN_COMPLETE] = "complete",
	[NATSONDE_RUN_INCOMPLETE] = "incomplete",
	[NATSONDE_RUN_UNREACHABLE] = "unreachable",
	[NATSONDE_RUN_INTERRUPTED] = "interrupted",
	[NATSONDE_RUN_FAILED] = "failed",
};

static const char *const ends[] = {
	[NATSONDE_END_NOT_YET] = "not-yet",
	[NATSONDE_END_DECIDED] = "decided",
	[NATSONDE_END_NO_ANSWER] = "no-answer",
	[NATSONDE_END_TIMEOUT] = "timeout",
	[NATSONDE_END_INTERRUPTED] = "interrupted",
	[NATSONDE_END_FAULT] = "fault",
};

static const char *const causes[NATSONDE_FAULTS] = {
	[NATSONDE_OK] = "none",
	[NATSONDE_FAULT_BUSY] = "busy",
	[NATSONDE_FAULT_PORT_TAKEN] = "port-taken",
	[NATSONDE_FAULT_NO_SOCKET] = "no-socket",
	[NATSONDE_FAULT_NO_ROUTE] = "no-route",
	[NATSONDE_FAULT_DENIED] = "denied",
	[NATSONDE_FAULT_NO_INTERFACE] = "no-interface",
	[NATSONDE_FAULT_OTHER] = "other",
};

static const char *const endpoints[NATSONDE_WORDS_ENDPOINTS] = {
	[NATSONDE_A1P1] = "a1p1",
	[NATSONDE_A2P1] = "a2p1",
	[NATSONDE_A2P2] = "a2p2",
	[NATSONDE_A1P2] = "a1p2",
	[NATSONDE_OWN_MAPPING] = "own",
	[NATSONDE_NOBODY] = "nobody",
};

static const char *const roles[NATSONDE_SOCKETS] = {
	[NATSONDE_SOCKET_FILTER] = "filter",
	[NATSONDE_SOCKET_MAPPING] = "mapping",
	[NATSONDE_SOCKET_CONTROL] = "control",
	[NATSONDE_SOCKET_TCP] = "tcp",
	[NATSONDE_SOCKET_RUNG] = "rung",
	[NATSONDE_SOCKET_ASKER] = "asker",
	[NATSONDE_SOCKET_PEER] = "peer",
	[NATSONDE_SOCKET_SAMPLE] = "sample",
	[NATSONDE_SOCKET_STREAM] = "stream",
	[NATSONDE_SOCKET_LARGE] = "large",
	[NATSONDE_SOCKET_BAIT] = "bait",
};

static const struct { unsigned sight; const char *name; } sights[] = {
	{NATSONDE_SEES_ICMP, "icmp"}, {NATSONDE_SEES_OWN_SOURCE, "own-source"}, {NATSONDE_SEES_FRAGMENTS, "fragments"},
	{NATSONDE_SEES_OWN_SOURCE_IPV6, "own-source-ipv6"},
};

static const struct { const char *name, *sentence; } unavailables[NATSONDE_UNAVAILABLES] = {
	[NATSONDE_AVAILABLE] = {"available", "it was measured"},
	[NATSONDE_NOT_ASKED] = {"not-asked", "another address family was asked for"},
	[NATSONDE_NO_ROUTE] = {"no-route", "not available on this host: it has no route for this address family"},
	[NATSONDE_NO_SERVER_ADDRESS] = {"no-server-address", "no server address of this family was found"},
	[NATSONDE_NO_ANSWER] = {"no-answer", "no server answered over UDP"},
};

static const char *const unreachables[NATSONDE_UNREACHABLES] = {
	[NATSONDE_NOT_UNREACHABLE] = "a server answered",
	[NATSONDE_UNREACHABLE_NAMES] = "no name of a server could be resolved: this host is offline, or its DNS does not work",
	[NATSONDE_UNREACHABLE_NO_ROUTE] = "this host has no route to any server",
	[NATSONDE_UNREACHABLE_GARBLED] =
		"packets came back over UDP, but no answer: the servers, or something on the way, are at fault",
	[NATSONDE_UNREACHABLE_TCP_ONLY] = "UDP is blocked: servers answer over TCP, but not over UDP",
	[NATSONDE_UNREACHABLE_REFUSED] = "UDP was refused: ICMP errors came back, and no answer",
	[NATSONDE_UNREACHABLE_SILENT] =
		"no server answered: this host is offline, or UDP is blocked; this cannot be told from here",
};

/* At most 28 columns each, or they wrap. Mapping's notes stand behind its numbers. */
static const char *const notes[NATSONDE_REASONS] = {
	[NATSONDE_WHY_MAPPED_MIXED] = "for part of the traffic",
	[NATSONDE_WHY_MAPPED_UNPROTECTED] = "says an old server",
	[NATSONDE_WHY_SAME_ON_ONE_PORT] = "servers share one port",
	[NATSONDE_WHY_SAME_AFTER_CONFLICT] = "after a port conflict",
	[NATSONDE_WHY_SEVERAL_EGRESS] = "several uplinks or a pool",
	[NATSONDE_WHY_IP_VARIES] = "several uplinks or a pool",
	[NATSONDE_WHY_CHANGED_BOTH_CAME] = "strangers get in",
	[NATSONDE_WHY_CHANGED_PORT_CAME] = "NAT or this host's firewall",
	[NATSONDE_WHY_NOTHING_CHANGED_CAME] = "NAT or this host's firewall",
	[NATSONDE_WHY_NO_CONTROL] = "no control possible here",
	[NATSONDE_WHY_CAME_LATE] = "seen late, a second server can confirm it",
	[NATSONDE_WHY_HOST_KEYED] = "NAT or this host's firewall looks at hosts, not ports",
	[NATSONDE_WHY_TOO_FEW_COPIES] = "much loss",
	[NATSONDE_WHY_FINGERPRINT_BROKEN] = "FINGERPRINT does not fit",
	[NATSONDE_WHY_NO_MAPPED] = "servers send too little",
	[NATSONDE_WHY_NOBODY_WAS_ANSWERED_FOR] = "nobody was answered for",
	[NATSONDE_WHY_FAKE_ADDRESS] = "made-up server address",
	[NATSONDE_WHY_HAIR_EXTERNAL] = "two sockets reach each other",
	[NATSONDE_WHY_HAIR_INTERNAL] = "from the address inside",
	[NATSONDE_WHY_HAIR_REFUSED] = "an ICMP error came back",
	[NATSONDE_WHY_HAIR_NO_NAT] = "no NAT to turn round at",
};

const char *natsonde_words_outcome(enum natsonde_run_outcome outcome)
{
	return (unsigned)outcome < NATSONDE_RUN_OUTCOMES ? outcomes[outcome] : "invalid";
}

const char *natsonde_words_end(enum natsonde_end end)
{
	return (unsigned)end < sizeof(ends) / sizeof(ends[0]) ? ends[end] : "invalid";
}

const char *natsonde_words_cause(enum natsonde_fault fault)
{
	return (unsigned)fault < NATSONDE_FAULTS ? causes[fault] : "invalid";
}

const char *natsonde_words_endpoint(enum natsonde_endpoint endpoint)
{
	return (unsigned)endpoint < NATSONDE_WORDS_ENDPOINTS ? endpoints[endpoint] : "invalid";
}

const char *natsonde_words_role(enum natsonde_socket socket)
{
	return (unsigned)socket < NATSONDE_SOCKETS ? roles[socket] : "invalid";
}

const char *natsonde_words_sight(unsigned i, unsigned *sight)
{
	if (i >= sizeof(sights) / sizeof(sights[0]))
		return NULL;
	*sight = sights[i].sight;
	return sights[i].name;
}

const char *natsonde_words_unavailable(enum natsonde_unavailable unavailable)
{
	return (unsigned)unavailable < NATSONDE_UNAVAILABLES ? unavailables[unavailable].name : "invalid";
}

const char *natsonde_words_unavailable_sentence(enum natsonde_unavailable unavailable, enum natsonde_run_outcome outcome)
{
	/* Names take their time: what was not found by then may yet have been. */
	if (unavailable == NATSONDE_NO_SERVER_ADDRESS && outcome == NATSONDE_RUN_INTERRUPTED)
		return "the run was interrupted before a server address was found";
	return (unsigned)unavailable < NATSONDE_UNAVAILABLES ? unavailables[unavailable].sentence : "invalid";
}

const char *natsonde_words_unreachable_sentence(const struct natsonde_report *report)
{
	if ((unsigned)report->unreachable >= NATSONDE_UNREACHABLES)
		return "invalid";
	/* Every name has an address, only not of the family asked for. */
	if (report->unreachable == NATSONDE_UNREACHABLE_NAMES && report->n_unresolved == 0)
		return "no server has an address of the family asked for";
	return unreachables[report->unreachable];
}

const char *natsonde_words_note(enum natsonde_reason reason, bool is_without_nat)
{
	if (is_without_nat && (reason == NATSONDE_WHY_CHANGED_PORT_CAME || reason == NATSONDE_WHY_NOTHING_CHANGED_CAME))
		return "firewall, maybe this host's";
	return (unsigned)reason < NATSONDE_REASONS && notes[reason] ? notes[reason] : "";
}

const char *natsonde_words_families(const struct natsonde_report *report)
{
	if (report->families[1].unavailable == NATSONDE_NOT_ASKED)
		return "IPv4";
	return report->families[0].unavailable == NATSONDE_NOT_ASKED ? "IPv6" : "IPv4 or IPv6";
}

static bool is_undecided(const struct natsonde_finding *finding)
{
	return finding->verdict == NATSONDE_UNKNOWN || finding->verdict == NATSONDE_UNSTABLE;
}

/* The first behaviour that is missing stands for all: the others follow from it, or say so themselves. */
static bool name_what_is_missing(const struct natsonde_report *report, char out[NATSONDE_WORDS_MAX])
{
	for (unsigned i = 0; i < 2 * NATSONDE_BEHAVIOURS; i++) {
		const unsigned f = i / NATSONDE_BEHAVIOURS, b = i % NATSONDE_BEHAVIOURS;
		const struct natsonde_family_report *family = &report->families[f];
		const struct natsonde_finding *finding = &family->verdicts.of[b];

		if (!family->evidence || family->unavailable != NATSONDE_AVAILABLE)
			continue;
		if (!(report->tests & NATSONDE_TEST(b)) || !is_undecided(finding))
			continue;
		snprintf(out, NATSONDE_WORDS_MAX, "%s %s is %s: %s", f == 0 ? "IPv4" : "IPv6",
			 natsonde_behaviour_name((enum natsonde_behaviour)b),
			 natsonde_verdict_name((enum natsonde_verdict)finding->verdict),
			 natsonde_reason_sentence((enum natsonde_reason)finding->reason));
		return true;
	}
	return false;
}

void natsonde_words_reason(const struct natsonde_report *report, char out[NATSONDE_WORDS_MAX])
{
	const char *sentence = "every behaviour asked for has a verdict";

	switch (report->outcome) {
	case NATSONDE_RUN_INCOMPLETE:
		if (name_what_is_missing(report, out))
			return;
		sentence = "a behaviour asked for has no verdict";
		break;
	case NATSONDE_RUN_UNREACHABLE: sentence = natsonde_words_unreachable_sentence(report); break;
	case NATSONDE_RUN_INTERRUPTED: sentence = "the run was interrupted: this is what was known by then"; break;
	case NATSONDE_RUN_FAILED: sentence = natsonde_fault_sentence(report->fault); break;
	default: break;
	}
	snprintf(out, NATSONDE_WORDS_MAX, "%s", sentence);
}
