#include <natsonde/stream.h>

#include <natsonde/names.h>

#include "json_rows.h"
#include "words.h"

struct line {
	struct natsonde_json_tree tree;
	cJSON *root;
};

static struct line begin_line(const char *event)
{
	struct line line;

	line.root = natsonde_json_root(&line.tree);
	natsonde_json_text(&line.tree, line.root, "event", event);
	return line;
}

static bool end_line(struct line *line, FILE *out)
{
	return natsonde_json_finish_line(&line->tree, line->root, out);
}

bool natsonde_stream_begin(const struct natsonde_report *report, FILE *out)
{
	struct line line = begin_line("begin");

	natsonde_json_number(&line.tree, line.root, "schema", NATSONDE_SCHEMA);
	natsonde_json_text(&line.tree, line.root, "tool", "natsonde");
	natsonde_json_text(&line.tree, line.root, "version", NATSONDE_VERSION);
	natsonde_json_text(&line.tree, line.root, "simulated", report->simulated);
	natsonde_json_text(&line.tree, line.root, "started", report->started);
	if (report->is_redacted)
		natsonde_json_true(&line.tree, line.root, "redacted");
	return end_line(&line, out);
}

static bool write_probe(const struct natsonde_evidence *ev, unsigned probe, bool is_sent, FILE *out)
{
	const struct natsonde_probe *p = &ev->probes[probe];
	const struct natsonde_family_report family = {.evidence = ev, .interface = ""};
	const struct natsonde_family_view view = {.key = ev->family == NATSONDE_IPV6 ? "ipv6" : "ipv4", .report = &family};
	const struct natsonde_probe_view row = {
		.family = &view, .id = probe, .server = p->server, .socket = p->socket, .arrived = p->arrived, .target = p->target,
		.probe = p,
	};
	struct line line = begin_line(is_sent ? "sent" : natsonde_outcome_name((enum natsonde_outcome)p->outcome));

	natsonde_json_ms(&line.tree, line.root, "at_ms", is_sent || p->outcome == NATSONDE_UNSENT ? p->sent_us : p->answered_us);
	natsonde_json_text(&line.tree, line.root, "family", view.key);
	natsonde_json_question(&line.tree, line.root, &row);
	if (!is_sent)
		natsonde_json_outcome(&line.tree, line.root, &row);
	return end_line(&line, out);
}

bool natsonde_stream_sent(const struct natsonde_evidence *ev, unsigned probe, FILE *out)
{
	return write_probe(ev, probe, true, out);
}

bool natsonde_stream_outcome(const struct natsonde_evidence *ev, unsigned probe, FILE *out)
{
	return write_probe(ev, probe, false, out);
}

struct stream {
	FILE *out;
	const struct natsonde_family_report *family; /* the one told of */
	bool has_failed;
};

static void put(struct stream *stream, struct line *line)
{
	stream->has_failed |= !end_line(line, stream->out);
}

static void finding(void *ctx, const struct natsonde_family_view *view, enum natsonde_behaviour b,
		    const struct natsonde_finding *found)
{
	struct line line = begin_line("verdict");

	natsonde_json_ms(&line.tree, line.root, "at_ms", view->report->evidence->now_us);
	natsonde_json_text(&line.tree, line.root, "family", view->key);
	natsonde_json_text(&line.tree, line.root, "behaviour", natsonde_behaviour_name(b));
	natsonde_json_finding(&line.tree, line.root, view, b, found);
	put(ctx, &line);
}

static void family(void *ctx, const struct natsonde_family_view *view)
{
	const struct stream *stream = ctx;
	struct line line;

	if (view->report != stream->family)
		return;
	line = begin_line("family");
	natsonde_json_text(&line.tree, line.root, "family", view->key);
	natsonde_json_family(&line.tree, line.root, view);
	if (view->has_findings)
		natsonde_json_text(&line.tree, line.root, "rfc3489", view->rfc3489);
	put(ctx, &line);
}

static void server(void *ctx, const struct natsonde_server_view *view)
{
	struct line line = begin_line("server");

	natsonde_json_server(&line.tree, line.root, view);
	put(ctx, &line);
}

/* The report as if the other family did not exist: so ids are counted within this one. Names without an address belong to
 * neither, and are told of once. */
static struct natsonde_report alone(const struct natsonde_report *report, unsigned f)
{
	struct natsonde_report one = *report;

	one.families[!f] = (struct natsonde_family_report){.unavailable = NATSONDE_NOT_ASKED, .interface = ""};
	if (f == 0)
		one.n_unresolved = 0;
	return one;
}

bool natsonde_stream_verdicts(const struct natsonde_report *report, unsigned f, FILE *out)
{
	static const struct natsonde_writer writer = {.finding = finding};
	const struct natsonde_report one = alone(report, f);
	struct stream stream = {.out = out};

	natsonde_report_walk(&one, &writer, &stream);
	return !stream.has_failed;
}

static void put_end(struct stream *stream, const struct natsonde_report *report, int exit_code)
{
	struct line line = begin_line("end");
	char reason[NATSONDE_WORDS_MAX];

	natsonde_words_reason(report, reason);
	natsonde_json_text(&line.tree, line.root, "outcome", natsonde_words_outcome(report->outcome));
	natsonde_json_text(&line.tree, line.root, "reason", reason);
	natsonde_json_ms(&line.tree, line.root, "elapsed_ms", report->elapsed);
	natsonde_json_number(&line.tree, line.root, "exit", (unsigned)exit_code);
	put(stream, &line);
}

bool natsonde_stream_end(const struct natsonde_report *report, int exit_code, FILE *out)
{
	static const struct natsonde_writer writer = {.family = family, .server = server};
	struct stream stream = {.out = out};

	for (unsigned f = 0; f < 2; f++) {
		const struct natsonde_report one = alone(report, f);

		stream.family = &one.families[f];
		natsonde_report_walk(&one, &writer, &stream);
	}
	put_end(&stream, report, exit_code);
	return !stream.has_failed;
}
