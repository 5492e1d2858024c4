/* What the tests of the door to the operating system share: the door, and peers to talk to, over loopback alone. */
#ifndef TESTS_UNIT_IO_PEER_H
#define TESTS_UNIT_IO_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <natsonde/io.h>

static struct natsonde_door door;
static struct natsonde_event event;

static const struct natsonde_addr LOOPBACK[2] = {
	{ .family = NATSONDE_IPV4, .ip = { 127, 0, 0, 1 } },
	{ .family = NATSONDE_IPV6, .ip = { [15] = 1 } },
};

static inline void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static inline void start(const struct natsonde_io_config *config)
{
	static const struct natsonde_io_config any;
	enum natsonde_fault fault;

	signal(SIGINT, SIG_DFL); /* whatever started the tests */
	assert_true(natsonde_io_start(config ? config : &any, &door, &fault));
	assert_int_equal(fault, NATSONDE_OK);
}

static inline int begin(void **state)
{
	(void)state;
	start(NULL);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	natsonde_io_stop();
	return 0;
}

static inline void wait_ms(natsonde_us ms)
{
	door.wait(door.ctx, door.now(door.ctx) + ms * NATSONDE_MS, &event);
}

static inline struct sockaddr_storage to_system(const struct natsonde_addr *a, socklen_t *len)
{
	struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(a->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(a->port) };

	memcpy(&in4.sin_addr, a->ip, 4);
	memcpy(&in6.sin6_addr, a->ip, 16);
	*len = a->family == NATSONDE_IPV6 ? sizeof(in6) : sizeof(in4);
	if (a->family == NATSONDE_IPV6)
		memcpy(&sa, &in6, sizeof(in6));
	else
		memcpy(&sa, &in4, sizeof(in4));
	return sa;
}

static inline uint16_t port_of(int fd)
{
	struct sockaddr_storage sa;
	struct sockaddr_in in4;
	socklen_t len = sizeof(sa);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	memcpy(&in4, &sa, sizeof(in4)); /* the port stands where sockaddr_in6 has it */
	return ntohs(in4.sin_port);
}

/* A blocking peer on loopback, at *at; -1 if this host has no such loopback. */
static inline int peer(unsigned family, int type, struct natsonde_addr *at)
{
	struct timeval limit = { .tv_sec = 2 };
	socklen_t len;
	struct sockaddr_storage sa;
	int fd;

	*at = LOOPBACK[family];
	sa = to_system(at, &len);
	fd = socket(sa.ss_family, type, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, len) < 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	at->port = port_of(fd);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static inline int peer_or_skip(unsigned family, int type, struct natsonde_addr *at)
{
	int fd = peer(family, type, at);

	if (fd < 0) {
		print_message("no loopback for IPv%s here: skipped\n", family ? "6" : "4");
		skip();
	}
	return fd;
}

/* A loopback port that nobody has. To be drawn when all peers are there, or one of them may get it. */
static inline uint16_t free_port(unsigned family, int type)
{
	struct natsonde_addr at;
	int fd = peer(family, type, &at);

	assert_true(fd >= 0);
	close(fd);
	return at.port;
}

/* A loopback port that is kept from everybody else, and where whoever comes is refused: a connection for want of a listener, a
 * datagram as it does not come from the one that the socket is connected to, itself. -1 as peer. */
static inline int nobody_at(unsigned family, int type, struct natsonde_addr *at)
{
	socklen_t len;
	struct sockaddr_storage sa;
	int fd;

	if (type == SOCK_DGRAM) {
		fd = peer(family, type, at);
		sa = to_system(at, &len);
		assert_true(fd < 0 || connect(fd, (struct sockaddr *)&sa, len) == 0);
		return fd;
	}
	*at = LOOPBACK[family];
	sa = to_system(at, &len);
	fd = socket(sa.ss_family, type, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	at->port = port_of(fd);
	return fd;
}

static inline void send_text(unsigned slot, const struct natsonde_addr *to, const char *text)
{
	assert_int_equal(door.send(door.ctx, slot, to, (const uint8_t *)text, strlen(text)), NATSONDE_OK);
}

static inline void *press_interrupt(void *pause_ms)
{
	sleep_ms((long)(intptr_t)pause_ms);
	kill(getpid(), SIGINT);
	return NULL;
}

static inline void exchange(unsigned family)
{
	struct natsonde_addr server, local;
	int fd = peer_or_skip(family, SOCK_DGRAM, &server);
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char bytes[16];

	assert_int_equal(door.open(door.ctx, 3, NATSONDE_UDP, &server, 0, &local), NATSONDE_OK);
	assert_true(natsonde_addr_same_ip(&local, &LOOPBACK[family]));
	assert_int_not_equal(local.port, 0);
	send_text(3, &server, "ping");
	assert_int_equal(recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &len), 4);
	sendto(fd, "pong!", 5, 0, (struct sockaddr *)&from, len);
	wait_ms(2000);
	assert_int_equal(event.kind, NATSONDE_EVENT_RECEIVED);
	assert_int_equal(event.slot, 3);
	assert_true(natsonde_addr_equal(&event.peer, &server));
	assert_int_equal(event.len, 5);
	assert_memory_equal(event.bytes, "pong!", 5);
	close(fd);
}

#define WITH_DOOR(test) cmocka_unit_test_setup_teardown(test, begin, end)

#endif
