/* The rows of a saved report, read back one by one. */
#ifndef NATSONDE_REPORT_JSON_READ_H
#define NATSONDE_REPORT_JSON_READ_H

#include <natsonde/saved.h>

#include "json_get.h"

#define NATSONDE_SAVED_SERVERS (2 * NATSONDE_SERVERS_MAX)

/* A report on its way in. */
struct natsonde_reading {
	struct natsonde_json_source source;
	struct natsonde_saved *saved;
	unsigned n_servers; /* rows of servers that have an address */
	struct { uint8_t family, index; } servers[NATSONDE_SAVED_SERVERS]; /* by their id */
};

/* The address's id in that family's evidence, 0 for the empty address. False with a complaint if there are too many. */
bool natsonde_read_addr(struct natsonde_reading *r, unsigned family, const cJSON *object, const char *key, natsonde_addr_id *id);

/* Reads the servers, those of both families and names without an address. */
bool natsonde_read_servers(struct natsonde_reading *r, const cJSON *servers);

/* Reads the probes of one family. first_socket is what its sockets are counted from. */
bool natsonde_read_probes(struct natsonde_reading *r, const cJSON *probes, unsigned family, unsigned first_socket);

#endif
