/* The task API and the console command as a firmware uses them: tasks are threads (stand_in.c), the network is loopback, the
 * server is one thread of this program that does plain STUN. What calls calloc(), getaddrinfo() or the clock gets to a __wrap_
 * function here (run.sh), where memory runs out and names take long. */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <dirent.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <natsonde/stun.h>

#include "freertos/task.h"
#include "natsonde_esp.h"
#include "shared/outcome.h"
#include "stand_in.h"

#define LOOPBACK_IP { 127, 0, 0, 1 }

static const struct natsonde_addr loopback = { .family = NATSONDE_IPV4, .ip = LOOPBACK_IP };

static struct server {
	int fd;
	atomic_bool is_silent;
	pthread_t thread;
	atomic_uint most_open; /* descriptors of this program, while it was asked */
	char name[32];
} server;

/* calloc() has nothing of these sizes to give. */
static struct { _Atomic(size_t) from, to; } lacking = { SIZE_MAX, SIZE_MAX };

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	return n * size >= atomic_load(&lacking.from) && n * size <= atomic_load(&lacking.to) ? NULL : __real_calloc(n, size);
}

/* The name server: what it does with questions for addresses of a family, and what it was asked. The clock goes forward at once. */
enum name_service { ANSWERS, HAS_NONE, IS_SILENT };
static struct {
	enum name_service service[2]; /* IPv4, IPv6 */
	char asked[1024];             /* "A one.example AAAA one.example " */
	_Atomic(natsonde_us) waited;
} names;

natsonde_us __real_natsonde_io_now(void);
natsonde_us __wrap_natsonde_io_now(void);
natsonde_us __wrap_natsonde_io_now(void)
{
	return __real_natsonde_io_now() + atomic_load(&names.waited);
}

int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
	const unsigned f = hints->ai_family == AF_INET6;

	strncat(names.asked, f ? "AAAA " : "A ", sizeof(names.asked) - strlen(names.asked) - 1);
	strncat(names.asked, host, sizeof(names.asked) - strlen(names.asked) - 1);
	strncat(names.asked, " ", sizeof(names.asked) - strlen(names.asked) - 1);
	if (names.service[f] == IS_SILENT)
		atomic_fetch_add(&names.waited, 7 * NATSONDE_S);
	if (names.service[f] != ANSWERS)
		return EAI_FAIL;
	return __real_getaddrinfo(f ? "::1" : "127.0.0.1", service, hints, list);
}

static unsigned count_descriptors(void)
{
	DIR *all = opendir("/proc/self/fd");
	unsigned n = 0;

	while (all && readdir(all))
		n++;
	closedir(all);
	return n;
}

static void answer(const uint8_t *bytes, size_t len, const struct sockaddr_in *from)
{
	struct natsonde_stun_message request, response = { .cls = NATSONDE_STUN_SUCCESS, .method = NATSONDE_STUN_BINDING };
	uint8_t out[128];

	if (!natsonde_stun_decode(bytes, len, &request))
		return;
	memcpy(response.tid, request.tid, sizeof(response.tid));
	response.xor_mapped = loopback;
	response.xor_mapped.port = ntohs(from->sin_port);
	(void)!sendto(server.fd, out, natsonde_stun_encode(&response, out, sizeof(out)), 0, (const struct sockaddr *)from,
		      sizeof(*from));
}

/* Ends with a datagram of one byte. */
static void *serve(void *argument)
{
	uint8_t bytes[512];

	(void)argument;
	for (;;) {
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(server.fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_len);
		unsigned open = count_descriptors();

		if (n == 1)
			return NULL;
		if (open > atomic_load(&server.most_open))
			atomic_store(&server.most_open, open);
		if (n > 0 && !server.is_silent)
			answer(bytes, (size_t)n, &from);
	}
}

static void wait_for_tasks(void)
{
	for (int i = 0; i < 1000 && stand_in_tasks(); i++)
		vTaskDelay(1);
}

static int begin(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	(void)state;
	server.is_silent = false;
	server.fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(server.fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(server.fd, (struct sockaddr *)&at, &len), 0);
	snprintf(server.name, sizeof(server.name), "127.0.0.1:%u", ntohs(at.sin_port));
	atomic_store(&server.most_open, 0);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
	stand_in_addresses(&loopback, NULL);
	stand_in_refuse_tasks(false);
	stand_in_refuse_interface(false);
	stand_in_fill_ip6(false);
	stand_in_handle_event(NULL);
	stand_in_fill_queue(false);
	atomic_store(&lacking.from, SIZE_MAX);
	memset(names.service, 0, sizeof(names.service));
	return 0;
}

static int end(void **state)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	(void)state;
	getsockname(server.fd, (struct sockaddr *)&at, &len);
	(void)!sendto(server.fd, "", 1, 0, (const struct sockaddr *)&at, sizeof(at));
	pthread_join(server.thread, NULL);
	close(server.fd);
	wait_for_tasks();
	return stand_in_tasks() == 0 ? 0 : -1;
}

/* What the callback of a run saw. */
struct seen {
	unsigned calls;
	natsonde_task_result_t result;
	esp_err_t errors[6];
	bool is_json_the_tree;
	char json[64 * 1024];
	char printed[64 * 1024];
	char text[4096];
};

static void look(natsonde_task_handle_t handle, const natsonde_task_result_t *result, void *args)
{
	struct seen *seen = args;
	struct cJSON *tree = NULL;
	FILE *text = fmemopen(seen->text, sizeof(seen->text), "w"), *printed = fmemopen(seen->printed, sizeof(seen->printed), "w");
	struct cJSON *parsed;

	seen->calls++;
	seen->result = *result;
	seen->errors[0] = natsonde_task_get_json(handle, seen->json, 200);
	seen->errors[1] = natsonde_task_get_json(handle, seen->json, sizeof(seen->json));
	seen->errors[2] = natsonde_task_get_tree(handle, &tree);
	seen->errors[3] = natsonde_task_print(handle, text);
	seen->errors[4] = natsonde_task_delete(handle);
	seen->errors[5] = natsonde_task_print_json(handle, printed);
	fclose(text);
	fclose(printed);
	parsed = cJSON_Parse(seen->json);
	seen->is_json_the_tree = cJSON_Compare(parsed, tree, true);
	cJSON_Delete(parsed);
	cJSON_Delete(tree);
}

static natsonde_task_config_t config_for(struct seen *seen)
{
	natsonde_task_config_t config = NATSONDE_TASK_DEFAULT_CONFIG();

	config.servers = server.name;
	config.timeout_ms = 5000;
	config.on_end = look;
	config.cb_args = seen;
	return config;
}

static void wait_for(natsonde_task_handle_t handle)
{
	while (natsonde_task_is_running(handle))
		vTaskDelay(1);
}

static struct seen seen;

static natsonde_task_handle_t run(const natsonde_task_config_t *config)
{
	natsonde_task_handle_t handle;

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(natsonde_task_new(config, &handle), ESP_OK);
	assert_int_equal(natsonde_task_start(handle), ESP_OK);
	wait_for(handle);
	return handle;
}

static void tells_in_enums_what_a_plain_server_can_tell(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	natsonde_task_handle_t handle = run(&config);
	const natsonde_task_family_t *ipv4 = &seen.result.family[0];

	(void)state;
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.result.outcome, NATSONDE_RUN_INCOMPLETE);
	assert_int_equal(ipv4->unavailable, NATSONDE_AVAILABLE);
	assert_int_equal(ipv4->nat.verdict, NATSONDE_NONE);
	assert_int_equal(ipv4->nat.certainty, NATSONDE_VERIFIED);
	assert_int_equal(ipv4->filtering.verdict, NATSONDE_UNKNOWN);
	assert_int_equal(ipv4->filtering.reason, NATSONDE_WHY_SERVER_CANNOT);
	assert_true(natsonde_addr_same_ip(&ipv4->local, &loopback));
	assert_true(natsonde_addr_same_ip(&ipv4->external, &loopback));
	assert_int_equal(seen.result.family[1].unavailable, NATSONDE_NO_ROUTE);
	assert_int_equal(seen.result.best, 0);
	assert_false(seen.result.needs_relay);
	assert_int_equal(natsonde_task_delete(handle), ESP_OK);
}

static void gives_reports_while_the_callback_runs_and_only_then(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	natsonde_task_handle_t handle = run(&config);
	struct cJSON *tree = cJSON_Parse(seen.json);
	natsonde_task_result_t result;

	(void)state;
	assert_int_equal(seen.errors[0], ESP_ERR_INVALID_SIZE);
	assert_int_equal(seen.errors[1], ESP_OK);
	assert_int_equal(seen.errors[2], ESP_OK);
	assert_int_equal(seen.errors[3], ESP_OK);
	assert_int_equal(seen.errors[4], ESP_ERR_INVALID_STATE);
	assert_int_equal(seen.errors[5], ESP_OK);
	assert_non_null(tree);
	assert_true(seen.is_json_the_tree);
	assert_string_equal(seen.json, seen.printed);
	assert_string_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "platform"), "system")->valuestring, "esp32s3");
	assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "platform"), "unavailable"), 0)->valuestring,
			    "icmp");
	assert_string_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "ipv4"), "interface")->valuestring, "sta");
	assert_string_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "platform"), "about")->valuestring,
			    "ESP-IDF v5.3.1 on esp32s3, 3 sockets at a time of 10 for the whole application, 6 datagrams kept for each, "
			    "fragments are not put together; ICMP errors cannot be seen here; Wi-Fi power save on (min modem): round trips vary");
	assert_non_null(strstr(seen.text, "ESP-IDF v5.3.1 on esp32s3, 3 sockets at a time of 10"));
	assert_int_equal(natsonde_task_get_json(handle, seen.json, sizeof(seen.json)), ESP_ERR_INVALID_STATE);
	assert_int_equal(natsonde_task_get_result(handle, &result), ESP_OK);
	assert_memory_equal(&result, &seen.result, sizeof(result));
	cJSON_Delete(tree);
	natsonde_task_delete(handle);
}

static void opens_three_sockets_at_most(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	unsigned before = count_descriptors();

	(void)state;
	natsonde_task_delete(run(&config));
	assert_in_range(atomic_load(&server.most_open), before + 1, before + 3);
	assert_int_equal(count_descriptors(), before);
	server.is_silent = true; /* then TCP is tried, too */
	natsonde_task_delete(run(&config));
	assert_in_range(atomic_load(&server.most_open), before + 1, before + 3);
	assert_int_equal(seen.result.outcome, NATSONDE_RUN_UNREACHABLE);
	assert_int_equal(count_descriptors(), before);
}

static void posts_the_result_as_an_event(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	unsigned before = stand_in_event()->count;

	(void)state;
	natsonde_task_delete(run(&config));
	assert_int_equal(stand_in_event()->count, before);
	config.posts_event = true;
	config.on_end = NULL;
	natsonde_task_delete(run(&config));
	wait_for_tasks(); /* the event may come later than the end */
	assert_int_equal(stand_in_event()->count, before + 1);
	assert_ptr_equal(stand_in_event()->base, NATSONDE_TASK_EVENTS);
	assert_int_equal(stand_in_event()->id, NATSONDE_TASK_EVENT_END);
	assert_int_equal(stand_in_event()->size, sizeof(natsonde_task_result_t));
	assert_int_equal(((const natsonde_task_result_t *)stand_in_event()->data)->outcome, NATSONDE_RUN_INCOMPLETE);
}

/* What an application does when it hears that a run has ended. */
static struct {
	natsonde_task_handle_t handle;
	unsigned calls;
	bool was_running;
	esp_err_t errors[3];
	natsonde_task_result_t result;
} heard;

static void hear(void)
{
	heard.was_running |= natsonde_task_is_running(heard.handle);
	if (heard.calls++ == 0) {
		heard.errors[0] = natsonde_task_get_result(heard.handle, &heard.result);
		heard.errors[1] = natsonde_task_start(heard.handle);
	} else {
		heard.errors[2] = natsonde_task_delete(heard.handle);
	}
}

static void the_event_finds_a_session_that_is_idle(void **state)
{
	natsonde_task_config_t config = config_for(&seen);

	(void)state;
	memset(&heard, 0, sizeof(heard));
	memset(&seen, 0, sizeof(seen));
	stand_in_handle_event(hear);
	config.posts_event = true;
	assert_int_equal(natsonde_task_new(&config, &heard.handle), ESP_OK);
	assert_int_equal(natsonde_task_start(heard.handle), ESP_OK);
	wait_for_tasks();
	assert_int_equal(heard.calls, 2);
	assert_int_equal(seen.calls, 2); /* on_end comes first */
	assert_false(heard.was_running);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(heard.errors[i], ESP_OK);
	assert_int_equal(heard.result.outcome, NATSONDE_RUN_INCOMPLETE);
}

static void an_event_that_is_lost_is_told(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	unsigned events = stand_in_event()->count, warnings = stand_in_warnings();

	(void)state;
	stand_in_fill_queue(true);
	config.posts_event = true;
	natsonde_task_delete(run(&config));
	wait_for_tasks();
	assert_int_equal(stand_in_event()->count, events);
	assert_int_equal(stand_in_warnings(), warnings + 1);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void can_be_stopped(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	natsonde_task_handle_t handle;
	double began;

	(void)state;
	server.is_silent = true;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(natsonde_task_new(&config, &handle), ESP_OK);
	assert_int_equal(natsonde_task_start(handle), ESP_OK);
	vTaskDelay(pdMS_TO_TICKS(200));
	began = seconds();
	assert_int_equal(natsonde_task_stop(handle), ESP_OK);
	wait_for(handle);
	assert_true(seconds() - began < 0.5);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.result.outcome, NATSONDE_RUN_INTERRUPTED);
	/* What was meant for that run must not end the next one. */
	server.is_silent = false;
	assert_int_equal(natsonde_task_stop(handle), ESP_OK);
	assert_int_equal(natsonde_task_start(handle), ESP_OK);
	wait_for(handle);
	assert_int_equal(seen.calls, 2);
	assert_int_equal(seen.result.outcome, NATSONDE_RUN_INCOMPLETE);
	natsonde_task_delete(handle);
}

static void delete_ends_a_run_at_any_time(void **state)
{
	natsonde_task_config_t config = config_for(&seen);

	(void)state;
	server.is_silent = true;
	for (unsigned ticks = 0; ticks < 12; ticks += 3) {
		natsonde_task_handle_t handle;

		memset(&seen, 0, sizeof(seen));
		assert_int_equal(natsonde_task_new(&config, &handle), ESP_OK);
		assert_int_equal(natsonde_task_start(handle), ESP_OK);
		vTaskDelay(ticks);
		assert_int_equal(natsonde_task_delete(handle), ESP_OK);
		assert_int_equal(seen.calls, 1);
	}
}

static void one_run_at_a_time(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	natsonde_task_handle_t one, other;
	natsonde_task_result_t result;

	(void)state;
	server.is_silent = true;
	assert_int_equal(natsonde_task_new(&config, &one), ESP_OK);
	assert_int_equal(natsonde_task_new(&config, &other), ESP_OK);
	assert_int_equal(natsonde_task_start(one), ESP_OK);
	assert_int_equal(natsonde_task_start(one), ESP_ERR_INVALID_STATE);
	assert_int_equal(natsonde_task_start(other), ESP_ERR_INVALID_STATE);
	assert_int_equal(natsonde_task_get_result(one, &result), ESP_ERR_INVALID_STATE);
	assert_int_equal(natsonde_task_stop(other), ESP_OK); /* not its run */
	vTaskDelay(pdMS_TO_TICKS(150));
	assert_true(natsonde_task_is_running(one));
	natsonde_task_delete(one);
	assert_int_equal(natsonde_task_start(other), ESP_OK);
	natsonde_task_delete(other);
}

static natsonde_task_handle_t stopped;
static atomic_bool has_enough;

static void *stop_on_and_on(void *argument)
{
	(void)argument;
	while (!atomic_load(&has_enough))
		(void)natsonde_task_stop(stopped);
	return NULL;
}

/* Somebody stops one session at any time; another one's runs last all the same. */
static void a_stop_ends_the_run_that_it_is_meant_for(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	natsonde_task_handle_t other;
	pthread_t stopping;

	(void)state;
	config.timeout_ms = 200;
	assert_int_equal(natsonde_task_new(&config, &stopped), ESP_OK);
	assert_int_equal(natsonde_task_new(&config, &other), ESP_OK);
	server.is_silent = true;
	atomic_store(&has_enough, false);
	assert_int_equal(pthread_create(&stopping, NULL, stop_on_and_on, NULL), 0);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(natsonde_task_start(stopped), ESP_OK);
		wait_for(stopped);
		assert_int_equal(natsonde_task_start(other), ESP_OK);
		wait_for(other);
		assert_int_equal(seen.result.outcome, NATSONDE_RUN_UNREACHABLE);
	}
	atomic_store(&has_enough, true);
	pthread_join(stopping, NULL);
	natsonde_task_delete(stopped);
	natsonde_task_delete(other);
}

/* From another task, as soon as the session says that it runs: natsonde_task_start has not returned then. */
static void *stop_once(void *argument)
{
	(void)argument;
	while (!natsonde_task_is_running(stopped))
		;
	(void)natsonde_task_stop(stopped);
	return NULL;
}

static void a_stop_while_it_starts_is_not_lost(void **state)
{
	natsonde_task_config_t config = config_for(&seen);

	(void)state;
	server.is_silent = true;
	assert_int_equal(natsonde_task_new(&config, &stopped), ESP_OK);
	for (unsigned i = 0; i < 20; i++) {
		pthread_t stopping;

		assert_int_equal(pthread_create(&stopping, NULL, stop_once, NULL), 0);
		assert_int_equal(natsonde_task_start(stopped), ESP_OK);
		pthread_join(stopping, NULL);
		wait_for(stopped);
		assert_int_equal(seen.result.outcome, NATSONDE_RUN_INTERRUPTED);
	}
	natsonde_task_delete(stopped);
}

static void refuses_what_it_cannot_do(void **state)
{
	natsonde_task_config_t good = config_for(&seen), config = good;
	natsonde_task_handle_t handle;

	(void)state;
	assert_int_equal(natsonde_task_new(NULL, &handle), ESP_ERR_INVALID_ARG);
	assert_int_equal(natsonde_task_new(&good, NULL), ESP_ERR_INVALID_ARG);
	config.servers = "127.0.0.1:70000";
	assert_int_equal(natsonde_task_new(&config, &handle), ESP_ERR_INVALID_ARG);
	config = good;
	config.tests = 0;
	assert_int_equal(natsonde_task_new(&config, &handle), ESP_ERR_INVALID_ARG);
	config = good;
	config.ipv4 = config.ipv6 = false;
	assert_int_equal(natsonde_task_new(&config, &handle), ESP_ERR_INVALID_ARG);
	config = good;
	config.probes = NATSONDE_PROBES_MAX + 1;
	assert_int_equal(natsonde_task_new(&config, &handle), ESP_ERR_INVALID_ARG);
	config = good;
	config.addrs = 0;
	assert_int_equal(natsonde_task_new(&config, &handle), ESP_ERR_INVALID_ARG);
	config = good;
	config.tests = NATSONDE_TESTS_ALL + 1u;
	assert_int_equal(natsonde_task_new(&config, &handle), ESP_ERR_INVALID_ARG);
	assert_int_equal(natsonde_task_start(NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(natsonde_task_stop(NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(natsonde_task_delete(NULL), ESP_ERR_INVALID_ARG);
}

static void survives_that_no_task_can_be_made(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	natsonde_task_handle_t handle;

	(void)state;
	stand_in_refuse_tasks(true);
	assert_int_equal(natsonde_task_new(&config, &handle), ESP_OK);
	assert_int_equal(natsonde_task_start(handle), ESP_ERR_NO_MEM);
	assert_false(natsonde_task_is_running(handle));
	stand_in_refuse_tasks(false);
	assert_int_equal(natsonde_task_start(handle), ESP_OK);
	wait_for(handle);
	natsonde_task_delete(handle);
}

static void a_device_without_an_address_says_so(void **state)
{
	natsonde_task_config_t config = config_for(&seen);

	(void)state;
	stand_in_addresses(NULL, NULL);
	natsonde_task_delete(run(&config));
	assert_int_equal(seen.result.outcome, NATSONDE_RUN_UNREACHABLE);
	assert_int_equal(seen.result.unreachable, NATSONDE_UNREACHABLE_NO_ROUTE);
}

/* What a run has come to that could not send anything. */
static void assert_failed(enum natsonde_fault fault, const char *cause, const char *sentence)
{
	struct cJSON *tree = cJSON_Parse(seen.json), *ipv4 = cJSON_GetObjectItem(tree, "ipv4");
	struct cJSON *nat = cJSON_GetObjectItem(ipv4, "nat"), *ipv6 = cJSON_GetObjectItem(tree, "ipv6");

	assert_int_equal(seen.result.outcome, NATSONDE_RUN_FAILED);
	assert_int_equal(seen.result.fault, fault);
	assert_int_equal(seen.result.unreachable, NATSONDE_NOT_UNREACHABLE);
	assert_int_equal(seen.result.family[0].fault, fault);
	assert_int_equal(seen.result.family[0].nat.verdict, NATSONDE_UNKNOWN);
	assert_int_equal(seen.result.family[0].nat.reason, NATSONDE_WHY_LOCAL_FAULT);
	assert_int_equal(seen.result.family[1].unavailable, NATSONDE_NOT_ASKED);
	assert_int_equal(seen.result.family[1].fault, NATSONDE_OK);
	assert_false(seen.result.needs_relay);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(tree, "tests")), 5);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(tree, "probes")), 0);
	assert_string_equal(cJSON_GetObjectItem(tree, "outcome")->valuestring, "failed");
	assert_string_equal(cJSON_GetObjectItem(tree, "reason")->valuestring, sentence);
	assert_null(cJSON_GetObjectItem(ipv4, "unavailable"));
	assert_string_equal(cJSON_GetObjectItem(ipv4, "end")->valuestring, "fault");
	assert_string_equal(cJSON_GetObjectItem(ipv4, "cause")->valuestring, cause);
	assert_string_equal(cJSON_GetObjectItem(nat, "verdict")->valuestring, "unknown");
	assert_string_equal(cJSON_GetObjectItem(ipv6, "unavailable")->valuestring, "not-asked");
	assert_non_null(strstr(seen.text, sentence));
	assert_non_null(strstr(seen.text, "no packet was sent"));
	assert_null(strstr(seen.text, "answer"));
	cJSON_Delete(tree);
}

/* For the records, and already for the sockets. */
static void says_that_memory_ran_out(void **state)
{
	const size_t records = CONFIG_NATSONDE_PROBES * sizeof(struct natsonde_probe) + CONFIG_NATSONDE_ADDRS * sizeof(struct natsonde_addr);
	const size_t sizes[2][2] = { { records, 2 * records }, { 2048, 4096 } };
	natsonde_task_config_t config = config_for(&seen);

	(void)state;
	config.ipv6 = false;
	for (unsigned i = 0; i < 2; i++) {
		atomic_store(&lacking.to, sizes[i][1]);
		atomic_store(&lacking.from, sizes[i][0]);
		natsonde_task_delete(run(&config));
		assert_failed(NATSONDE_FAULT_NO_SOCKET, "no-socket", "no socket or memory left");
	}
}

static void says_that_the_interface_cannot_be_used(void **state)
{
	natsonde_task_config_t config = config_for(&seen);

	(void)state;
	stand_in_refuse_interface(true);
	config.ipv6 = false;
	config.interface = esp_netif_get_default_netif();
	natsonde_task_delete(run(&config));
	assert_failed(NATSONDE_FAULT_NO_INTERFACE, "no-interface", "no such interface or address on this host");
}

/* Whatever the reports of families say, none needs evidence to be concluded from. */
static void concludes_without_evidence(void **state)
{
	struct natsonde_family_report families[2] = { { .unavailable = NATSONDE_NO_ANSWER }, { .unavailable = NATSONDE_NO_ANSWER } };
	struct natsonde_conclusion conclusion = natsonde_outcome_conclude(families, NATSONDE_TESTS_DEFAULT, false);

	(void)state;
	assert_int_equal(conclusion.outcome, NATSONDE_RUN_UNREACHABLE);
	assert_int_equal(conclusion.unreachable, NATSONDE_UNREACHABLE_SILENT);
	families[0].unavailable = NATSONDE_AVAILABLE;
	conclusion = natsonde_outcome_conclude(families, NATSONDE_TESTS_DEFAULT, false);
	assert_int_equal(conclusion.outcome, NATSONDE_RUN_UNREACHABLE);
}

/* Runs the command and leaves what it printed. */
static int type(char *out, size_t cap, char **words, int n)
{
	FILE *console = stdout, *errors = stderr, *capture = fmemopen(out, cap, "w");
	int code;

	stdout = stderr = capture;
	code = stand_in_command()->func(n, words);
	fflush(capture);
	stdout = console;
	stderr = errors;
	fclose(capture);
	return code;
}
#define TYPE(...) type(seen.json, sizeof(seen.json), (char *[]){ __VA_ARGS__, NULL }, \
		       (int)(sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)))

static void the_command_prints_where_it_was_called(void **state)
{
	struct cJSON *tree;

	(void)state;
	if (!stand_in_command())
		assert_int_equal(natsonde_cmd_register(), ESP_OK);
	assert_string_equal(stand_in_command()->command, "natsonde");
	assert_int_equal(TYPE("natsonde", "-4", server.name), 0);
	assert_non_null(strstr(seen.json, "IPv4  127.0.0.1 (sta)"));
	assert_int_equal(stand_in_stack(), CONFIG_NATSONDE_CMD_STACK);
	assert_int_equal(TYPE("natsonde", "--json", "-t", "nat", "-w", "3", server.name), 0);
	tree = cJSON_Parse(seen.json);
	assert_non_null(cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "ipv4"), "nat"));
	assert_null(cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "ipv4"), "filtering"));
	cJSON_Delete(tree);
}

static void the_command_names_what_is_wrong(void **state)
{
	(void)state;
	if (!stand_in_command())
		assert_int_equal(natsonde_cmd_register(), ESP_OK);
	assert_int_equal(TYPE("natsonde", "--nonsense"), 1);
	assert_non_null(strstr(seen.json, "nonsense"));
	assert_int_equal(TYPE("natsonde", "-t", "nonsense"), 1);
	assert_non_null(strstr(seen.json, "'nonsense'"));
	assert_int_equal(TYPE("natsonde", "127.0.0.1:0"), 1);
	assert_non_null(strstr(seen.json, "127.0.0.1:0"));
	assert_int_equal(TYPE("natsonde", "-4", "-6", server.name), 1);
	assert_int_equal(TYPE("natsonde", "-w", "0", server.name), 1);
}

/* However long their names are: the last one must not be left out. */
static void the_command_takes_all_servers(void **state)
{
	static char words[7][96];
	unsigned all = 0;

	(void)state;
	if (!stand_in_command())
		assert_int_equal(natsonde_cmd_register(), ESP_OK);
	names.asked[0] = '\0';
	names.service[0] = HAS_NONE;
	for (unsigned i = 0; i < 7; i++)
		snprintf(words[i], sizeof(words[i]), "%u%060u.%020u.example", i % 10, 0, 0);
	assert_int_equal(TYPE("natsonde", "-4", words[0], words[1], words[2], words[3], words[4], words[5], words[6], server.name), 0);
	for (unsigned i = 0; i < 7; i++)
		all += strstr(names.asked, words[i]) != NULL;
	assert_int_equal(all, 7);
	assert_non_null(strstr(seen.json, "IPv4  127.0.0.1 (sta)"));
	assert_int_equal(TYPE("natsonde", "1.example", "2.example", "3.example", "4.example", "5.example", "6.example", "7.example",
			      "8.example", "9.example"), 1);
	assert_non_null(strstr(seen.json, "9.example"));
}

/* Whoever gives ten seconds does not get them for each family. */
static void the_families_share_the_time(void **state)
{
	const struct natsonde_addr loopback6 = { .family = NATSONDE_IPV6, .ip = { [15] = 1 } };
	natsonde_task_config_t config = config_for(&seen);
	char servers[64];

	(void)state;
	server.is_silent = true;
	stand_in_addresses(&loopback, &loopback6);
	snprintf(servers, sizeof(servers), "%s [::1]%s", server.name, strchr(server.name, ':'));
	config.servers = servers;
	config.timeout_ms = 1000;
	natsonde_task_delete(run(&config));
	assert_int_equal(seen.result.family[1].unavailable, NATSONDE_NO_ANSWER);
	assert_in_range(seen.result.elapsed_ms, 900, 1200);
}

/* Names with the server's port, and what was asked about them. */
static void run_with_names(const char *list, natsonde_task_config_t *config)
{
	char servers[128] = "", *port = strchr(server.name, ':'), *word, copy[64];

	snprintf(copy, sizeof(copy), "%s", list);
	for (char *next = copy; (word = strtok_r(next, " ", &next));)
		snprintf(servers + strlen(servers), sizeof(servers) - strlen(servers), "%s%s ", word, port);
	names.asked[0] = '\0';
	config->servers = servers;
	natsonde_task_delete(run(config));
}

static void asks_for_addresses_of_the_wanted_family_alone(void **state)
{
	natsonde_task_config_t config = config_for(&seen);

	(void)state;
	config.ipv6 = false;
	run_with_names("one.example two.example", &config);
	assert_string_equal(names.asked, "A one.example A two.example ");
	assert_int_equal(seen.result.outcome, NATSONDE_RUN_INCOMPLETE);
	config.ipv4 = false;
	config.ipv6 = true;
	run_with_names("one.example", &config);
	assert_string_equal(names.asked, "AAAA one.example ");
}

/* Even if there is not time for both. */
static void silence_about_ipv6_costs_ipv4_no_server(void **state)
{
	natsonde_task_config_t config = config_for(&seen);

	(void)state;
	names.service[1] = IS_SILENT;
	run_with_names("one.example two.example three.example", &config);
	assert_string_equal(names.asked, "A one.example A two.example A three.example AAAA one.example ");
	assert_int_equal(seen.result.outcome, NATSONDE_RUN_INCOMPLETE);
	assert_int_equal(seen.result.family[0].unavailable, NATSONDE_AVAILABLE);
	assert_null(strstr(seen.json, "\"unresolved\""));
	assert_in_range(seen.result.elapsed_ms, 7000, 12000);
}

static void a_silent_name_server_is_its_own_failure(void **state)
{
	natsonde_task_config_t config = config_for(&seen);

	(void)state;
	names.service[0] = names.service[1] = IS_SILENT;
	run_with_names("one.example", &config);
	assert_string_equal(names.asked, "A one.example ");
	assert_int_equal(seen.result.outcome, NATSONDE_RUN_UNREACHABLE);
	assert_int_equal(seen.result.unreachable, NATSONDE_UNREACHABLE_NAMES);
	assert_non_null(strstr(seen.text, "one.example: the name server did not answer in time"));
	run_with_names("one.example two.example", &config);
	assert_string_equal(names.asked, "A one.example ");
	assert_non_null(strstr(seen.text, "two.example: the name server did not answer in time"));
	/* One that says no is another failure. */
	names.service[0] = names.service[1] = HAS_NONE;
	run_with_names("one.example", &config);
	assert_string_equal(names.asked, "A one.example AAAA one.example ");
	assert_int_equal(seen.result.unreachable, NATSONDE_UNREACHABLE_NAMES);
	assert_non_null(strstr(seen.text, "one.example: there is no such name"));
}

/* The last of them is the one to take. */
static void takes_as_many_addresses_as_an_interface_has(void **state)
{
	const struct natsonde_addr loopback6 = { .family = NATSONDE_IPV6, .ip = { [15] = 1 } };
	natsonde_task_config_t config = config_for(&seen);

	(void)state;
	stand_in_addresses(&loopback, &loopback6);
	stand_in_fill_ip6(true);
	config.servers = "[::1]:9";
	config.timeout_ms = 300;
	natsonde_task_delete(run(&config));
	assert_int_equal(seen.result.family[1].unavailable, NATSONDE_NO_ANSWER);
	assert_true(natsonde_addr_same_ip(&seen.result.family[1].local, &loopback6));
}

#if CONFIG_NATSONDE_FURTHER_TESTS
static void has_the_further_tests_within_three_sockets(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	const natsonde_task_family_t *ipv4 = &seen.result.family[0];
	unsigned before = count_descriptors();

	(void)state;
	config.timeout_ms = 0;
	config.tests = NATSONDE_TESTS_ALL & ~NATSONDE_TEST(NATSONDE_INTERCEPT); /* that would speak to others than loopback */
	natsonde_task_delete(run(&config));
	assert_in_range(atomic_load(&server.most_open), before + 1, before + 3);
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(ipv4->ports.verdict, NATSONDE_PRESERVED);
	assert_int_equal(ipv4->ports_facts.preserved_percent, 100);
	assert_int_equal(ipv4->lifetime.reason, NATSONDE_WHY_NO_RESPONSE_PORT);
	assert_int_equal(ipv4->fragments.verdict, NATSONDE_LOCAL_STACK);
	assert_true(seen.is_json_the_tree);
	assert_non_null(strstr(seen.json, "\"hairpin\":{"));
}

static void the_command_takes_further_tests(void **state)
{
	(void)state;
	if (!stand_in_command())
		assert_int_equal(natsonde_cmd_register(), ESP_OK);
	assert_int_equal(TYPE("natsonde", "--json", "-4", "-t", "ports,hairpin", "--max-lifetime", "20", server.name), 0);
	assert_non_null(strstr(seen.json, "\"tests\":[\"ports\",\"hairpin\"]"));
	assert_int_equal(TYPE("natsonde", "-t", "lifetime", "--max-lifetime", "3601", server.name), 1);
	assert_non_null(strstr(seen.json, "--max-lifetime 3601: give seconds from 1 to 3600"));
}
#else
static void says_that_a_build_lacks_the_further_tests(void **state)
{
	natsonde_task_config_t config = config_for(&seen);
	natsonde_task_handle_t handle;

	(void)state;
	config.tests |= NATSONDE_TEST(NATSONDE_LIFETIME);
	assert_int_equal(natsonde_task_new(&config, &handle), ESP_ERR_NOT_SUPPORTED);
	if (!stand_in_command())
		assert_int_equal(natsonde_cmd_register(), ESP_OK);
	assert_int_equal(TYPE("natsonde", "-t", "nat,lifetime", server.name), 1);
	assert_string_equal(seen.json, "natsonde: -t 'nat,lifetime': this build does not have all of these; it has nat mapping filtering "
				       "p2p alg (CONFIG_NATSONDE_FURTHER_TESTS adds the others)\n");
	assert_int_equal(TYPE("natsonde", "-4", "-t", "all", server.name), 0);
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_in_enums_what_a_plain_server_can_tell),
		TEST(gives_reports_while_the_callback_runs_and_only_then),
		TEST(opens_three_sockets_at_most),
		TEST(posts_the_result_as_an_event),
		TEST(the_event_finds_a_session_that_is_idle),
		TEST(an_event_that_is_lost_is_told),
		TEST(can_be_stopped),
		TEST(delete_ends_a_run_at_any_time),
		TEST(one_run_at_a_time),
		TEST(a_stop_ends_the_run_that_it_is_meant_for),
		TEST(a_stop_while_it_starts_is_not_lost),
		TEST(refuses_what_it_cannot_do),
		TEST(survives_that_no_task_can_be_made),
		TEST(a_device_without_an_address_says_so),
		TEST(says_that_memory_ran_out),
		TEST(says_that_the_interface_cannot_be_used),
		TEST(concludes_without_evidence),
		TEST(the_command_prints_where_it_was_called),
		TEST(the_command_names_what_is_wrong),
		TEST(the_command_takes_all_servers),
		TEST(the_families_share_the_time),
		TEST(takes_as_many_addresses_as_an_interface_has),
		TEST(asks_for_addresses_of_the_wanted_family_alone),
		TEST(silence_about_ipv6_costs_ipv4_no_server),
		TEST(a_silent_name_server_is_its_own_failure),
#if CONFIG_NATSONDE_FURTHER_TESTS
		TEST(has_the_further_tests_within_three_sockets),
		TEST(the_command_takes_further_tests),
#else
		TEST(says_that_a_build_lacks_the_further_tests),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
