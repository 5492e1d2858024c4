#include "probe_table.h"

#include <natsonde/names.h>

#include "page.h"

void natsonde_probe_table_head(FILE *out)
{
	fputs("\n  id      ms socket  test      change  outcome      to, and what came of it\n", out);
}

static void format(const struct natsonde_probe_view *view, natsonde_addr_id id, char out[NATSONDE_ADDR_TEXT])
{
	natsonde_addr_format(natsonde_evidence_addr(view->family->report->evidence, id), out, NATSONDE_ADDR_TEXT);
}

static void format_answer(const struct natsonde_probe_view *view, char *out, size_t cap)
{
	const struct natsonde_probe *p = view->probe;
	char from[NATSONDE_ADDR_TEXT], mapped[NATSONDE_ADDR_TEXT];

	format(view, p->from, from);
	format(view, p->mapped, mapped);
	snprintf(out, cap, "%s%s%s%s, %.1f ms", p->from != 0 && p->from != p->to ? ", from " : "",
		 p->from != 0 && p->from != p->to ? from : "", p->mapped ? ", saw " : "", mapped,
		 (p->answered_us - p->sent_us) / 1000.0);
}

static void format_result(const struct natsonde_probe_view *view, char *out, size_t cap)
{
	const struct natsonde_probe *p = view->probe;

	out[0] = '\0';
	switch (p->outcome) {
	case NATSONDE_ANSWERED:
	case NATSONDE_LATE: format_answer(view, out, cap); break;
	case NATSONDE_ERROR: snprintf(out, cap, ", STUN error %u", p->code); break;
	case NATSONDE_UNREACHABLE: snprintf(out, cap, ", ICMP type %u code %u", p->icmp_type, p->icmp_code); break;
	case NATSONDE_UNSENT: snprintf(out, cap, ", %s", natsonde_fault_sentence((enum natsonde_fault)p->fault)); break;
	default: break;
	}
}

void natsonde_probe_table_row(FILE *out, const struct natsonde_probe_view *view)
{
	const struct natsonde_probe *p = view->probe;
	const struct natsonde_question_row *question = &natsonde_questions[p->question];
	char lead[96], to[NATSONDE_ADDR_TEXT], result[256], port[32] = "";

	format(view, p->to, to);
	format_result(view, result, sizeof(result));
	if (p->response_port != 0)
		snprintf(port, sizeof(port), ", answer to port %u", p->response_port);
	snprintf(lead, sizeof(lead), "%4u %7.1f %6u  %-9s %-6s  %-11s  ", view->id, p->sent_us / 1000.0, view->socket,
		 natsonde_question_test(p->question), natsonde_change_name(question->change),
		 natsonde_outcome_name((enum natsonde_outcome)p->outcome));
	natsonde_page_put(out, lead, 21, "%s%s%s", to, port, result);
}
