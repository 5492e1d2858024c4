/* Every fault that a simulated server can have, and what is still known with such a server alone on a clean path. What only a
 * check of servers meets is in test_uses.c. */
#ifndef NATSONDE_TESTS_FAULTS_H
#define NATSONDE_TESTS_FAULTS_H

#include "expect.h"

struct fault {
	const char *name;
	enum natsonde_server_verdict verdict; /* of the server, where nothing is filtered; */
	enum natsonde_server_reason reason;   /* why */
	bool finds_mapping, finds_filtering;  /* of every class, verified */
	bool is_believed;                     /* nat, too, is found */
};

static const struct fault faults[] = {
	{"ok", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, true, true, true},
	{"binding-only", NATSONDE_SERVER_BINDING_ONLY, NATSONDE_SERVER_WHY_NO_OTHER_ADDRESS, false, false, true},
	{"ignores-change", NATSONDE_SERVER_IGNORES_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_SAME_SOURCE, true, false, true},
	{"rejects-change", NATSONDE_SERVER_REJECTS_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_ERROR, true, false, true},
	{"answers-400", NATSONDE_SERVER_REJECTS_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_ERROR, true, false, true},
	{"same-ip", NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_OTHER_SAME_IP, false, false, true},
	{"dead-alternate", NATSONDE_SERVER_ALTERNATE_UNREACHABLE, NATSONDE_SERVER_WHY_ALTERNATE_SILENT, false, false, true},
	{"dead-port", NATSONDE_SERVER_ALTERNATE_UNREACHABLE, NATSONDE_SERVER_WHY_PORT_SILENT, false, false, true},
	{"drops-change", NATSONDE_SERVER_IGNORES_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_DROPPED, true, false, true},
	{"drops-first", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, true, true, true},
	{"private-alternate", NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_OTHER_PRIVATE, false, false, true},
	{"third-address", NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_CR_WRONG_SOURCE, true, false, true},
	{"late", NATSONDE_SERVER_IGNORES_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_DROPPED, true, false, true},
	{"silent", NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_NO_ANSWER, false, false, false},
	{"no-response-port", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, true, false, true},
	{"duplicates", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, true, true, true},
	{"wrong-id", NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_GARBLED, false, false, false},
	{"wrong-mapped", NATSONDE_SERVER_MAPPED_INVALID, NATSONDE_SERVER_WHY_MAPPED_SHARED, false, false, false},
	{"random-mapped", NATSONDE_SERVER_MAPPED_INVALID, NATSONDE_SERVER_WHY_MAPPED_CHANGES, false, false, false},
	{"mapped-only", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, false, true, false},
	{"truncated", NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_GARBLED, false, false, false},
	{"oversized", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, true, true, true},
	{"rate-limit", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, false, false, true},
	{"late-all", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, false, false, true},
	{"ignores-response-port", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, true, false, true},
	{"turn", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, true, true, true},
	{"no-padding", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, true, true, true},
	{"drops-padding", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, true, true, true},
	{"small-buffer", NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN, true, true, true},
};
enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };
_Static_assert((int)FAULTS == (int)NATSONDE_SIM_FAULTS, "every fault has its row");

#endif
