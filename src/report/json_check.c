#include "check.h"

#include <natsonde/names.h>

#include "json_value.h"
#include "words.h"

static void add_rtt(struct natsonde_json_tree *tree, cJSON *object, uint32_t rtt_us)
{
	if (rtt_us > 0)
		natsonde_json_ms(tree, object, "rtt_ms", rtt_us);
	else
		natsonde_json_text(tree, object, "rtt_ms", NULL);
}

static void add_uses(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_evidence *ev)
{
	for (unsigned use = 0; use < NATSONDE_USES; use++) {
		const struct natsonde_use_finding f = natsonde_judge_use(ev, 0, (enum natsonde_use)use);
		cJSON *found = natsonde_json_object(tree, object, natsonde_use_name((enum natsonde_use)use));

		natsonde_json_text(tree, found, "usable", natsonde_usable_name((enum natsonde_usable)f.usable));
		natsonde_json_text(tree, found, "reason", natsonde_server_reason_sentence((enum natsonde_server_reason)f.reason));
	}
}

static void add_stun(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_evidence *ev)
{
	const struct natsonde_server_finding finding = natsonde_judge_server(ev, 0);
	const struct natsonde_traffic traffic = natsonde_evidence_traffic(ev, 0);
	const bool is_known = ev->n_servers > 0; /* not if the run ended before it began */

	natsonde_json_addr(tree, object, "other", natsonde_evidence_addr(ev, is_known ? ev->servers[0].other : 0));
	natsonde_json_text(tree, object, "verdict", natsonde_server_verdict_name((enum natsonde_server_verdict)finding.verdict));
	natsonde_json_text(tree, object, "reason", natsonde_server_reason_sentence((enum natsonde_server_reason)finding.reason));
	add_rtt(tree, object, traffic.rtt_us);
	natsonde_json_number(tree, object, "sent", traffic.sent);
	natsonde_json_number(tree, object, "answered", traffic.answered);
	add_uses(tree, object, ev);
}

static void add_turn(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_turn_finding *turn)
{
	char reason[NATSONDE_CHECK_WORDS];

	natsonde_turn_sentence(turn, reason);
	natsonde_json_text(tree, object, "verdict", natsonde_turn_answer_name((enum natsonde_turn_answer)turn->answer));
	natsonde_json_text(tree, object, "reason", reason);
	add_rtt(tree, object, turn->rtt_us);
	natsonde_json_number(tree, object, "sent", turn->sent);
	if (turn->code)
		natsonde_json_number(tree, object, "code", turn->code);
	if (turn->realm[0])
		natsonde_json_text(tree, object, "realm", turn->realm);
}

static void add_row(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_check_row *row)
{
	const bool was_asked = !row->unresolved && row->unavailable == NATSONDE_AVAILABLE;

	natsonde_json_text(tree, object, "name", row->name);
	natsonde_json_text(tree, object, "kind", row->is_turn ? "turn" : "stun");
	if (row->is_turn)
		natsonde_json_text(tree, object, "transport", row->transport == NATSONDE_TCP ? "tcp" : "udp");
	natsonde_json_text(tree, object, "family", row->unresolved ? NULL : row->family == NATSONDE_IPV6 ? "ipv6" : "ipv4");
	natsonde_json_addr(tree, object, "address", &row->addr);
	natsonde_json_text(tree, object, "usable", was_asked || row->unresolved ?
			   natsonde_usable_name((enum natsonde_usable)row->usable) : NULL);
	if (row->unresolved) {
		natsonde_json_text(tree, object, "verdict", natsonde_server_verdict_name(NATSONDE_SERVER_UNRESOLVED));
		natsonde_json_text(tree, object, "reason", row->unresolved);
	} else if (!was_asked) {
		natsonde_json_text(tree, object, "unavailable", natsonde_words_unavailable((enum natsonde_unavailable)row->unavailable));
		natsonde_json_text(tree, object, "reason", natsonde_check_unavailable(row));
	} else if (row->is_turn) {
		add_turn(tree, object, &row->turn);
	} else {
		add_stun(tree, object, row->evidence);
	}
}

bool natsonde_check_json_write(const struct natsonde_check_report *report, FILE *out)
{
	struct natsonde_json_tree tree;
	char reason[NATSONDE_CHECK_WORDS];
	cJSON *root = natsonde_json_root(&tree), *rows;

	natsonde_check_summary(report, reason);
	natsonde_json_number(&tree, root, "schema", NATSONDE_SCHEMA);
	natsonde_json_text(&tree, root, "tool", "natsonde");
	natsonde_json_text(&tree, root, "version", NATSONDE_VERSION);
	natsonde_json_text(&tree, root, "command", "check");
	natsonde_json_text(&tree, root, "simulated", report->simulated);
	natsonde_json_text(&tree, root, "started", report->started);
	natsonde_json_ms(&tree, root, "elapsed_ms", report->elapsed);
	natsonde_json_text(&tree, root, "outcome", natsonde_words_outcome(report->outcome));
	natsonde_json_text(&tree, root, "reason", reason);
	rows = natsonde_json_array(&tree, root, "checks");
	for (unsigned i = 0; i < report->n_rows; i++)
		add_row(&tree, natsonde_json_object(&tree, rows, NULL), &report->rows[i]);
	return natsonde_json_finish(&tree, root, out);
}
