/* Reading a cJSON tree that somebody else wrote: every value is checked, and the first that is wrong is remembered. */
#ifndef NATSONDE_REPORT_JSON_GET_H
#define NATSONDE_REPORT_JSON_GET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <natsonde/addr.h>

#include "json_library.h"

struct natsonde_json_source {
	char where[48]; /* the object at hand, for complaints: "probes[3]" */
	char *wrong;    /* the first complaint; empty: none */
	size_t cap;
};

/* Always false: remembers what is wrong with key, unless something was wrong before. */
bool natsonde_json_wrong(struct natsonde_json_source *source, const char *key, const char *what);

/* NULL where there is no such key, or the value is null. */
const cJSON *natsonde_json_get(const cJSON *object, const char *key);
/* The same for what has to be there, with that type; NULL with a complaint. */
const cJSON *natsonde_json_get_object(struct natsonde_json_source *source, const cJSON *parent, const char *key);
const cJSON *natsonde_json_get_array(struct natsonde_json_source *source, const cJSON *parent, const char *key);

/* False with a complaint where the value is missing or not as said. */
bool natsonde_json_get_number(struct natsonde_json_source *source, const cJSON *object, const char *key, unsigned max,
			      unsigned *value);
/* Milliseconds, as microseconds. */
bool natsonde_json_get_ms(struct natsonde_json_source *source, const cJSON *object, const char *key, uint32_t *us);
/* Printable ASCII; every other byte comes out as '?'. Text that does not fit is wrong. */
bool natsonde_json_get_text(struct natsonde_json_source *source, const cJSON *object, const char *key, char *out, size_t cap);
/* Missing or null: the empty address, which is not wrong. */
bool natsonde_json_get_addr(struct natsonde_json_source *source, const cJSON *object, const char *key,
			    struct natsonde_addr *addr);
/* One of count words. */
bool natsonde_json_get_word(struct natsonde_json_source *source, const cJSON *object, const char *key,
			    const char *(*word)(unsigned value), unsigned count, uint8_t *value);
/* Whether an array of texts that may be missing holds that word. */
bool natsonde_json_lists(const cJSON *object, const char *key, const char *word);

#endif
