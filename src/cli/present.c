#define _POSIX_C_SOURCE 200809L /* isatty */

#include "present.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <natsonde/names.h>
#include <natsonde/stream.h>

#include "redact.h"

static struct natsonde_redactor redactor;

/* https://no-color.org: any value but the empty one. */
static bool wants_colour(void)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && terminal && strcmp(terminal, "dumb") != 0;
}

/* Design section 2: what stands before 1 there is not overruled by it. */
static enum natsonde_exit contradict(enum natsonde_exit code)
{
	return code == NATSONDE_EXIT_OK || code == NATSONDE_EXIT_INCOMPLETE ? NATSONDE_EXIT_CONTRADICTED : code;
}

struct natsonde_look natsonde_present_look(const struct natsonde_options *o)
{
	return (struct natsonde_look){
		.format = o->is_json ? NATSONDE_JSON : o->is_short ? NATSONDE_SHORT : NATSONDE_TEXT,
		.has_colour = wants_colour(),
		.is_verbose = o->is_verbose,
		.can_measure_lifetime = true,
	};
}

static bool write_report(const struct natsonde_options *o, const struct natsonde_report *report)
{
	const struct natsonde_look look = natsonde_present_look(o);

	return natsonde_report_write(report, &look, stdout);
}

enum natsonde_exit natsonde_present_failed(void)
{
	fprintf(stderr, "natsonde: the report could not be written: %s\n", errno ? strerror(errno) : "no memory");
	return NATSONDE_EXIT_FAULT;
}

/* Masked alike, or not at all: what a saved report has masked itself cannot be compared. */
static bool write_diff(const struct natsonde_options *o, const struct natsonde_report *before, const struct natsonde_report *now,
		       enum natsonde_difference *difference)
{
	static struct natsonde_redacted masked[2];
	const bool with_addresses = !before->is_redacted && !now->is_redacted;

	if (!o->is_redacted)
		return natsonde_report_diff(before, now, with_addresses, stdout, difference);
	natsonde_redact_learn_report(&redactor, before);
	natsonde_redact_learn_report(&redactor, now);
	natsonde_redact_report(&redactor, before, &masked[0]);
	natsonde_redact_report(&redactor, now, &masked[1]);
	return natsonde_report_diff(&masked[0].report, &masked[1].report, with_addresses, stdout, difference);
}

static bool write_redacted(const struct natsonde_options *o, const struct natsonde_report *report, enum natsonde_exit code)
{
	static struct natsonde_redacted masked;
	const struct natsonde_report *shown = report;

	if (o->is_redacted) {
		natsonde_redact_report(&redactor, report, &masked);
		shown = &masked.report;
	}
	return o->is_jsonl ? natsonde_stream_end(shown, (int)code, stdout) : write_report(o, shown);
}

enum natsonde_exit natsonde_present(const struct natsonde_options *options, const struct natsonde_report *report,
				    const struct natsonde_saved *before, enum natsonde_exit code)
{
	enum natsonde_difference difference = NATSONDE_DIFFERENCE_NONE;
	bool is_written;

	if (report->outcome == NATSONDE_RUN_FAILED)
		fprintf(stderr, "natsonde: %s\n", natsonde_fault_sentence(report->fault));
	if (!natsonde_expect_check(&options->expectations, report, stderr))
		code = contradict(code);
	errno = 0;
	if (before)
		is_written = write_diff(options, &before->report, report, &difference);
	else
		is_written = write_redacted(options, report, code);
	if (!is_written || fflush(stdout) != 0)
		return natsonde_present_failed();
	/* Whoever asks what has changed is told so first. */
	if (code == NATSONDE_EXIT_FAULT || difference == NATSONDE_DIFFERENCE_NONE)
		return code;
	if (difference == NATSONDE_DIFFERENCE_VERDICT)
		return NATSONDE_EXIT_CONTRADICTED;
	return code == NATSONDE_EXIT_OK ? NATSONDE_EXIT_INCOMPLETE : code;
}
