/* Names to addresses. The program has a getaddrinfo of its own, which stands before the system's, and SRV records of its own:
 * names that end in ".test" never reach a name server. */
#define _GNU_SOURCE
#include "io_peer.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>

#include "io/host.h"
#include "io/srv.h"

/* What threads touch that natsonde has abandoned: never the door, which is the next test's by then. */
static atomic_bool is_released;
static atomic_uint inside; /* the functions below that take a name */

static int (*system_getaddrinfo(void))(const char *, const char *, const struct addrinfo *, struct addrinfo **)
{
	int (*function)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	void *found = dlsym(RTLD_NEXT, "getaddrinfo");

	memcpy(&function, &found, sizeof(function));
	return function;
}

/* Joins the answers for numeric hosts to one list. */
static int answer_with(const char *const *hosts, const struct addrinfo *hints, struct addrinfo **result)
{
	struct addrinfo **end = result;

	for (; *hosts; hosts++) {
		if (system_getaddrinfo()(*hosts, NULL, hints, end))
			return EAI_FAIL;
		while (*end)
			end = &(*end)->ai_next;
	}
	return 0;
}

static int answer(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	static const char *const many[] = { "2001:db8::2", "198.51.100.9", "2001:db8::1", "198.51.100.3", "198.51.100.9", NULL };
	static const struct { const char *host; int error; } errors[] = {
		{ "nowhere.test", EAI_NONAME }, { "no-address.test", EAI_NODATA },
		{ "later.test", EAI_AGAIN }, { "broken.test", EAI_FAIL },
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(host, errors[i].host) == 0)
			return errors[i].error;
	if (strcmp(host, "many.test") == 0)
		return answer_with(many, hints, result);
	if (strcmp(host, "slow.test") != 0)
		return system_getaddrinfo()(host, service, hints, result);
	while (!is_released)
		sleep_ms(2);
	return EAI_AGAIN;
}

int getaddrinfo(const char *restrict host, const char *restrict service, const struct addrinfo *restrict hints,
		struct addrinfo **restrict result)
{
	int error;

	atomic_fetch_add(&inside, 1);
	error = answer(host, service, hints, result);
	atomic_fetch_sub(&inside, 1);
	return error;
}

bool natsonde_io_srv_start(void)
{
	return true;
}

static void put_target(struct natsonde_io_srv *srv, const char *host, uint16_t port)
{
	snprintf(srv->targets[srv->n].host, sizeof(srv->targets[srv->n].host), "%s", host);
	srv->targets[srv->n++].port = port;
}

void natsonde_io_srv_look_up(const char *domain, const char *const services[NATSONDE_IO_SERVICES], natsonde_us until,
			     struct natsonde_io_srv answers[NATSONDE_IO_SERVICES])
{
	atomic_fetch_add(&inside, 1);
	memset(answers, 0, NATSONDE_IO_SERVICES * sizeof(answers[0]));
	assert_string_equal(services[0], "_first._udp");
	if (strcmp(domain, "both.test") == 0) {
		put_target(&answers[0], "192.0.2.5", 5000);
		put_target(&answers[0], "192.0.2.5", 5001);
		put_target(&answers[0], "2001:db8::5", 5000);
		put_target(&answers[1], "192.0.2.6", 6000);
	}
	if (strcmp(domain, "second.test") == 0) {
		put_target(&answers[0], "nowhere.test", 5000);
		put_target(&answers[1], "192.0.2.6", 6000);
	}
	while ((strcmp(domain, "many.test") == 0 || strcmp(domain, "nowhere.test") == 0) && natsonde_io_now() < until && !is_released)
		sleep_ms(2);
	atomic_fetch_sub(&inside, 1);
}

static int release(void **state)
{
	is_released = true;
	end(state);
	for (unsigned i = 0; inside > 0 && i < 2500; i++)
		sleep_ms(2);
	assert_int_equal(inside, 0);
	is_released = false; /* one that has not even come in until now is let out the next time */
	return 0;
}

static bool is_addr(const struct natsonde_addr *a, const char *text)
{
	char own[NATSONDE_ADDR_TEXT];

	natsonde_addr_format(a, own, sizeof(own));
	return strcmp(own, text) == 0;
}

static natsonde_us in_ms(natsonde_us ms)
{
	return door.now(door.ctx) + ms * NATSONDE_MS;
}

static void numeric_hosts_need_no_time(void **state)
{
	struct natsonde_io_name names[2] = { { .host = "192.0.2.7", .port = 3478 }, { .host = "2001:db8::7", .port = 3479 } };

	(void)state;
	natsonde_io_resolve(names, 2, 0);
	assert_int_equal(names[0].result, NATSONDE_RESOLVED);
	assert_int_equal(names[0].n[0], 1);
	assert_int_equal(names[0].n[1], 0);
	assert_true(is_addr(&names[0].addrs[0][0], "192.0.2.7:3478"));
	assert_int_equal(names[1].result, NATSONDE_RESOLVED);
	assert_int_equal(names[1].n[0], 0);
	assert_int_equal(names[1].n[1], 1);
	assert_true(is_addr(&names[1].addrs[1][0], "[2001:db8::7]:3479"));
}

static void localhost_is_found(void **state)
{
	struct natsonde_io_name name = { .host = "localhost", .port = 5 };

	(void)state;
	natsonde_io_resolve(&name, 1, in_ms(5000));
	assert_int_equal(name.result, NATSONDE_RESOLVED);
	for (unsigned family = 0; family < 2; family++)
		for (unsigned i = 0; i < name.n[family]; i++) {
			assert_true(natsonde_addr_is_loopback(&name.addrs[family][i]));
			assert_int_equal(name.addrs[family][i].port, 5);
		}
	assert_true(name.n[0] + name.n[1] > 0);
}

static void all_addresses_are_kept_in_order_without_repeats(void **state)
{
	struct natsonde_io_name name = { .host = "many.test", .port = 1 };

	(void)state;
	natsonde_io_resolve(&name, 1, in_ms(5000));
	assert_int_equal(name.result, NATSONDE_RESOLVED);
	assert_int_equal(name.n[0], 2);
	assert_true(is_addr(&name.addrs[0][0], "198.51.100.9:1"));
	assert_true(is_addr(&name.addrs[0][1], "198.51.100.3:1"));
	assert_int_equal(name.n[1], 2);
	assert_true(is_addr(&name.addrs[1][0], "[2001:db8::2]:1"));
	assert_true(is_addr(&name.addrs[1][1], "[2001:db8::1]:1"));
}

static void a_missing_name_is_told_from_a_failing_resolver(void **state)
{
	struct natsonde_io_name names[] = {
		{ .host = "nowhere.test" }, { .host = "no-address.test" }, { .host = "later.test" }, { .host = "broken.test" },
	};

	(void)state;
	natsonde_io_resolve(names, 4, in_ms(5000));
	assert_int_equal(names[0].result, NATSONDE_RESOLVE_NO_SUCH_NAME);
	assert_int_equal(names[1].result, NATSONDE_RESOLVE_NO_SUCH_NAME);
	assert_int_equal(names[2].result, NATSONDE_RESOLVE_FAILED);
	assert_int_equal(names[3].result, NATSONDE_RESOLVE_FAILED);
}

static void a_slow_name_is_abandoned_and_the_others_are_kept(void **state)
{
	struct natsonde_io_name names[] = { { .host = "slow.test" }, { .host = "many.test" }, { .host = "127.0.0.1" } };
	natsonde_us began = door.now(door.ctx), took;

	(void)state;
	natsonde_io_resolve(names, 3, in_ms(300));
	took = door.now(door.ctx) - began;
	assert_true(took >= 300 * NATSONDE_MS && took < 5 * NATSONDE_S);
	assert_int_equal(names[0].result, NATSONDE_RESOLVE_TIMEOUT);
	assert_int_equal(names[1].result, NATSONDE_RESOLVED);
	assert_int_equal(names[2].result, NATSONDE_RESOLVED);
}

static void sigint_ends_resolving_at_once_and_the_next_wait_too(void **state)
{
	struct natsonde_io_name name = { .host = "slow.test" };
	natsonde_us began = door.now(door.ctx);
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, press_interrupt, (void *)(intptr_t)20);
	natsonde_io_resolve(&name, 1, in_ms(20000));
	pthread_join(thread, NULL);
	assert_true(door.now(door.ctx) - began < 5 * NATSONDE_S);
	assert_int_equal(name.result, NATSONDE_RESOLVE_INTERRUPTED);
	door.wait(door.ctx, NATSONDE_NEVER, &event);
	assert_int_equal(event.kind, NATSONDE_EVENT_INTERRUPT);
}

static void services_come_before_the_host(void **state)
{
	struct natsonde_io_name names[] = {
		{ .host = "both.test", .port = 1, .services = { "_first._udp", "_second._udp" } },
		{ .host = "second.test", .port = 1, .services = { "_first._udp", "_second._udp" } },
		{ .host = "localhost", .port = 1, .services = { "_first._udp" } },
	};

	(void)state;
	natsonde_io_resolve(names, 3, in_ms(5000));
	assert_int_equal(names[0].n[0], 2);
	assert_true(is_addr(&names[0].addrs[0][0], "192.0.2.5:5000"));
	assert_true(is_addr(&names[0].addrs[0][1], "192.0.2.5:5001"));
	assert_true(is_addr(&names[0].addrs[1][0], "[2001:db8::5]:5000"));
	assert_int_equal(names[1].n[0], 1);
	assert_true(is_addr(&names[1].addrs[0][0], "192.0.2.6:6000"));
	assert_int_equal(names[2].result, NATSONDE_RESOLVED);
	assert_int_equal(names[2].addrs[names[2].n[0] == 0][0].port, 1);
}

/* A name server that leaves SRV unanswered costs half a second, not the whole time. */
static void host_waits_for_services_only_so_long(void **state)
{
	struct natsonde_io_name name = { .host = "many.test", .port = 1, .services = { "_first._udp" } };
	natsonde_us began = door.now(door.ctx), took;

	(void)state;
	natsonde_io_resolve(&name, 1, in_ms(20000));
	took = door.now(door.ctx) - began;
	assert_true(took >= 500 * NATSONDE_MS && took < 5 * NATSONDE_S);
	assert_int_equal(name.result, NATSONDE_RESOLVED);
	assert_true(is_addr(&name.addrs[0][0], "198.51.100.9:1"));
}

static void domain_without_a_host_waits_for_services(void **state)
{
	struct natsonde_io_name name = { .host = "nowhere.test", .port = 1, .services = { "_first._udp" } };
	natsonde_us began = door.now(door.ctx);

	(void)state;
	natsonde_io_resolve(&name, 1, in_ms(700));
	assert_true(door.now(door.ctx) - began >= 650 * NATSONDE_MS);
	assert_int_equal(name.result, NATSONDE_RESOLVE_NO_SUCH_NAME);
}

static void spares_are_waited_for_only_when_needed(void **state)
{
	struct natsonde_io_name names[] = {
		{ .host = "many.test" }, { .host = "slow.test", .is_spare = true }, { .host = "127.0.0.1", .is_spare = true },
	};
	natsonde_us began = door.now(door.ctx);

	(void)state;
	natsonde_io_resolve(names, 3, in_ms(20000));
	assert_true(door.now(door.ctx) - began < 5 * NATSONDE_S);
	assert_int_equal(names[0].result, NATSONDE_RESOLVED);
	assert_int_equal(names[1].result, NATSONDE_RESOLVE_NOT_NEEDED);
	assert_int_equal(names[2].result, NATSONDE_RESOLVED);
}

static void spare_takes_the_place_of_a_missing_name(void **state)
{
	struct natsonde_io_name names[] = {
		{ .host = "nowhere.test" }, { .host = "slow.test", .is_spare = true }, { .host = "many.test", .is_spare = true },
	};
	natsonde_us began = door.now(door.ctx);

	(void)state;
	natsonde_io_resolve(names, 3, in_ms(20000));
	assert_true(door.now(door.ctx) - began < 5 * NATSONDE_S);
	assert_int_equal(names[0].result, NATSONDE_RESOLVE_NO_SUCH_NAME);
	assert_int_equal(names[2].result, NATSONDE_RESOLVED);
	names[2].host = "broken.test";
	began = door.now(door.ctx);
	natsonde_io_resolve(names, 3, in_ms(100));
	assert_int_equal(names[1].result, NATSONDE_RESOLVE_TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numeric_hosts_need_no_time, begin, release),
		cmocka_unit_test_setup_teardown(localhost_is_found, begin, release),
		cmocka_unit_test_setup_teardown(all_addresses_are_kept_in_order_without_repeats, begin, release),
		cmocka_unit_test_setup_teardown(a_missing_name_is_told_from_a_failing_resolver, begin, release),
		cmocka_unit_test_setup_teardown(a_slow_name_is_abandoned_and_the_others_are_kept, begin, release),
		cmocka_unit_test_setup_teardown(services_come_before_the_host, begin, release),
		cmocka_unit_test_setup_teardown(host_waits_for_services_only_so_long, begin, release),
		cmocka_unit_test_setup_teardown(domain_without_a_host_waits_for_services, begin, release),
		cmocka_unit_test_setup_teardown(spares_are_waited_for_only_when_needed, begin, release),
		cmocka_unit_test_setup_teardown(spare_takes_the_place_of_a_missing_name, begin, release),
		cmocka_unit_test_setup_teardown(sigint_ends_resolving_at_once_and_the_next_wait_too, begin, release),
	};

	return cmocka_run_group_tests_name("io: names", tests, NULL, NULL);
}
