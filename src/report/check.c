#include "check.h"

#include <natsonde/names.h>

static const struct { const char *name, *sentence; } answers[NATSONDE_TURN_ANSWERS] = {
	[NATSONDE_TURN_UNFINISHED] = {"unfinished", "the run ended before this was known"},
	[NATSONDE_TURN_ASKS] = {"turn", "a TURN server: it asks for credentials"},
	[NATSONDE_TURN_ALLOCATES] = {"open-relay", "a TURN server that gives relays to everybody, without credentials"},
	[NATSONDE_TURN_ASKS_BADLY] =
		{"bad-401", "it answers 401 without REALM or NONCE: no credentials can be given to it"},
	[NATSONDE_TURN_ERROR] = {"error", "it answers an Allocate request with an error"},
	[NATSONDE_TURN_STUN_ONLY] =
		{"stun-only", "a STUN server without TURN: it answers a Binding request, but no Allocate request"},
	[NATSONDE_TURN_GARBLED] = {"garbled", "what comes from it answers no question"},
	[NATSONDE_TURN_REFUSED] = {"refused", "nothing listens there, or something on the way refuses it"},
	[NATSONDE_TURN_SILENT] = {"silent", "it does not answer"},
	[NATSONDE_TURN_UNSENT] = {"unsent", "this host could not ask"},
};

/* The errors of RFC 8489 section 14.8 and RFC 8656 section 19 that an operator may meet here. */
static const struct { uint16_t code; const char *meaning; } codes[] = {
	{300, "Try Alternate"}, {400, "Bad Request"}, {401, "Unauthenticated"}, {403, "Forbidden"}, {420, "Unknown Attribute"},
	{437, "Allocation Mismatch"}, {438, "Stale Nonce"}, {440, "Address Family not Supported"},
	{442, "Unsupported Transport Protocol"}, {486, "Allocation Quota Reached"}, {500, "Server Error"},
	{508, "Insufficient Capacity"},
};

const char *natsonde_turn_answer_name(enum natsonde_turn_answer answer)
{
	return (unsigned)answer < NATSONDE_TURN_ANSWERS ? answers[answer].name : "invalid";
}

static const char *meaning_of(uint16_t code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].meaning;
	return "not known to this program";
}

void natsonde_turn_sentence(const struct natsonde_turn_finding *finding, char out[NATSONDE_CHECK_WORDS])
{
	const char *sentence = finding->answer < NATSONDE_TURN_ANSWERS ? answers[finding->answer].sentence : "invalid";

	if (finding->answer == NATSONDE_TURN_ERROR)
		snprintf(out, NATSONDE_CHECK_WORDS, "%s: %u, %s", sentence, finding->code, meaning_of(finding->code));
	else if (finding->answer == NATSONDE_TURN_UNSENT)
		snprintf(out, NATSONDE_CHECK_WORDS, "%s: %s", sentence, natsonde_fault_sentence((enum natsonde_fault)finding->fault));
	else
		snprintf(out, NATSONDE_CHECK_WORDS, "%s", sentence);
}

const char *natsonde_check_unavailable(const struct natsonde_check_row *row)
{
	if (row->unavailable == NATSONDE_NO_ROUTE)
		return row->family == NATSONDE_IPV6 ? "not checked: this host has no IPv6" : "not checked: this host has no IPv4";
	return row->family == NATSONDE_IPV6 ? "it has no IPv6 address" : "it has no IPv4 address";
}

static bool is_anyone_asked(const struct natsonde_check_report *report)
{
	for (unsigned i = 0; i < report->n_rows; i++)
		if (!report->rows[i].unresolved && report->rows[i].unavailable == NATSONDE_AVAILABLE)
			return true;
	return false;
}

/* Whether something may yet be found out by asking again, and nothing else stands in the way. */
static bool is_anything_open(const struct natsonde_check_report *report)
{
	bool any = false;

	for (unsigned i = 0; i < report->n_rows; i++) {
		any |= report->rows[i].usable == NATSONDE_USABLE_UNKNOWN;
		if (report->rows[i].usable == NATSONDE_USABLE_NO)
			return false;
	}
	return any;
}

/* For what a server was wanted. */
static const char *purpose(const struct natsonde_check_report *report)
{
	unsigned turn = 0;

	for (unsigned i = 0; i < report->n_rows; i++)
		turn += report->rows[i].is_turn;
	if (turn == 0)
		return report->needs_filtering ? " to test mapping and filtering" : " to test the mapping";
	return turn == report->n_rows ? " for TURN" : "";
}

void natsonde_check_summary(const struct natsonde_check_report *report, char out[NATSONDE_CHECK_WORDS])
{
	const unsigned n = report->n_servers, usable = report->n_usable;
	const char *what = purpose(report);

	if (report->outcome == NATSONDE_RUN_FAILED)
		snprintf(out, NATSONDE_CHECK_WORDS, "%s", natsonde_fault_sentence(report->fault));
	else if (report->outcome == NATSONDE_RUN_INTERRUPTED)
		snprintf(out, NATSONDE_CHECK_WORDS, "interrupted: not all is known");
	else if (!is_anyone_asked(report))
		snprintf(out, NATSONDE_CHECK_WORDS, "no server could be asked");
	else if (report->outcome == NATSONDE_RUN_UNREACHABLE)
		snprintf(out, NATSONDE_CHECK_WORDS, n == 1 ? "the server does not answer" : "none of the %u servers answers", n);
	else if (n == 1)
		snprintf(out, NATSONDE_CHECK_WORDS, "%s%s", usable ? "the server can be used" :
			 is_anything_open(report) ? "it is not known whether the server can be used" : "the server cannot be used", what);
	else if (usable == n && n == 2)
		snprintf(out, NATSONDE_CHECK_WORDS, "both servers can be used%s", what);
	else if (usable == n)
		snprintf(out, NATSONDE_CHECK_WORDS, "all %u servers can be used%s", n, what);
	else if (usable == 0 && is_anything_open(report))
		snprintf(out, NATSONDE_CHECK_WORDS, "it is not known whether the %u servers can be used%s", n, what);
	else if (usable == 0)
		snprintf(out, NATSONDE_CHECK_WORDS, "none of the %u servers can be used%s", n, what);
	else
		snprintf(out, NATSONDE_CHECK_WORDS, "%u of %u servers can be used%s", usable, n, what);
}

bool natsonde_check_write(const struct natsonde_check_report *report, const struct natsonde_look *look, FILE *out)
{
	const bool is_written = look->format == NATSONDE_JSON ? natsonde_check_json_write(report, out)
							       : natsonde_check_text_write(report, look, out);

	/* A full disk or closed pipe shows only once the buffer is flushed. */
	return is_written && fflush(out) == 0 && !ferror(out);
}
