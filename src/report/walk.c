#include <natsonde/report.h>

#include <natsonde/names.h>

#include "words.h"
#include "writer.h"

#define RFC3489_NEEDS (NATSONDE_TEST(NATSONDE_NAT) | NATSONDE_TEST(NATSONDE_MAPPING) | NATSONDE_TEST(NATSONDE_FILTERING))

static unsigned count_sockets(const struct natsonde_evidence *ev)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].socket >= n)
			n = ev->probes[i].socket + 1u;
	return n;
}

/* before: the family that comes first, NULL for the first one. */
static struct natsonde_family_view view_family(const struct natsonde_report *report, unsigned index,
					       const struct natsonde_family_view *before)
{
	const struct natsonde_family_report *family = &report->families[index];
	const struct natsonde_evidence *ev = family->evidence;
	struct natsonde_family_view view = {
		.key = index == 0 ? "ipv4" : "ipv6",
		.title = index == 0 ? "IPv4" : "IPv6",
		.report = family,
		.unavailable = family->unavailable,
	};

	if (before && before->report->evidence) {
		view.first_server = before->report->evidence->n_servers;
		view.first_probe = before->report->evidence->n_probes;
		view.first_socket = count_sockets(before->report->evidence);
	}
	/* A run may end before the first probe: then nothing is known of this family, and nothing answered. */
	if (!ev && view.unavailable == NATSONDE_AVAILABLE)
		view.unavailable = NATSONDE_NO_ANSWER;
	view.why_unavailable = natsonde_words_unavailable_sentence(view.unavailable, report->outcome);
	if (!ev)
		return view;
	view.has_findings = view.unavailable == NATSONDE_AVAILABLE || view.unavailable == NATSONDE_NO_ANSWER;
	view.local = natsonde_digest_local(ev);
	view.external = natsonde_digest_externals(ev);
	if ((report->tests & RFC3489_NEEDS) == RFC3489_NEEDS)
		view.rfc3489 = natsonde_rfc3489(&family->verdicts);
	return view;
}

static void walk_family(const struct natsonde_report *report, const struct natsonde_writer *writer, void *ctx,
			const struct natsonde_family_view *view)
{
	if (writer->family)
		writer->family(ctx, view);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		if (view->has_findings && writer->finding && (report->tests & NATSONDE_TEST(b)))
			writer->finding(ctx, view, (enum natsonde_behaviour)b, &view->report->verdicts.of[b]);
	if (writer->family_end)
		writer->family_end(ctx, view);
}

static struct natsonde_server_view view_server(const struct natsonde_report *report, const struct natsonde_family_view *family,
					       unsigned index)
{
	const struct natsonde_evidence *ev = family->report->evidence;
	const struct natsonde_server *server = &ev->servers[index];
	const struct natsonde_server_finding finding = natsonde_judge_server(ev, index);

	return (struct natsonde_server_view){
		.family = family,
		.id = family->first_server + index,
		.name = report->names[server->name],
		.addr = *natsonde_evidence_addr(ev, server->addr),
		.other = *natsonde_evidence_addr(ev, server->other),
		.same_as = *natsonde_evidence_addr(ev, server->same_as),
		.verdict = (enum natsonde_server_verdict)finding.verdict,
		.why = (enum natsonde_server_reason)finding.reason,
		.reason = natsonde_server_reason_sentence((enum natsonde_server_reason)finding.reason),
		.traffic = natsonde_evidence_traffic(ev, index),
		.noise = server->noise,
	};
}

/* Names without an address stand behind the servers that were spoken to. */
static void walk_unresolved(const struct natsonde_report *report, const struct natsonde_writer *writer, void *ctx, unsigned first)
{
	for (unsigned i = 0; i < report->n_unresolved; i++) {
		const struct natsonde_server_view view = {
			.id = first + i,
			.name = report->unresolved[i].name,
			.verdict = NATSONDE_SERVER_UNRESOLVED,
			.why = NATSONDE_SERVER_WHY_UNRESOLVED,
			.reason = report->unresolved[i].why,
		};
		writer->server(ctx, &view);
	}
}

static void walk_servers(const struct natsonde_report *report, const struct natsonde_writer *writer, void *ctx,
			 const struct natsonde_family_view views[2])
{
	unsigned n = 0;

	for (unsigned f = 0; f < 2; f++)
		for (unsigned i = 0; views[f].report->evidence && i < views[f].report->evidence->n_servers; i++) {
			const struct natsonde_server_view view = view_server(report, &views[f], i);
			writer->server(ctx, &view);
			n++;
		}
	walk_unresolved(report, writer, ctx, n);
}

static void walk_probes(const struct natsonde_writer *writer, void *ctx, const struct natsonde_family_view views[2])
{
	for (unsigned f = 0; f < 2; f++) {
		const struct natsonde_evidence *ev = views[f].report->evidence;

		for (unsigned i = 0; ev && i < ev->n_probes; i++) {
			const struct natsonde_probe_view view = {
				.family = &views[f],
				.id = views[f].first_probe + i,
				.server = views[f].first_server + ev->probes[i].server,
				.socket = views[f].first_socket + ev->probes[i].socket,
				.arrived = views[f].first_socket + ev->probes[i].arrived,
				.target = views[f].first_socket + ev->probes[i].target,
				.probe = &ev->probes[i],
			};
			writer->probe(ctx, &view);
		}
	}
}

void natsonde_report_walk(const struct natsonde_report *report, const struct natsonde_writer *writer, void *ctx)
{
	struct natsonde_family_view views[2];

	views[0] = view_family(report, 0, NULL);
	views[1] = view_family(report, 1, &views[0]);
	if (writer->begin)
		writer->begin(ctx, report);
	for (unsigned f = 0; f < 2; f++)
		walk_family(report, writer, ctx, &views[f]);
	if (writer->begin_servers)
		writer->begin_servers(ctx);
	if (writer->server)
		walk_servers(report, writer, ctx, views);
	if (writer->begin_probes)
		writer->begin_probes(ctx);
	if (writer->probe)
		walk_probes(writer, ctx, views);
	if (writer->end)
		writer->end(ctx, report);
}

static bool write_as(const struct natsonde_report *report, const struct natsonde_look *look, FILE *out)
{
	switch (look->format) {
	case NATSONDE_JSON: return natsonde_json_write(report, out);
	case NATSONDE_SHORT: return natsonde_short_write(report, out);
	default: return natsonde_text_write(report, look, out);
	}
}

bool natsonde_report_write(const struct natsonde_report *report, const struct natsonde_look *look, FILE *out)
{
	/* A full disk or closed pipe shows only once the buffer is flushed. */
	return write_as(report, look, out) && fflush(out) == 0 && !ferror(out);
}
