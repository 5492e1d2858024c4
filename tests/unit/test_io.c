/* UDP through the door: sockets as probes need them, ICMP errors, waiting and being interrupted. */
#define _GNU_SOURCE
#include "io_peer.h"

#include <sys/wait.h>

static void udp_carries_datagrams_both_ways_over_ipv4(void **state)
{
	(void)state;
	exchange(0);
}

static void udp_carries_datagrams_both_ways_over_ipv6(void **state)
{
	(void)state;
	exchange(1);
}

/* Never the wildcard: a socket whose source changes between destinations looks like a NAT. */
static void udp_is_bound_to_the_source_that_the_route_uses(void **state)
{
	struct natsonde_addr far = { .family = NATSONDE_IPV4, .port = 9, .ip = { 127, 9, 8, 7 } }, local;
	socklen_t len;
	struct sockaddr_storage sa = to_system(&far, &len);
	struct sockaddr_in source;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, len), 0);
	len = sizeof(source);
	getsockname(fd, (struct sockaddr *)&source, &len);
	close(fd);
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_UDP, &far, 0, &local), NATSONDE_OK);
	assert_memory_equal(local.ip, &source.sin_addr, 4);
	assert_false(natsonde_addr_is_unspecified(&local));
}

static void udp_sends_from_the_address_asked_for(void **state)
{
	struct natsonde_io_config config = { .bind = { { .family = NATSONDE_IPV4, .port = 77, .ip = { 127, 0, 0, 5 } } } };
	struct natsonde_addr server, local;
	int fd = peer(0, SOCK_DGRAM, &server);
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char bytes[4];

	(void)state;
	natsonde_io_stop();
	start(&config);
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_UDP, &server, 0, &local), NATSONDE_OK);
	send_text(0, &server, "x");
	assert_int_equal(recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &len), 1);
	assert_memory_equal(&from.sin_addr, config.bind[0].ip, 4);
	assert_int_equal(ntohs(from.sin_port), local.port);
	close(fd);
}

static void udp_takes_the_port_asked_for_or_says_that_it_is_taken(void **state)
{
	struct natsonde_addr taken, local;
	int fd = peer(0, SOCK_DGRAM, &taken);
	uint16_t port = free_port(0, SOCK_DGRAM);

	(void)state;
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_UDP, &taken, taken.port, &local), NATSONDE_FAULT_PORT_TAKEN);
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_UDP, &taken, port, &local), NATSONDE_OK);
	assert_int_equal(local.port, port);
	/* Two probe sockets never share a port: the kernel would deal their replies out between them. */
	assert_int_equal(door.open(door.ctx, 1, NATSONDE_UDP, &taken, port, &local), NATSONDE_FAULT_PORT_TAKEN);
	door.close(door.ctx, 0);
	assert_int_equal(door.open(door.ctx, 1, NATSONDE_UDP, &taken, port, &local), NATSONDE_OK);
	close(fd);
}

/* PADDING may be as large as the MTU of the server's interface, and that of its loopback is larger than any datagram. */
static void udp_delivers_the_smallest_and_the_largest_datagram_whole(void **state)
{
	static uint8_t large[65507]; /* IPv4's 65,535 without two headers */
	struct natsonde_addr server, local;
	int fd = peer(0, SOCK_DGRAM, &server);
	socklen_t len;
	struct sockaddr_storage sa;

	(void)state;
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (uint8_t)(i * 7);
	door.open(door.ctx, 0, NATSONDE_UDP, &server, 0, &local);
	sa = to_system(&local, &len);
	assert_int_equal(sendto(fd, large, 0, 0, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(sendto(fd, large, sizeof(large), 0, (struct sockaddr *)&sa, len), sizeof(large));
	wait_ms(2000);
	assert_int_equal(event.kind, NATSONDE_EVENT_RECEIVED);
	assert_int_equal(event.len, 0);
	wait_ms(2000);
	assert_int_equal(event.kind, NATSONDE_EVENT_RECEIVED);
	assert_int_equal(event.len, sizeof(large));
	assert_memory_equal(event.bytes, large, sizeof(large));
	close(fd);
}

static void busy_slots_do_not_starve_one_another(void **state)
{
	struct natsonde_addr server, local[2];
	int fd = peer(0, SOCK_DGRAM, &server);
	unsigned events[2] = { 0, 0 };
	socklen_t len;

	(void)state;
	for (unsigned slot = 0; slot < 2; slot++)
		door.open(door.ctx, slot, NATSONDE_UDP, &server, 0, &local[slot]);
	for (unsigned i = 0; i < 12; i++) {
		struct sockaddr_storage sa = to_system(&local[i % 2], &len);

		sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len);
	}
	for (unsigned i = 0; i < 4; i++) {
		wait_ms(2000);
		assert_int_equal(event.kind, NATSONDE_EVENT_RECEIVED);
		events[event.slot]++;
	}
	assert_int_equal(events[0], 2);
	assert_int_equal(events[1], 2);
	close(fd);
}

static void udp_probe_sockets_stay_unconnected(void **state)
{
	struct natsonde_addr asked, other, local;
	int fds[2] = { peer(0, SOCK_DGRAM, &asked), peer(0, SOCK_DGRAM, &other) };
	socklen_t len;
	struct sockaddr_storage sa;

	(void)state;
	door.open(door.ctx, 0, NATSONDE_UDP, &asked, 0, &local);
	send_text(0, &asked, "x");
	sa = to_system(&local, &len);
	sendto(fds[1], "changed", 7, 0, (struct sockaddr *)&sa, len);
	wait_ms(2000);
	assert_int_equal(event.kind, NATSONDE_EVENT_RECEIVED);
	assert_true(natsonde_addr_equal(&event.peer, &other));
	close(fds[0]);
	close(fds[1]);
}

static void refused(unsigned family, uint8_t type, uint8_t code)
{
	struct natsonde_addr nobody, local;
	int fd = nobody_at(family, SOCK_DGRAM, &nobody);

	if (fd < 0 || !(door.sees & NATSONDE_SEES_ICMP)) {
		print_message("%s here: skipped\n", fd < 0 ? "no such loopback" : "the system shows no ICMP errors");
		skip();
	}
	assert_int_equal(door.open(door.ctx, 2, NATSONDE_UDP, &nobody, 0, &local), NATSONDE_OK);
	send_text(2, &nobody, "is anybody there?");
	wait_ms(2000);
	assert_int_equal(event.kind, NATSONDE_EVENT_ICMP);
	assert_int_equal(event.slot, 2);
	assert_true(natsonde_addr_equal(&event.peer, &nobody));
	assert_int_equal(event.icmp_type, type);
	assert_int_equal(event.icmp_code, code);
	assert_int_equal(event.len, 17);
	assert_memory_equal(event.bytes, "is anybody there?", 17);
	wait_ms(0); /* told once, and leaves nothing behind */
	assert_int_equal(event.kind, NATSONDE_EVENT_NONE);
	close(fd);
}

static void icmp_names_the_destination_and_quotes_the_datagram(void **state)
{
	(void)state;
	refused(0, 3, 3);
}

static void icmp6_names_the_destination_and_quotes_the_datagram(void **state)
{
	(void)state;
	refused(1, 1, 4);
}

/* A pending error fails the next call on the socket once, whatever that call is about (facts of Linux). */
static void an_old_icmp_error_spoils_neither_sending_nor_receiving(void **state)
{
	struct natsonde_addr nobody, server, local;
	int fd = peer(0, SOCK_DGRAM, &server), held = nobody_at(0, SOCK_DGRAM, &nobody);
	char bytes[8];
	socklen_t len;
	struct sockaddr_storage sa;
	unsigned icmp = 0, received = 0;

	(void)state;
	door.open(door.ctx, 0, NATSONDE_UDP, &server, 0, &local);
	sa = to_system(&local, &len);
	for (unsigned i = 0; i < 5; i++) {
		send_text(0, &nobody, "lost");
		send_text(0, &server, "kept");
		assert_int_equal(recv(fd, bytes, sizeof(bytes), 0), 4);
		sendto(fd, "back", 4, 0, (struct sockaddr *)&sa, len);
	}
	for (wait_ms(50); event.kind != NATSONDE_EVENT_NONE; wait_ms(50)) {
		icmp += event.kind == NATSONDE_EVENT_ICMP;
		received += event.kind == NATSONDE_EVENT_RECEIVED;
	}
	assert_int_equal(received, 5);
	assert_int_equal(icmp, door.sees & NATSONDE_SEES_ICMP ? 5 : 0);
	close(held);
	close(fd);
}

static void wait_keeps_its_time(void **state)
{
	struct natsonde_addr local;
	natsonde_us least_late = NATSONDE_NEVER;

	(void)state;
	door.open(door.ctx, 0, NATSONDE_UDP, &LOOPBACK[0], 0, &local);
	for (unsigned i = 0; i < 5; i++) {
		natsonde_us until = door.now(door.ctx) + 30 * NATSONDE_MS + 300, late;

		door.wait(door.ctx, until, &event);
		late = door.now(door.ctx) - until;
		assert_int_equal(event.kind, NATSONDE_EVENT_NONE);
		assert_true(late >= 0);
		least_late = late < least_late ? late : least_late;
	}
	assert_true(least_late < 20 * NATSONDE_MS); /* 1 ms, and what a loaded machine adds at the best of five times */
}

static void wait_delivers_what_is_ready_even_when_the_time_is_over(void **state)
{
	struct natsonde_addr server, local;
	int fd = peer(0, SOCK_DGRAM, &server);
	socklen_t len;
	struct sockaddr_storage sa;

	(void)state;
	door.open(door.ctx, 0, NATSONDE_UDP, &server, 0, &local);
	sa = to_system(&local, &len);
	sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len);
	door.wait(door.ctx, 0, &event);
	assert_int_equal(event.kind, NATSONDE_EVENT_RECEIVED);
	door.wait(door.ctx, 0, &event);
	assert_int_equal(event.kind, NATSONDE_EVENT_NONE);
	close(fd);
}

static void sigint_ends_a_wait_at_once_and_is_told_once(void **state)
{
	pthread_t thread;
	natsonde_us began = door.now(door.ctx);

	(void)state;
	assert_false(natsonde_io_is_interrupted());
	pthread_create(&thread, NULL, press_interrupt, (void *)(intptr_t)20);
	door.wait(door.ctx, NATSONDE_NEVER, &event);
	pthread_join(thread, NULL);
	assert_int_equal(event.kind, NATSONDE_EVENT_INTERRUPT);
	assert_true(door.now(door.ctx) - began < 5 * NATSONDE_S);
	assert_true(natsonde_io_is_interrupted());
	wait_ms(5);
	assert_int_equal(event.kind, NATSONDE_EVENT_NONE);
}

static void sigint_before_a_wait_is_not_lost(void **state)
{
	(void)state;
	raise(SIGINT);
	door.wait(door.ctx, NATSONDE_NEVER, &event);
	assert_int_equal(event.kind, NATSONDE_EVENT_INTERRUPT);
}

static int status_after_two_presses(unsigned apart_ms)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		raise(SIGINT);
		usleep(apart_ms * 1000);
		raise(SIGINT);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void sigint_twice_at_once_is_one_press(void **state)
{
	(void)state;
	assert_true(WIFEXITED(status_after_two_presses(0)));
}

static void a_second_press_of_sigint_kills(void **state)
{
	int status = status_after_two_presses(600);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DOOR(udp_carries_datagrams_both_ways_over_ipv4),
		WITH_DOOR(udp_carries_datagrams_both_ways_over_ipv6),
		WITH_DOOR(udp_is_bound_to_the_source_that_the_route_uses),
		WITH_DOOR(udp_sends_from_the_address_asked_for),
		WITH_DOOR(udp_takes_the_port_asked_for_or_says_that_it_is_taken),
		WITH_DOOR(udp_delivers_the_smallest_and_the_largest_datagram_whole),
		WITH_DOOR(busy_slots_do_not_starve_one_another),
		WITH_DOOR(udp_probe_sockets_stay_unconnected),
		WITH_DOOR(icmp_names_the_destination_and_quotes_the_datagram),
		WITH_DOOR(icmp6_names_the_destination_and_quotes_the_datagram),
		WITH_DOOR(an_old_icmp_error_spoils_neither_sending_nor_receiving),
		WITH_DOOR(wait_keeps_its_time),
		WITH_DOOR(wait_delivers_what_is_ready_even_when_the_time_is_over),
		WITH_DOOR(sigint_ends_a_wait_at_once_and_is_told_once),
		WITH_DOOR(sigint_before_a_wait_is_not_lost),
		WITH_DOOR(sigint_twice_at_once_is_one_press),
		WITH_DOOR(a_second_press_of_sigint_kills),
	};

	return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}
