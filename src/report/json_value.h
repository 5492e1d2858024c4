/* Building a cJSON tree without looking after every call: failures gather in the tree, and natsonde_json_finish tells. */
#ifndef NATSONDE_REPORT_JSON_VALUE_H
#define NATSONDE_REPORT_JSON_VALUE_H

#include <stdbool.h>
#include <stdio.h>

#include <natsonde/addr.h>
#include <natsonde/time.h>

#include "json_library.h"

struct natsonde_json_tree { bool has_failed; /* memory ran out */ };

cJSON *natsonde_json_root(struct natsonde_json_tree *tree);

/* Each adds one value to an object under key, or to an array where key is NULL. A parent of NULL is one that could not be
 * made; then nothing is added. */
cJSON *natsonde_json_object(struct natsonde_json_tree *tree, cJSON *parent, const char *key);
cJSON *natsonde_json_array(struct natsonde_json_tree *tree, cJSON *parent, const char *key);
void natsonde_json_true(struct natsonde_json_tree *tree, cJSON *parent, const char *key);
void natsonde_json_truth(struct natsonde_json_tree *tree, cJSON *parent, const char *key, bool value);
void natsonde_json_number(struct natsonde_json_tree *tree, cJSON *parent, const char *key, long long value);
void natsonde_json_tenths(struct natsonde_json_tree *tree, cJSON *parent, const char *key, unsigned value);
/* Milliseconds, exact to the microsecond: whoever judges a saved report again must not meet rounded times. */
void natsonde_json_ms(struct natsonde_json_tree *tree, cJSON *parent, const char *key, natsonde_us value);
/* null for NULL. Bytes that are not UTF-8 come out as '?': JSON has no other text. */
void natsonde_json_text(struct natsonde_json_tree *tree, cJSON *parent, const char *key, const char *value);
/* null for no address. */
void natsonde_json_addr(struct natsonde_json_tree *tree, cJSON *parent, const char *key, const struct natsonde_addr *addr);
void natsonde_json_ip(struct natsonde_json_tree *tree, cJSON *parent, const char *key, const struct natsonde_addr *addr);

/* Writes and frees all. False, with nothing written, if memory ran out. */
bool natsonde_json_finish(struct natsonde_json_tree *tree, cJSON *root, FILE *out);
/* The same on a line of its own, and at once. False also if out did not take it. */
bool natsonde_json_finish_line(struct natsonde_json_tree *tree, cJSON *root, FILE *out);

#endif
