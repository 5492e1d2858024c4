#include "json_pieces.h"

#include <string.h>

#include <natsonde/names.h>

#include "json_library.h"
#include "json_rows.h"
#include "writer.h"

struct pieces {
	natsonde_json_taker *take;
	void *ctx;
	enum natsonde_json_result result;
	unsigned n_rows; /* of the list that is being written */
};

/* The members of a piece are filled in by the writer's functions. */
struct piece {
	struct natsonde_json_tree tree;
	cJSON *object;
};

static struct piece new_piece(void)
{
	struct piece piece;

	piece.object = natsonde_json_root(&piece.tree);
	return piece;
}

static void put(struct pieces *p, const char *text, size_t len)
{
	if (p->result == NATSONDE_JSON_DONE && !p->take(p->ctx, text, len))
		p->result = NATSONDE_JSON_NOT_TAKEN;
}

static void put_text(struct pieces *p, const char *text)
{
	put(p, text, strlen(text));
}

/* Writes an object without its last so many bytes and from the given one on, and frees it. */
static void put_piece(struct pieces *p, struct piece *piece, size_t from, size_t less)
{
	char *text = piece->tree.has_failed || p->result != NATSONDE_JSON_DONE ? NULL : cJSON_PrintUnformatted(piece->object);

	if (text)
		put(p, text + from, strlen(text) - from - less);
	else if (p->result == NATSONDE_JSON_DONE)
		p->result = NATSONDE_JSON_NO_MEMORY;
	cJSON_free(text);
	cJSON_Delete(piece->object);
}

static void begin(void *ctx, const struct natsonde_report *report)
{
	struct piece piece = new_piece();

	natsonde_json_head(&piece.tree, piece.object, report);
	put_piece(ctx, &piece, 0, 1);
}

static void put_key(struct pieces *p, const char *separator, const char *key)
{
	put_text(p, separator);
	put_text(p, key);
	put_text(p, "\":");
}

static void family(void *ctx, const struct natsonde_family_view *view)
{
	struct piece piece = new_piece();

	natsonde_json_family(&piece.tree, piece.object, view);
	put_key(ctx, ",\n\"", view->key);
	put_piece(ctx, &piece, 0, 1);
}

static void finding(void *ctx, const struct natsonde_family_view *view, enum natsonde_behaviour b,
		    const struct natsonde_finding *found)
{
	struct piece piece = new_piece();

	natsonde_json_finding(&piece.tree, piece.object, view, b, found);
	put_key(ctx, ",\n\"", natsonde_behaviour_name(b));
	put_piece(ctx, &piece, 0, 0);
}

/* An object of one member, without its opening brace, ends the family's. */
static void family_end(void *ctx, const struct natsonde_family_view *view)
{
	struct piece piece = new_piece();

	if (view->has_findings) {
		natsonde_json_text(&piece.tree, piece.object, "rfc3489", view->rfc3489);
		put_text(ctx, ",");
	}
	put_piece(ctx, &piece, 1, 0);
}

static void begin_list(struct pieces *p, const char *before, const char *key)
{
	put_key(p, before, key);
	put_text(p, "[");
	p->n_rows = 0;
}

static void begin_servers(void *ctx)
{
	begin_list(ctx, ",\n\"", "servers");
}

static void begin_probes(void *ctx)
{
	begin_list(ctx, "],\n\"", "probes");
}

static void put_row(struct pieces *p, struct piece *piece)
{
	put_text(p, p->n_rows++ == 0 ? "\n" : ",\n");
	put_piece(p, piece, 0, 0);
}

static void server(void *ctx, const struct natsonde_server_view *view)
{
	struct piece piece = new_piece();

	natsonde_json_server(&piece.tree, piece.object, view);
	put_row(ctx, &piece);
}

static void probe(void *ctx, const struct natsonde_probe_view *view)
{
	struct piece piece = new_piece();

	natsonde_json_question(&piece.tree, piece.object, view);
	natsonde_json_outcome(&piece.tree, piece.object, view);
	put_row(ctx, &piece);
}

enum natsonde_json_result natsonde_json_pieces(const struct natsonde_report *report, natsonde_json_taker *take, void *ctx)
{
	static const struct natsonde_writer writer = {
		.begin = begin, .family = family, .finding = finding, .family_end = family_end,
		.begin_servers = begin_servers, .server = server, .begin_probes = begin_probes, .probe = probe,
	};
	struct pieces p = {.take = take, .ctx = ctx};

	natsonde_report_walk(report, &writer, &p);
	put_text(&p, "]}\n");
	return p.result;
}
