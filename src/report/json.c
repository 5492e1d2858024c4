#include "writer.h"

#include <natsonde/names.h>

#include "json_library.h"
#include "json_rows.h"
#include "json_tree.h"

struct json {
	struct natsonde_json_tree tree;
	cJSON *root, *family, *servers, *probes;
};

static void begin(void *ctx, const struct natsonde_report *report)
{
	struct json *json = ctx;

	json->root = natsonde_json_root(&json->tree);
	natsonde_json_head(&json->tree, json->root, report);
}

static void family(void *ctx, const struct natsonde_family_view *view)
{
	struct json *json = ctx;

	json->family = natsonde_json_object(&json->tree, json->root, view->key);
	natsonde_json_family(&json->tree, json->family, view);
}

static void finding(void *ctx, const struct natsonde_family_view *view, enum natsonde_behaviour b,
		    const struct natsonde_finding *found)
{
	struct json *json = ctx;

	natsonde_json_finding(&json->tree, natsonde_json_object(&json->tree, json->family, natsonde_behaviour_name(b)), view, b,
			      found);
}

static void family_end(void *ctx, const struct natsonde_family_view *view)
{
	struct json *json = ctx;

	if (view->has_findings)
		natsonde_json_text(&json->tree, json->family, "rfc3489", view->rfc3489);
}

/* Empty lists are there, too. */
static void begin_servers(void *ctx)
{
	struct json *json = ctx;

	json->servers = natsonde_json_array(&json->tree, json->root, "servers");
}

static void begin_probes(void *ctx)
{
	struct json *json = ctx;

	json->probes = natsonde_json_array(&json->tree, json->root, "probes");
}

static void server(void *ctx, const struct natsonde_server_view *view)
{
	struct json *json = ctx;

	natsonde_json_server(&json->tree, natsonde_json_object(&json->tree, json->servers, NULL), view);
}

static void probe(void *ctx, const struct natsonde_probe_view *view)
{
	struct json *json = ctx;
	cJSON *object = natsonde_json_object(&json->tree, json->probes, NULL);

	natsonde_json_question(&json->tree, object, view);
	natsonde_json_outcome(&json->tree, object, view);
}

static bool build(const struct natsonde_report *report, struct json *json)
{
	static const struct natsonde_writer writer = {
		.begin = begin, .family = family, .finding = finding, .family_end = family_end,
		.begin_servers = begin_servers, .server = server, .begin_probes = begin_probes, .probe = probe,
	};

	natsonde_report_walk(report, &writer, json);
	return !json->tree.has_failed;
}

bool natsonde_json_write(const struct natsonde_report *report, FILE *out)
{
	struct json json = {.root = NULL};

	(void)build(report, &json); /* natsonde_json_finish tells */
	return natsonde_json_finish(&json.tree, json.root, out);
}

cJSON *natsonde_json_tree(const struct natsonde_report *report)
{
	struct json json = {.root = NULL};

	if (build(report, &json))
		return json.root;
	cJSON_Delete(json.root);
	return NULL;
}
