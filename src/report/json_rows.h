/* The JSON objects that a report and a stream of events have in common: each fills one object with its keys. */
#ifndef NATSONDE_REPORT_JSON_ROWS_H
#define NATSONDE_REPORT_JSON_ROWS_H

#include "json_value.h"
#include "writer.h"

/* What stands at the head of a report, before its families. */
void natsonde_json_head(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_report *report);
/* Where a family was measured, or why it was not; without its behaviours. */
void natsonde_json_family(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_family_view *view);
void natsonde_json_finding(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_family_view *view,
			   enum natsonde_behaviour behaviour, const struct natsonde_finding *found);
void natsonde_json_server(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_server_view *view);
/* A probe: what was sent, and what came of it. */
void natsonde_json_question(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_probe_view *view);
void natsonde_json_outcome(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_probe_view *view);

#endif
