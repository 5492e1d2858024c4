#include "json_read.h"

#include <stdio.h>
#include <string.h>

#include <natsonde/names.h>

static const char *server_word(unsigned i)
{
	return natsonde_server_verdict_name((enum natsonde_server_verdict)i);
}

static const char *family_word(unsigned i)
{
	return i == 0 ? "ipv4" : "ipv6";
}

/* Index of a name in the list; the same name with another port was given as another server. */
static bool find_name(struct natsonde_reading *r, const char *name, uint16_t port, uint8_t *index)
{
	struct natsonde_saved *saved = r->saved;
	unsigned i = 0;

	while (i < saved->n_names && (saved->ports[i] != port || strcmp(saved->names[i], name) != 0))
		i++;
	if (i == NATSONDE_SAVED_NAMES)
		return natsonde_json_wrong(&r->source, "name", "one name too many");
	if (i == saved->n_names) {
		snprintf(saved->names[i], sizeof(saved->names[i]), "%s", name);
		saved->name_list[i] = saved->names[i];
		saved->ports[i] = port;
		saved->n_names++;
	}
	*index = (uint8_t)i;
	return true;
}

static bool read_unresolved(struct natsonde_reading *r, const cJSON *object)
{
	struct natsonde_report *report = &r->saved->report;
	char (*texts)[NATSONDE_SAVED_TEXT] = r->saved->unresolved_texts[report->n_unresolved];

	if (report->n_unresolved == NATSONDE_SERVERS_MAX)
		return natsonde_json_wrong(&r->source, "", "one server too many");
	if (!natsonde_json_get_text(&r->source, object, "name", texts[0], NATSONDE_SAVED_TEXT) ||
	    !natsonde_json_get_text(&r->source, object, "reason", texts[1], NATSONDE_SAVED_TEXT))
		return false;
	r->saved->unresolved[report->n_unresolved++] = (struct natsonde_unresolved){texts[0], texts[1]};
	return true;
}

static bool read_server(struct natsonde_reading *r, const cJSON *object)
{
	struct natsonde_saved_family *family;
	struct natsonde_server *server;
	char name[NATSONDE_SAVED_TEXT];
	unsigned noise = 0;
	uint8_t f;

	if (!natsonde_json_get_word(&r->source, object, "family", family_word, 2, &f) ||
	    !natsonde_json_get_text(&r->source, object, "name", name, sizeof(name)))
		return false;
	family = &r->saved->families[f];
	if (!r->saved->report.families[f].evidence)
		return natsonde_json_wrong(&r->source, "family", "this address family was not measured");
	if (family->evidence.n_servers == NATSONDE_SERVERS_MAX)
		return natsonde_json_wrong(&r->source, "", "one server too many");
	server = &family->evidence.servers[family->evidence.n_servers];
	if (!natsonde_read_addr(r, f, object, "address", &server->addr) || !natsonde_read_addr(r, f, object, "other", &server->other) ||
	    !natsonde_read_addr(r, f, object, "same_as", &server->same_as) ||
	    !natsonde_json_get_word(&r->source, object, "verdict", server_word, NATSONDE_SERVER_VERDICTS,
				    &family->server_verdicts[family->evidence.n_servers]) ||
	    (natsonde_json_get(object, "noise") && !natsonde_json_get_number(&r->source, object, "noise", UINT8_MAX, &noise)))
		return false;
	server->noise = (uint8_t)noise;
	if (family->addrs[server->addr].family != (f == 0 ? NATSONDE_IPV4 : NATSONDE_IPV6))
		return natsonde_json_wrong(&r->source, "address", "not of its address family");
	r->servers[r->n_servers].family = f;
	r->servers[r->n_servers++].index = family->evidence.n_servers++;
	return find_name(r, name, family->addrs[server->addr].port, &server->name);
}

bool natsonde_read_servers(struct natsonde_reading *r, const cJSON *servers)
{
	const cJSON *object;
	unsigned i = 0, id;

	cJSON_ArrayForEach(object, servers) {
		snprintf(r->source.where, sizeof(r->source.where), "servers[%u]", i);
		if (!cJSON_IsObject(object))
			return natsonde_json_wrong(&r->source, "", "not an object");
		if (!natsonde_json_get_number(&r->source, object, "id", UINT8_MAX, &id))
			return false;
		if (id != i++)
			return natsonde_json_wrong(&r->source, "id", "not its place in the list");
		if (!(natsonde_json_get(object, "family") ? read_server(r, object) : read_unresolved(r, object)))
			return false;
		if (r->saved->report.n_unresolved > 0 && natsonde_json_get(object, "family"))
			return natsonde_json_wrong(&r->source, "", "it stands behind a name without address");
	}
	return true;
}
