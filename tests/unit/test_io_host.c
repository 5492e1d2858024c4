/* What the door knows of this host: interfaces, routes, limits, chance and clock. */
#define _GNU_SOURCE
#include "io_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <natsonde/posix.h>

static enum natsonde_fault start_fault(const struct natsonde_io_config *config)
{
	struct natsonde_door unused;
	enum natsonde_fault fault;

	assert_false(natsonde_io_start(config, &unused, &fault));
	return fault;
}

static void what_this_host_does_not_have_is_refused_at_the_start(void **state)
{
	static const struct natsonde_io_config configs[] = {
		{ .interface = "no-such-if0" },
		{ .bind = { { .family = NATSONDE_IPV4, .ip = { 203, 0, 113, 254 } } } },
		{ .bind = { { .family = NATSONDE_IPV4, .ip = { 224, 0, 0, 1 } } } },
		{ .bind = { [1] = { .family = NATSONDE_IPV6, .ip = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0xfe } } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
		assert_int_equal(start_fault(&configs[i]), NATSONDE_FAULT_NO_INTERFACE);
}

static void the_interface_asked_for_is_used(void **state)
{
	struct natsonde_io_interface loopback;
	struct natsonde_io_config config = { .interface = loopback.name };

	(void)state;
	natsonde_io_interface_of(&LOOPBACK[0], &loopback);
	assert_true(strncmp(loopback.name, "lo", 2) == 0);
	assert_false(loopback.is_tunnel);
	natsonde_io_stop();
	start(&config);
	exchange(0);
}

static void an_address_of_nobody_has_no_interface(void **state)
{
	static const struct natsonde_addr nobody = { .family = NATSONDE_IPV4, .ip = { 203, 0, 113, 254 } };
	struct natsonde_io_interface interface;

	(void)state;
	natsonde_io_interface_of(&nobody, &interface);
	assert_string_equal(interface.name, "");
}

static void loopback_has_a_route_from_anywhere_but_the_internet_has_none_from_loopback(void **state)
{
	struct natsonde_io_config config = { .bind = { LOOPBACK[0] } };
	struct natsonde_addr outside = { .family = NATSONDE_IPV4, .port = 9, .ip = { 203, 0, 113, 254 } }, local;
	struct natsonde_addr near = { .family = NATSONDE_IPV4, .port = 9, .ip = { 127, 0, 0, 1 } };

	(void)state;
	natsonde_io_stop();
	start(&config);
	assert_true(natsonde_io_has_route(NATSONDE_IPV4, &near));
	assert_false(natsonde_io_has_route(NATSONDE_IPV6, &near));
	assert_false(natsonde_io_has_route(NATSONDE_IPV4, &outside));
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_UDP, &outside, 0, &local), NATSONDE_FAULT_NO_ROUTE);
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_TCP, &outside, 0, &local), NATSONDE_FAULT_NO_ROUTE);
}

/* Starts the door where only so many descriptors are free, and opens every slot that it promises. */
static void start_with_few(rlim_t limit, unsigned taken)
{
	struct rlimit before, few;
	struct natsonde_addr local;
	enum natsonde_fault fault = NATSONDE_OK;
	unsigned promised, slot = 0;
	int fds[32];

	natsonde_io_stop();
	for (unsigned i = 0; i < taken; i++)
		assert_true((fds[i] = open("/dev/null", O_RDONLY)) >= 0);
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = limit;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	start(NULL);
	promised = door.max_open;
	while (slot < NATSONDE_DOOR_SLOTS && fault == NATSONDE_OK)
		fault = door.open(door.ctx, slot++, NATSONDE_UDP, &LOOPBACK[0], 0, &local);
	wait_ms(2);
	setrlimit(RLIMIT_NOFILE, &before);
	for (unsigned i = 0; i < taken; i++)
		close(fds[i]);
	assert_int_equal(fault, NATSONDE_FAULT_NO_SOCKET);
	assert_true(promised >= 3);
	assert_true(slot - 1 >= promised);
	assert_int_equal(event.kind, NATSONDE_EVENT_NONE);
}

static void few_descriptors_are_said_and_survived(void **state)
{
	(void)state;
	assert_int_equal(door.max_open, NATSONDE_DOOR_SLOTS);
	start_with_few(24, 0);
	assert_in_range(door.max_open, 3, 14);
}

/* Those that a parent has left us are nobody's slots. */
static void descriptors_that_are_open_already_are_not_promised(void **state)
{
	unsigned before;

	(void)state;
	start_with_few(64, 0);
	before = door.max_open;
	start_with_few(64, 20);
	assert_int_equal(door.max_open, before - 20);
}

/* Slots are numbers: any of them will do, but no other, and none twice. */
static void every_slot_can_be_open_at_once_and_no_other(void **state)
{
	struct natsonde_addr local;

	(void)state;
	for (unsigned slot = NATSONDE_DOOR_SLOTS; slot-- > 0;)
		assert_int_equal(door.open(door.ctx, slot, NATSONDE_UDP, &LOOPBACK[0], 0, &local), NATSONDE_OK);
	assert_int_equal(door.open(door.ctx, NATSONDE_DOOR_SLOTS, NATSONDE_UDP, &LOOPBACK[0], 0, &local), NATSONDE_FAULT_OTHER);
	assert_int_equal(door.open(door.ctx, 7, NATSONDE_UDP, &LOOPBACK[0], 0, &local), NATSONDE_FAULT_OTHER);
	door.close(door.ctx, 7);
	assert_int_equal(door.send(door.ctx, 7, &local, (const uint8_t *)"x", 1), NATSONDE_FAULT_OTHER);
	assert_int_equal(door.open(door.ctx, 7, NATSONDE_UDP, &LOOPBACK[0], 0, &local), NATSONDE_OK);
	assert_int_equal(door.send(door.ctx, 7, &local, (const uint8_t *)"x", 1), NATSONDE_OK);
	wait_ms(2000);
	assert_int_equal(event.kind, NATSONDE_EVENT_RECEIVED);
	assert_int_equal(event.slot, 7);
}

/* lwIP says ENOMEM where Linux says ENOBUFS: the engine tries again later (test_engine_fault), it is no news of the network. */
static void errors_of_the_system_mean(void **state)
{
	static const struct { int error; enum natsonde_fault fault; } rows[] = {
		{ ENOMEM, NATSONDE_FAULT_BUSY }, { ENOBUFS, NATSONDE_FAULT_BUSY }, { EAGAIN, NATSONDE_FAULT_BUSY },
		{ EADDRINUSE, NATSONDE_FAULT_PORT_TAKEN }, { EMFILE, NATSONDE_FAULT_NO_SOCKET },
		{ ENETUNREACH, NATSONDE_FAULT_NO_ROUTE }, { EPERM, NATSONDE_FAULT_DENIED },
		{ ENODEV, NATSONDE_FAULT_NO_INTERFACE }, { EMSGSIZE, NATSONDE_FAULT_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(natsonde_io_fault(rows[i].error), rows[i].fault);
}

static unsigned count_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void stopping_leaves_no_descriptor_open(void **state)
{
	struct natsonde_addr nobody, local;
	int held = nobody_at(0, SOCK_STREAM, &nobody);
	unsigned before;

	(void)state;
	natsonde_io_stop();
	before = count_descriptors();
	start(NULL);
	for (unsigned slot = 0; slot < 4; slot++)
		door.open(door.ctx, slot, slot == 3 ? NATSONDE_TCP : NATSONDE_UDP, &nobody, 0, &local);
	assert_int_equal(count_descriptors(), before + 6); /* four slots and the wake-up pipe */
	natsonde_io_stop();
	assert_int_equal(count_descriptors(), before);
	close(held);
}

static void chance_differs_and_the_clock_advances(void **state)
{
	uint8_t a[600] = { 0 }, b[600] = { 0 };
	natsonde_us before = door.now(door.ctx);

	(void)state;
	door.random(door.ctx, a, sizeof(a));
	door.random(door.ctx, b, sizeof(b));
	assert_memory_not_equal(a, b, 300);
	assert_memory_not_equal(a + 584, b + 584, 16);
	sleep_ms(2);
	assert_true(door.now(door.ctx) - before >= 2 * NATSONDE_MS);
}

static void the_stamp_is_rfc_3339(void **state)
{
	char stamp[NATSONDE_IO_STAMP];

	(void)state;
	natsonde_io_stamp(stamp);
	assert_int_equal(strlen(stamp), 20);
	assert_int_equal(stamp[10], 'T');
	assert_int_equal(stamp[19], 'Z');
	assert_true(natsonde_io_system()[0] >= 'a' && natsonde_io_system()[0] <= 'z');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DOOR(what_this_host_does_not_have_is_refused_at_the_start),
		WITH_DOOR(the_interface_asked_for_is_used),
		WITH_DOOR(an_address_of_nobody_has_no_interface),
		WITH_DOOR(loopback_has_a_route_from_anywhere_but_the_internet_has_none_from_loopback),
		WITH_DOOR(few_descriptors_are_said_and_survived),
		WITH_DOOR(descriptors_that_are_open_already_are_not_promised),
		WITH_DOOR(every_slot_can_be_open_at_once_and_no_other),
		cmocka_unit_test(errors_of_the_system_mean),
		WITH_DOOR(stopping_leaves_no_descriptor_open),
		WITH_DOOR(chance_differs_and_the_clock_advances),
		WITH_DOOR(the_stamp_is_rfc_3339),
	};

	return cmocka_run_group_tests_name("io: host", tests, NULL, NULL);
}
