/* What a finding says beside its verdict, in JSON: written and read by the table in facts.c. */
#ifndef NATSONDE_REPORT_JSON_FACTS_H
#define NATSONDE_REPORT_JSON_FACTS_H

#include <natsonde/report.h>

#include "json_get.h"
#include "json_value.h"

void natsonde_json_facts(struct natsonde_json_tree *tree, cJSON *object, enum natsonde_behaviour behaviour,
			 const struct natsonde_verdicts *verdicts);
/* Keys may be missing: earlier versions knew fewer. False with a complaint where a value is not as said. */
bool natsonde_json_read_facts(struct natsonde_json_source *source, const cJSON *object, enum natsonde_behaviour behaviour,
			      struct natsonde_verdicts *verdicts);

#endif
