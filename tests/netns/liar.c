/* liar: the simulator's server on real sockets, with one of its faults: an RFC 5780 server as one may meet it, for the
 * laboratory of network namespaces.
 *
 *     liar FAULT A1 A2 PORT
 *
 * FAULT is as for --simulate server=, A1 and A2 are its addresses, PORT and PORT + 1 its ports. UDP alone; nothing listens
 * for TCP. Says "ready" once it listens. Ends with its stdin. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sim/server.h"

enum { ENDPOINTS = 4, SOCKETS_MAX = 8, LATER_MAX = 256 };

/* A socket on one of the server's endpoints; the further ones send from third addresses. */
struct place {
	struct natsonde_addr at;
	int fd;
};

/* A reply that the server takes its time for. */
struct later {
	natsonde_us due;
	struct natsonde_sim_reply reply;
	uint8_t bytes[NATSONDE_SIM_REPLY_MAX];
};

static struct natsonde_sim_server server;
static struct place places[SOCKETS_MAX];
static unsigned n_places, n_later;
static struct later queue[LATER_MAX]; /* in the order of arrival: every reply of a fault is equally late */

static natsonde_us now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (natsonde_us)t.tv_sec * NATSONDE_S + t.tv_nsec / 1000;
}

union any { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; };

static socklen_t to_os(const struct natsonde_addr *a, union any *os)
{
	memset(os, 0, sizeof(*os));
	if (a->family == NATSONDE_IPV6) {
		os->v6.sin6_family = AF_INET6;
		os->v6.sin6_port = htons(a->port);
		memcpy(&os->v6.sin6_addr, a->ip, 16);
		return sizeof(os->v6);
	}
	os->v4.sin_family = AF_INET;
	os->v4.sin_port = htons(a->port);
	memcpy(&os->v4.sin_addr, a->ip, 4);
	return sizeof(os->v4);
}

static struct natsonde_addr from_os(const union any *os)
{
	struct natsonde_addr a = { .family = os->any.sa_family == AF_INET6 ? NATSONDE_IPV6 : NATSONDE_IPV4 };

	if (a.family == NATSONDE_IPV6)
		memcpy(a.ip, &os->v6.sin6_addr, 16);
	else
		memcpy(a.ip, &os->v4.sin_addr, 4);
	a.port = ntohs(a.family == NATSONDE_IPV6 ? os->v6.sin6_port : os->v4.sin_port);
	return a;
}

/* The socket on that address, opened if there is none yet; NULL if it cannot be. */
static struct place *place_at(const struct natsonde_addr *at)
{
	union any os;
	socklen_t len = to_os(at, &os);
	int fd;

	for (unsigned i = 0; i < n_places; i++)
		if (natsonde_addr_equal(&places[i].at, at))
			return &places[i];
	if (n_places == SOCKETS_MAX)
		return NULL;
	fd = socket(os.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, &os.any, len) != 0)
		return NULL;
	places[n_places] = (struct place){ *at, fd };
	return &places[n_places++];
}

static void send_reply(const struct natsonde_sim_reply *reply, const uint8_t *bytes)
{
	const struct place *from = place_at(&reply->from);
	union any os;
	socklen_t len = to_os(&reply->to, &os);

	for (unsigned i = 0; from && i < reply->copies; i++)
		if (sendto(from->fd, bytes, reply->len, 0, &os.any, len) < 0)
			perror("liar: sendto");
}

static void serve(const struct place *place)
{
	uint8_t request[2048];
	union any os;
	socklen_t os_len = sizeof(os);
	ssize_t len = recvfrom(place->fd, request, sizeof(request), 0, &os.any, &os_len);
	struct later *l = &queue[n_later];
	struct natsonde_addr src;

	if (len < 0 || n_later == LATER_MAX)
		return;
	src = from_os(&os);
	if (!natsonde_sim_server_answer(&server, NATSONDE_UDP, &place->at, &src, request, (size_t)len, &l->reply, l->bytes))
		return;
	l->due = now_us() + l->reply.delay;
	if (l->reply.delay)
		n_later++;
	else
		send_reply(&l->reply, l->bytes);
}

static void send_what_is_due(void)
{
	unsigned n = 0;

	while (n < n_later && queue[n].due <= now_us()) {
		send_reply(&queue[n].reply, queue[n].bytes);
		n++;
	}
	memmove(queue, queue + n, (n_later - n) * sizeof(queue[0]));
	n_later -= n;
}

static void run(void)
{
	char dust[64];

	for (;;) {
		struct pollfd fds[SOCKETS_MAX + 1] = { { .fd = STDIN_FILENO, .events = POLLIN } };
		natsonde_us left = n_later ? queue[0].due - now_us() : 0;
		unsigned n = n_places;

		for (unsigned i = 0; i < n; i++)
			fds[i + 1] = (struct pollfd){ .fd = places[i].fd, .events = POLLIN };
		if (poll(fds, n + 1, n_later ? (left > 0 ? (int)(left / 1000 + 1) : 0) : -1) < 0)
			return;
		if (fds[0].revents && read(STDIN_FILENO, dust, sizeof(dust)) <= 0)
			return;
		for (unsigned i = 0; i < n; i++)
			if (fds[i + 1].revents)
				serve(&places[i]);
		send_what_is_due();
	}
}

static bool read_fault(const char *name, uint8_t *fault)
{
	struct natsonde_sim_complaint wrong;
	struct natsonde_sim_spec spec;
	char text[64];

	snprintf(text, sizeof(text), "server=%s", name);
	if (!natsonde_sim_parse(text, &spec, &wrong)) {
		fprintf(stderr, "liar: %s: not a fault; there are: %s\n", name, wrong.accepted);
		return false;
	}
	*fault = spec.server[0];
	return true;
}

int main(int argc, char **argv)
{
	struct natsonde_addr a1, a2;
	uint8_t fault;

	if (argc != 5 || !natsonde_addr_parse_ip(argv[2], &a1) || !natsonde_addr_parse_ip(argv[3], &a2)) {
		fprintf(stderr, "usage: liar FAULT A1 A2 PORT\n");
		return 2;
	}
	if (!read_fault(argv[1], &fault))
		return 2;
	a1.port = (uint16_t)strtoul(argv[4], NULL, 10);
	natsonde_sim_server_init(&server, &a1, (enum natsonde_sim_fault)fault);
	server.ip[1] = a2;
	for (unsigned i = 0; i < ENDPOINTS; i++) {
		struct natsonde_addr at = natsonde_sim_server_at(&server, i / 2, i % 2);

		if (!place_at(&at)) {
			fprintf(stderr, "liar: cannot listen on its addresses: %s\n", strerror(errno));
			return 1;
		}
	}
	if (puts("ready") < 0 || fflush(stdout) != 0)
		return 1;
	run();
	return 0;
}
