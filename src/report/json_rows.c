#include "json_rows.h"

#include <natsonde/names.h>

#include "json_facts.h"
#include "words.h"

static void add_tests(struct natsonde_json_tree *tree, cJSON *object, uint16_t tests)
{
	cJSON *list = natsonde_json_array(tree, object, "tests");

	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		if (tests & NATSONDE_TEST(b))
			natsonde_json_text(tree, list, NULL, natsonde_behaviour_name((enum natsonde_behaviour)b));
}

static void add_platform(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_report *report)
{
	cJSON *platform = natsonde_json_object(tree, object, "platform"), *unavailable;
	const char *word;

	natsonde_json_text(tree, platform, "system", report->system);
	if (report->about)
		natsonde_json_text(tree, platform, "about", report->about);
	unavailable = natsonde_json_array(tree, platform, "unavailable");
	for (unsigned i = 0, sight; (word = natsonde_words_sight(i, &sight)); i++)
		if (!(report->sees & sight))
			natsonde_json_text(tree, unavailable, NULL, word);
}

void natsonde_json_head(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_report *report)
{
	char reason[NATSONDE_WORDS_MAX];

	natsonde_words_reason(report, reason);
	natsonde_json_number(tree, object, "schema", NATSONDE_SCHEMA);
	natsonde_json_text(tree, object, "tool", "natsonde");
	natsonde_json_text(tree, object, "version", NATSONDE_VERSION);
	natsonde_json_text(tree, object, "simulated", report->simulated);
	natsonde_json_text(tree, object, "started", report->started);
	natsonde_json_ms(tree, object, "elapsed_ms", report->elapsed);
	natsonde_json_text(tree, object, "outcome", natsonde_words_outcome(report->outcome));
	natsonde_json_text(tree, object, "reason", reason);
	add_tests(tree, object, report->tests);
	if (report->is_redacted)
		natsonde_json_true(tree, object, "redacted");
	add_platform(tree, object, report);
}

static void add_end(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_evidence *ev)
{
	natsonde_json_text(tree, object, "end", natsonde_words_end((enum natsonde_end)ev->end));
	natsonde_json_ms(tree, object, "ended_ms", ev->now_us);
	if (ev->fault != NATSONDE_OK)
		natsonde_json_text(tree, object, "cause", natsonde_words_cause((enum natsonde_fault)ev->fault));
}

static void add_place(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_family_view *view)
{
	natsonde_json_ip(tree, object, "local", &view->local);
	natsonde_json_text(tree, object, "interface", *view->report->interface ? view->report->interface : NULL);
	if (view->report->is_tunnel)
		natsonde_json_true(tree, object, "tunnel");
	if (view->report->evidence->fixed_port)
		natsonde_json_true(tree, object, "fixed_port");
	if (view->report->evidence->is_truncated)
		natsonde_json_true(tree, object, "truncated");
	if (view->report->evidence->max_lifetime_s > 0)
		natsonde_json_number(tree, object, "max_lifetime_s", view->report->evidence->max_lifetime_s);
	cJSON *external = natsonde_json_array(tree, object, "external");
	for (unsigned i = 0; i < view->external.n; i++)
		natsonde_json_ip(tree, external, NULL, &view->external.ip[i]);
}

void natsonde_json_family(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_family_view *view)
{
	if (view->unavailable != NATSONDE_AVAILABLE) {
		natsonde_json_text(tree, object, "unavailable", natsonde_words_unavailable(view->unavailable));
		natsonde_json_text(tree, object, "reason", view->why_unavailable);
	}
	if (view->has_findings)
		add_place(tree, object, view);
	if (view->report->evidence)
		add_end(tree, object, view->report->evidence);
}

static void add_peers(struct natsonde_json_tree *tree, cJSON *object, const char *key, const struct natsonde_verdicts *verdicts,
		      enum natsonde_pair pair)
{
	cJSON *list = natsonde_json_array(tree, object, key);

	for (unsigned peer = 0; peer < NATSONDE_PEERS; peer++)
		if (natsonde_pair_with(verdicts, peer) == pair)
			natsonde_json_text(tree, list, NULL, natsonde_peer_class(peer));
}

void natsonde_json_finding(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_family_view *view,
			   enum natsonde_behaviour b, const struct natsonde_finding *found)
{
	natsonde_json_text(tree, object, "verdict", natsonde_verdict_name((enum natsonde_verdict)found->verdict));
	natsonde_json_text(tree, object, "certainty", natsonde_certainty_name((enum natsonde_certainty)found->certainty));
	natsonde_json_text(tree, object, "reason", natsonde_reason_sentence((enum natsonde_reason)found->reason));
	cJSON *basis = natsonde_json_array(tree, object, "basis");
	for (unsigned i = 0; i < view->report->evidence->n_probes; i++)
		if (natsonde_basis_has(&found->basis, i))
			natsonde_json_number(tree, basis, NULL, view->first_probe + i);
	natsonde_json_facts(tree, object, b, &view->report->verdicts);
	if (b != NATSONDE_P2P)
		return;
	add_peers(tree, object, "direct_with", &view->report->verdicts, NATSONDE_PAIR_DIRECT);
	add_peers(tree, object, "maybe_with", &view->report->verdicts, NATSONDE_PAIR_MAYBE);
	add_peers(tree, object, "relay_with", &view->report->verdicts, NATSONDE_PAIR_RELAY);
}

void natsonde_json_server(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_server_view *view)
{
	natsonde_json_number(tree, object, "id", view->id);
	natsonde_json_text(tree, object, "name", view->name);
	natsonde_json_text(tree, object, "family", view->family ? view->family->key : NULL);
	natsonde_json_addr(tree, object, "address", &view->addr);
	natsonde_json_addr(tree, object, "other", &view->other);
	if (view->same_as.family != NATSONDE_NO_FAMILY)
		natsonde_json_addr(tree, object, "same_as", &view->same_as);
	natsonde_json_text(tree, object, "verdict", natsonde_server_verdict_name(view->verdict));
	if (view->traffic.rtt_us > 0)
		natsonde_json_ms(tree, object, "rtt_ms", view->traffic.rtt_us);
	else
		natsonde_json_text(tree, object, "rtt_ms", NULL);
	natsonde_json_number(tree, object, "sent", view->traffic.sent);
	natsonde_json_number(tree, object, "answered", view->traffic.answered);
	if (view->noise > 0)
		natsonde_json_number(tree, object, "noise", view->noise);
	natsonde_json_text(tree, object, "reason", view->reason);
}

/* What belongs to one outcome alone. */
static void add_outcome(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_probe_view *view)
{
	const struct natsonde_probe *p = view->probe;
	cJSON *detail;

	natsonde_json_text(tree, object, "outcome", natsonde_outcome_name((enum natsonde_outcome)p->outcome));
	switch (p->outcome) {
	case NATSONDE_SILENT:
		natsonde_json_ms(tree, object, "waited_ms", natsonde_probe_waited_us(view->family->report->evidence, p));
		break;
	case NATSONDE_ERROR:
		natsonde_json_number(tree, object, "code", p->code);
		detail = natsonde_json_array(tree, object, "refuses");
		if (p->refuses_change)
			natsonde_json_text(tree, detail, NULL, "change-request");
		if (p->refuses_response_port)
			natsonde_json_text(tree, detail, NULL, "response-port");
		break;
	case NATSONDE_UNREACHABLE:
		detail = natsonde_json_object(tree, object, "icmp");
		natsonde_json_number(tree, detail, "type", p->icmp_type);
		natsonde_json_number(tree, detail, "code", p->icmp_code);
		natsonde_json_ms(tree, detail, "after_ms", (natsonde_us)p->answered_us - p->sent_us);
		break;
	case NATSONDE_UNSENT:
		natsonde_json_text(tree, object, "cause", natsonde_words_cause((enum natsonde_fault)p->fault));
		natsonde_json_text(tree, object, "fault", natsonde_fault_sentence((enum natsonde_fault)p->fault));
		break;
	default: break;
	}
}

static void add_answer(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_probe_view *view)
{
	const struct natsonde_evidence *ev = view->family->report->evidence;
	const struct natsonde_probe *p = view->probe;
	const bool has_answer = natsonde_is_reply(p->outcome);

	natsonde_json_addr(tree, object, "from", natsonde_evidence_addr(ev, p->from));
	natsonde_json_addr(tree, object, "origin", natsonde_evidence_addr(ev, p->origin));
	natsonde_json_addr(tree, object, "other", natsonde_evidence_addr(ev, p->other));
	natsonde_json_addr(tree, object, "mapped", natsonde_evidence_addr(ev, p->mapped));
	natsonde_json_addr(tree, object, "mapped_plain", natsonde_evidence_addr(ev, p->mapped_plain));
	if (has_answer)
		natsonde_json_ms(tree, object, "rtt_ms", (natsonde_us)p->answered_us - p->sent_us);
	else
		natsonde_json_text(tree, object, "rtt_ms", NULL);
	if (p->is_unprotected)
		natsonde_json_true(tree, object, "unprotected");
	if (p->is_tampered)
		natsonde_json_true(tree, object, "tampered");
	if (p->is_padded)
		natsonde_json_true(tree, object, "padded");
	if (p->len > 0 && natsonde_questions[p->question].socket == NATSONDE_SOCKET_LARGE)
		natsonde_json_number(tree, object, "length", p->len);
	if (has_answer && view->arrived != view->socket)
		natsonde_json_number(tree, object, "arrived", view->arrived);
}

void natsonde_json_question(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_probe_view *view)
{
	const struct natsonde_evidence *ev = view->family->report->evidence;
	const struct natsonde_probe *p = view->probe;
	const struct natsonde_question_row *question = &natsonde_questions[p->question];

	natsonde_json_number(tree, object, "id", view->id);
	natsonde_json_text(tree, object, "test", natsonde_question_test(p->question));
	natsonde_json_number(tree, object, "server", view->server);
	natsonde_json_number(tree, object, "socket", view->socket);
	if (p->question >= NATSONDE_QUESTIONS_FIRST)
		natsonde_json_number(tree, object, "instance", p->instance);
	natsonde_json_text(tree, object, "role", natsonde_words_role((enum natsonde_socket)question->socket));
	natsonde_json_text(tree, object, "transport", natsonde_socket_is_tcp((enum natsonde_socket)question->socket) ? "tcp" : "udp");
	natsonde_json_addr(tree, object, "local", natsonde_evidence_addr(ev, p->local));
	natsonde_json_addr(tree, object, "to", natsonde_evidence_addr(ev, p->to));
	natsonde_json_text(tree, object, "endpoint", natsonde_words_endpoint((enum natsonde_endpoint)question->endpoint));
	natsonde_json_text(tree, object, "change", natsonde_change_name(question->change));
	if (p->response_port != 0)
		natsonde_json_number(tree, object, "response_port", p->response_port);
	else
		natsonde_json_text(tree, object, "response_port", NULL);
	if (p->target != 0)
		natsonde_json_number(tree, object, "answer_to", view->target);
	natsonde_json_ms(tree, natsonde_json_array(tree, object, "sent_ms"), NULL, p->sent_us);
}

void natsonde_json_outcome(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_probe_view *view)
{
	add_outcome(tree, object, view);
	add_answer(tree, object, view);
}
