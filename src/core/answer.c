#include "answer.h"

bool natsonde_probe_is_good(const struct natsonde_evidence *ev, const struct natsonde_probe *p)
{
	enum natsonde_endpoint replies = (enum natsonde_endpoint)natsonde_questions[p->question].replies;
	const struct natsonde_server *server = &ev->servers[p->server];
	const struct natsonde_addr *from;
	natsonde_addr_id ip, port;

	if (!natsonde_is_success(p->outcome))
		return false;
	/* A server that overlooks RESPONSE-PORT answers to where the request came from. */
	if ((natsonde_is_diverted(p->question) || p->target != 0) && p->arrived == p->socket)
		return false;
	if (replies == NATSONDE_OWN_MAPPING)
		return true;
	ip = replies == NATSONDE_A1P1 || replies == NATSONDE_A1P2 ? server->addr : server->other;
	port = replies == NATSONDE_A1P1 || replies == NATSONDE_A2P1 ? server->addr : server->other;
	/* Equal addresses have equal ids, and this is asked often. */
	if (ip == port)
		return p->from != 0 && p->from == ip;
	from = natsonde_evidence_addr(ev, p->from);
	return from->port == natsonde_evidence_addr(ev, port)->port && natsonde_addr_same_ip(from, natsonde_evidence_addr(ev, ip));
}
