/* natsonde beside a running application: a task that finds out what the network does, in the manner of esp_ping, and the
 * console command. One run at a time. Between runs a session holds about 600 bytes and no socket; while it runs, its stack,
 * 10 KiB and 9 KiB more for each family that is measured (natsonde_task_config_t.probes), at most three sockets at a time. */
#ifndef NATSONDE_ESP_H
#define NATSONDE_ESP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "esp_err.h"
#include "esp_event_base.h"
#include "esp_netif_types.h"
#include "sdkconfig.h"

#include <natsonde/judge.h>
#include <natsonde/names.h>
#include <natsonde/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One behaviour: what it is, how sure that is, and why. natsonde/names.h has the words. */
typedef struct {
	enum natsonde_verdict verdict;
	enum natsonde_certainty certainty;
	enum natsonde_reason reason;
} natsonde_task_finding_t;

/* The tests that this build has; others are refused. CONFIG_NATSONDE_FURTHER_TESTS adds intercept, tcp, fragments, ports, lifetime
 * and hairpin. */
#if CONFIG_NATSONDE_FURTHER_TESTS
#define NATSONDE_TASK_TESTS NATSONDE_TESTS_ALL
#else
#define NATSONDE_TASK_TESTS NATSONDE_TESTS_DEFAULT
#endif

typedef struct {
	enum natsonde_unavailable unavailable; /* NATSONDE_AVAILABLE: it was measured, unless there is a fault */
	enum natsonde_fault fault; /* what this device lacked to measure it: then nothing is known; NATSONDE_OK: nothing */
	natsonde_task_finding_t nat, mapping, filtering, p2p, alg;
	natsonde_task_finding_t intercept, tcp, fragments, ports, lifetime, hairpin; /* unknown unless asked for */
	struct natsonde_nat_facts nat_facts;
	struct natsonde_ports_facts ports_facts;       /* of ports */
	struct natsonde_lifetime_facts lifetime_facts; /* of lifetime: keepalive_s is how often to send */
	struct natsonde_addr local;    /* this device, as it sees itself; family 0 if not known */
	struct natsonde_addr external; /* as the servers see it; family 0 if not known */
	uint32_t rtt_ms;               /* to the server that answered first; 0 if none did */
} natsonde_task_family_t;

/* What a run comes to: plain data, copied into the event. */
typedef struct {
	enum natsonde_run_outcome outcome;
	enum natsonde_unreachable unreachable; /* NATSONDE_RUN_UNREACHABLE: what stopped it; ..._NAMES: DNS failed */
	enum natsonde_fault fault;             /* NATSONDE_RUN_FAILED: what this device lacks */
	natsonde_task_family_t family[2];      /* IPv4, IPv6 */
	unsigned best;        /* index of the family that peers are reached over most easily */
	bool needs_relay;     /* over neither family can peers behind ordinary routers be met: go straight to the relay */
	uint32_t elapsed_ms;
} natsonde_task_result_t;

typedef struct natsonde_task *natsonde_task_handle_t;

/* Called once, on the task of the run, when it has ended, however it ended. Reports (natsonde_task_get_json and the like) can
 * be had until it returns. It must not delete the session. */
typedef void (*natsonde_task_callback_t)(natsonde_task_handle_t handle, const natsonde_task_result_t *result, void *args);

typedef struct {
	const char *servers;      /* "HOST[:PORT] ...", by blanks or commas; NULL: CONFIG_NATSONDE_SERVERS, else the built-in list.
	                           * Copied. */
	uint16_t tests;           /* set of NATSONDE_TEST(behaviour), of those in NATSONDE_TASK_TESTS */
	bool ipv4, ipv6;          /* which families; both are measured in turn */
	esp_netif_t *interface;   /* where to send from; NULL: the default one */
	uint32_t timeout_ms;      /* bound on the whole run; a name server that stays silent can add 7 s. 0: as long as the tests
	                           * take, 10 s for each family with the default ones */
	uint16_t max_lifetime_s;  /* lifetime: how long a mapping is given to die, up to 3600; 0: 330 */
	uint16_t probes;          /* records for each family, 56 bytes each: the run ends where there is none left */
	uint16_t addrs;           /* the same for addresses, 20 bytes each */
	uint32_t task_stack_size; /* bytes */
	uint32_t task_prio;
	bool posts_event;         /* NATSONDE_TASK_EVENT_END goes to the default event loop */
	natsonde_task_callback_t on_end; /* may be NULL */
	void *cb_args;
} natsonde_task_config_t;

#define NATSONDE_TASK_DEFAULT_CONFIG()                          \
	{                                                       \
		.servers = NULL,                                \
		.tests = NATSONDE_TESTS_DEFAULT,                \
		.ipv4 = true,                                   \
		.ipv6 = true,                                   \
		.interface = NULL,                              \
		.timeout_ms = 0,                                \
		.max_lifetime_s = 0,                            \
		.probes = CONFIG_NATSONDE_PROBES,               \
		.addrs = CONFIG_NATSONDE_ADDRS,                 \
		.task_stack_size = CONFIG_NATSONDE_TASK_STACK,  \
		.task_prio = CONFIG_NATSONDE_TASK_PRIO,         \
		.posts_event = false,                           \
		.on_end = NULL,                                 \
		.cb_args = NULL,                                \
	}

/* The event of a run that has ended; its data is the natsonde_task_result_t. It is posted last, behind on_end, when the session is
 * idle again: the handler may ask it, start it or delete it, and the event may still come to whoever has deleted it meanwhile. A queue
 * that stays full for 0.1 s loses it, with a warning in the log. */
ESP_EVENT_DECLARE_BASE(NATSONDE_TASK_EVENTS);
enum { NATSONDE_TASK_EVENT_END };

/* ESP_ERR_INVALID_ARG: a server cannot be read, or a number is 0 or more than it may be. ESP_ERR_NOT_SUPPORTED: a test that this
 * build does not have (NATSONDE_TASK_TESTS). ESP_ERR_NO_MEM. */
esp_err_t natsonde_task_new(const natsonde_task_config_t *config, natsonde_task_handle_t *handle);
/* Begins a run; again, once the last one has ended. ESP_ERR_INVALID_STATE: a run is under way, this one or another.
 * ESP_ERR_NO_MEM. */
esp_err_t natsonde_task_start(natsonde_task_handle_t handle);
/* Asks the run to end: it does within 0.1 s (7 s while it waits for a name server), and on_end is called. Returns at once. */
esp_err_t natsonde_task_stop(natsonde_task_handle_t handle);
/* Ends the run, waits for that, and frees the session. ESP_ERR_INVALID_STATE from within on_end. */
esp_err_t natsonde_task_delete(natsonde_task_handle_t handle);
bool natsonde_task_is_running(natsonde_task_handle_t handle);
/* What the last run came to. ESP_ERR_INVALID_STATE before any has ended. */
esp_err_t natsonde_task_get_result(natsonde_task_handle_t handle, natsonde_task_result_t *result);

/* The report of the run that has just ended; only from within on_end, else ESP_ERR_INVALID_STATE.
 * JSON (docs/json.md) into a buffer, with its NUL: ESP_ERR_INVALID_SIZE if it does not fit (a clean run with one server gives
 * 11 KiB). It is made piece by piece, and takes 3 KiB of heap meanwhile: ESP_ERR_NO_MEM without. 2.2 KiB of stack. */
esp_err_t natsonde_task_get_json(natsonde_task_handle_t handle, char *out, size_t cap);
/* The same into a stream. ESP_FAIL if out could not take it all. */
esp_err_t natsonde_task_print_json(natsonde_task_handle_t handle, FILE *out);
/* The same as a tree of cJSON, the caller's to delete: it takes four times the heap that the text does. */
struct cJSON;
esp_err_t natsonde_task_get_tree(natsonde_task_handle_t handle, struct cJSON **tree);
/* Text for people. It takes 4.5 KiB of stack: task_stack_size must be 6144 or more. ESP_FAIL if out could not take it all. */
esp_err_t natsonde_task_print(natsonde_task_handle_t handle, FILE *out);

/* Registers "natsonde [--json] [-4] [-6] [-t LIST] [-w SECONDS] [SERVER ...]" with esp_console; with
 * CONFIG_NATSONDE_FURTHER_TESTS also [--max-lifetime SECONDS]. It runs in a task of its own and prints on the console that it was called from. */
esp_err_t natsonde_cmd_register(void);

#ifdef __cplusplus
}
#endif

#endif
