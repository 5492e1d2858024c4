/* One STUN exchange over TCP: whole messages from a stream, and every way in which there is none. */
#define _GNU_SOURCE
#include "io_peer.h"

#include <natsonde/stun.h>

static size_t stun_response(uint8_t *bytes, size_t cap)
{
	struct natsonde_stun_message message = {
		.cls = NATSONDE_STUN_SUCCESS, .method = NATSONDE_STUN_BINDING, .xor_mapped = LOOPBACK[0], .origin = LOOPBACK[0],
	};
	size_t len = natsonde_stun_encode(&message, bytes, cap);

	assert_true(len > NATSONDE_STUN_HEADER);
	return len;
}

/* Connects slot 0, sends "request" before the connection can stand, and returns the server's end. */
static int connect_slot(struct natsonde_addr *server)
{
	struct natsonde_addr local;
	int listener = peer(0, SOCK_STREAM, server), fd;
	char bytes[16];

	assert_int_equal(door.open(door.ctx, 0, NATSONDE_TCP, server, 0, &local), NATSONDE_OK);
	assert_true(natsonde_addr_same_ip(&local, &LOOPBACK[0]));
	send_text(0, server, "request");
	wait_ms(5);
	assert_int_equal(event.kind, NATSONDE_EVENT_NONE);
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	assert_int_equal(recv(fd, bytes, sizeof(bytes), 0), 7);
	assert_memory_equal(bytes, "request", 7);
	close(listener);
	return fd;
}

static void tcp_collects_one_whole_message_from_single_bytes(void **state)
{
	struct natsonde_addr server;
	uint8_t message[128];
	size_t len = stun_response(message, sizeof(message));
	int fd = connect_slot(&server);

	(void)state;
	for (size_t i = 0; i + 1 < len; i++) {
		assert_int_equal(send(fd, &message[i], 1, 0), 1);
		wait_ms(1);
		assert_int_equal(event.kind, NATSONDE_EVENT_NONE);
	}
	send(fd, &message[len - 1], 1, 0);
	send(fd, "more", 4, 0);
	wait_ms(2000);
	assert_int_equal(event.kind, NATSONDE_EVENT_RECEIVED);
	assert_true(natsonde_addr_equal(&event.peer, &server));
	assert_int_equal(event.len, len);
	assert_memory_equal(event.bytes, message, len);
	close(fd);
	wait_ms(5); /* after its message a stream has nothing more to tell */
	assert_int_equal(event.kind, NATSONDE_EVENT_NONE);
}

static void assert_closed(void)
{
	wait_ms(2000);
	assert_int_equal(event.kind, NATSONDE_EVENT_CLOSED);
	assert_int_equal(event.slot, 0);
	wait_ms(5);
	assert_int_equal(event.kind, NATSONDE_EVENT_NONE);
}

static void tcp_refused_is_closed(void **state)
{
	struct natsonde_addr nobody, local;
	int held = nobody_at(0, SOCK_STREAM, &nobody);

	(void)state;
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_TCP, &nobody, 0, &local), NATSONDE_OK);
	assert_int_equal(door.send(door.ctx, 0, &nobody, (const uint8_t *)"x", 1), NATSONDE_OK);
	assert_closed();
	close(held);
}

static void tcp_that_ends_within_a_message_is_closed(void **state)
{
	struct natsonde_addr server;
	uint8_t message[128];
	size_t len = stun_response(message, sizeof(message));
	int fd = connect_slot(&server);

	(void)state;
	send(fd, message, len - 1, 0);
	close(fd);
	for (wait_ms(2000); event.kind == NATSONDE_EVENT_NONE; wait_ms(2000))
		;
	assert_int_equal(event.kind, NATSONDE_EVENT_CLOSED);
}

static void tcp_that_is_reset_is_closed_without_sigpipe(void **state)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	struct natsonde_addr server;
	int fd = connect_slot(&server);

	(void)state;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
	door.send(door.ctx, 0, &server, (const uint8_t *)"x", 1);
	door.send(door.ctx, 0, &server, (const uint8_t *)"x", 1);
	assert_closed();
}

static void tcp_that_speaks_no_stun_is_closed(void **state)
{
	struct natsonde_addr server;
	int fd = connect_slot(&server);

	(void)state;
	send(fd, "\xff\xff\xff\xff", 4, 0);
	assert_closed();
	close(fd);
}

/* RFC 5780 section 4.3 over TCP: one local port, four endpoints. Each sends its slot's number, and gets it back. */
static void tcp_has_several_connections_from_one_port(void **state)
{
	struct natsonde_addr servers[4], local;
	uint8_t message[128];
	size_t len = stun_response(message, sizeof(message));
	unsigned answered = 0;
	uint16_t port;
	int listeners[4], fds[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		listeners[i] = peer(0, SOCK_STREAM, &servers[i]);
	port = free_port(0, SOCK_STREAM);
	for (unsigned i = 0; i < 4; i++) {
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);

		assert_int_equal(door.open(door.ctx, 40 + i, NATSONDE_TCP, &servers[i], port, &local), NATSONDE_OK);
		assert_true(natsonde_addr_same_ip(&local, &LOOPBACK[0]));
		assert_int_equal(local.port, port);
		fds[i] = accept(listeners[i], (struct sockaddr *)&from, &from_len);
		assert_int_equal(ntohs(from.sin_port), port);
		close(listeners[i]);
	}
	for (unsigned i = 0; i < 4; i++)
		send(fds[3 - i], message, len, 0);
	for (wait_ms(2000); answered < 4 && event.kind == NATSONDE_EVENT_RECEIVED; answered++, wait_ms(20)) {
		assert_in_range(event.slot, 40, 43);
		assert_true(natsonde_addr_equal(&event.peer, &servers[event.slot - 40]));
		assert_int_equal(event.len, len);
	}
	assert_int_equal(answered, 4);
	for (unsigned i = 0; i < 4; i++)
		close(fds[i]);
}

static void tcp_from_the_address_and_port_asked_for(void **state)
{
	struct natsonde_io_config config = { .bind = { { .family = NATSONDE_IPV4, .ip = { 127, 0, 0, 5 } } } };
	struct natsonde_addr server, local;
	int listener = peer(0, SOCK_STREAM, &server);
	uint16_t port = free_port(0, SOCK_STREAM);

	(void)state;
	natsonde_io_stop();
	start(&config);
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_TCP, &server, port, &local), NATSONDE_OK);
	assert_memory_equal(local.ip, config.bind[0].ip, 4);
	assert_int_equal(local.port, port);
	close(listener);
}

static void tcp_from_one_port_over_ipv6(void **state)
{
	struct natsonde_addr servers[2], local;
	int listeners[2] = { peer_or_skip(1, SOCK_STREAM, &servers[0]), peer_or_skip(1, SOCK_STREAM, &servers[1]) };
	uint16_t port = free_port(1, SOCK_STREAM);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(door.open(door.ctx, i, NATSONDE_TCP, &servers[i], port, &local), NATSONDE_OK);
		assert_true(natsonde_addr_same_ip(&local, &LOOPBACK[1]));
		assert_int_equal(local.port, port);
	}
	close(listeners[0]);
	close(listeners[1]);
}

static void tcp_says_that_a_port_is_taken(void **state)
{
	struct natsonde_addr server, taken, local;
	int listener = peer(0, SOCK_STREAM, &server), other = peer(0, SOCK_STREAM, &taken);
	uint16_t port = free_port(0, SOCK_STREAM);

	(void)state;
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_TCP, &server, taken.port, &local), NATSONDE_FAULT_PORT_TAKEN);
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_TCP, &server, port, &local), NATSONDE_OK);
	/* There cannot be the same connection twice. */
	assert_int_equal(door.open(door.ctx, 1, NATSONDE_TCP, &server, port, &local), NATSONDE_FAULT_PORT_TAKEN);
	close(listener);
	close(other);
}

/* Who closes first remembers the connection for a minute; that must not cost the next run its socket. */
static void tcp_that_this_side_has_closed_leaves_the_port_to_other_destinations(void **state)
{
	struct natsonde_addr server, other, local;
	int listeners[2] = { peer(0, SOCK_STREAM, &server), peer(0, SOCK_STREAM, &other) }, fd;
	uint16_t port = free_port(0, SOCK_STREAM);
	char byte;

	(void)state;
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_TCP, &server, port, &local), NATSONDE_OK);
	fd = accept(listeners[0], NULL, NULL);
	door.close(door.ctx, 0);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_TCP, &other, port, &local), NATSONDE_OK);
	close(listeners[0]);
	close(listeners[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DOOR(tcp_collects_one_whole_message_from_single_bytes),
		WITH_DOOR(tcp_refused_is_closed),
		WITH_DOOR(tcp_that_ends_within_a_message_is_closed),
		WITH_DOOR(tcp_that_is_reset_is_closed_without_sigpipe),
		WITH_DOOR(tcp_that_speaks_no_stun_is_closed),
		WITH_DOOR(tcp_has_several_connections_from_one_port),
		WITH_DOOR(tcp_from_the_address_and_port_asked_for),
		WITH_DOOR(tcp_from_one_port_over_ipv6),
		WITH_DOOR(tcp_says_that_a_port_is_taken),
		WITH_DOOR(tcp_that_this_side_has_closed_leaves_the_port_to_other_destinations),
	};

	return cmocka_run_group_tests_name("io: TCP", tests, NULL, NULL);
}
