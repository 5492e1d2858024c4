/* The JSON report as a tree, for programs that want it in memory. */
#ifndef NATSONDE_REPORT_JSON_TREE_H
#define NATSONDE_REPORT_JSON_TREE_H

#include <natsonde/report.h>

struct cJSON;

/* The caller's to delete with cJSON_Delete. NULL if memory ran out. */
struct cJSON *natsonde_json_tree(const struct natsonde_report *report);

#endif
