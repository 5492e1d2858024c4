#define _DEFAULT_SOURCE /* fd_set, struct timeval */
#include "srv.h"

#include <string.h>

#ifdef NATSONDE_HAS_CARES

#include <stdio.h>
#include <sys/poll.h>
#include <sys/select.h>

#include <ares.h>

#include "host.h"

#define CLASS_IN 1
#define TYPE_SRV 33
#define FIRST_TRY_MS 1000 /* doubled each time */
#define TRIES 3

bool natsonde_io_srv_start(void)
{
	return ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
}

/* A target that is the root says that there is no such service (RFC 2782). */
static void on_answer(void *answer, int status, int timeouts, unsigned char *bytes, int len)
{
	struct natsonde_io_srv *srv = answer;
	struct ares_srv_reply *list = NULL;

	(void)timeouts;
	if (status != ARES_SUCCESS || ares_parse_srv_reply(bytes, len, &list) != ARES_SUCCESS)
		return;
	for (const struct ares_srv_reply *i = list; i && srv->n < NATSONDE_IO_SRV_TARGETS; i = i->next) {
		struct natsonde_io_srv_target *target = &srv->targets[srv->n];

		if (!*i->host || !i->port || strlen(i->host) >= sizeof(target->host))
			continue;
		strcpy(target->host, i->host);
		target->port = i->port;
		target->priority = i->priority;
		target->weight = i->weight;
		srv->n++;
	}
	ares_free_data(list);
}

static int wait_ms(ares_channel channel, natsonde_us left)
{
	struct timeval longest = { .tv_sec = (time_t)(left / NATSONDE_S), .tv_usec = (suseconds_t)(left % NATSONDE_S) }, next;
	const struct timeval *until = ares_timeout(channel, &longest, &next);

	return (int)(until->tv_sec * 1000 + until->tv_usec / 1000 + 1);
}

static void run(ares_channel channel, natsonde_us until)
{
	for (natsonde_us left; (left = until - natsonde_io_now()) > 0;) {
		ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
		struct pollfd fds[ARES_GETSOCK_MAXNUM];
		unsigned wanted = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM), n = 0;

		/* A bit for each socket to read from, and as many to write to; c-ares' own macros shift into the sign. */
		for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
			bool is_read = wanted >> i & 1, is_written = wanted >> (i + ARES_GETSOCK_MAXNUM) & 1;

			if (is_read || is_written)
				fds[n++] = (struct pollfd){ .fd = sockets[i], .events = is_written ? POLLIN | POLLOUT : POLLIN };
		}
		if (!n)
			return; /* all is answered */
		if (poll(fds, n, wait_ms(channel, left)) <= 0)
			ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		for (unsigned i = 0; i < n; i++)
			if (fds[i].revents)
				ares_process_fd(channel, fds[i].fd, fds[i].revents & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
	}
}

/* The next one to try: of the lowest priority, by chance as its weight says. */
static unsigned choose(const struct natsonde_io_srv_target *targets, unsigned n)
{
	uint32_t sum = 0, draw = 0, passed = 0;
	unsigned lowest = UINT16_MAX;

	for (unsigned i = 0; i < n; i++)
		lowest = targets[i].priority < lowest ? targets[i].priority : lowest;
	for (unsigned i = 0; i < n; i++)
		sum += targets[i].priority == lowest ? targets[i].weight : 0u;
	if (natsonde_io_random((uint8_t *)&draw, sizeof(draw)))
		draw %= sum + 1;
	for (unsigned i = 0; i < n; i++) {
		if (targets[i].priority != lowest)
			continue;
		passed += targets[i].weight;
		if (passed >= draw)
			return i;
	}
	return 0;
}

static void put_in_order(struct natsonde_io_srv *srv)
{
	for (unsigned i = 0; i + 1 < srv->n; i++) {
		unsigned chosen = i + choose(&srv->targets[i], srv->n - i);
		struct natsonde_io_srv_target first = srv->targets[chosen];

		srv->targets[chosen] = srv->targets[i];
		srv->targets[i] = first;
	}
}

void natsonde_io_srv_look_up(const char *domain, const char *const services[NATSONDE_IO_SERVICES], natsonde_us until,
			     struct natsonde_io_srv answers[NATSONDE_IO_SERVICES])
{
	struct ares_options options = { .timeout = FIRST_TRY_MS, .tries = TRIES };
	char name[NATSONDE_IO_SRV_HOST + 32];
	ares_channel channel;

	memset(answers, 0, NATSONDE_IO_SERVICES * sizeof(answers[0]));
	if (ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS)
		return;
	for (unsigned i = 0; i < NATSONDE_IO_SERVICES && services[i]; i++) {
		snprintf(name, sizeof(name), "%s.%s", services[i], domain);
		ares_query(channel, name, CLASS_IN, TYPE_SRV, on_answer, &answers[i]);
	}
	run(channel, until);
	ares_destroy(channel);
	for (unsigned i = 0; i < NATSONDE_IO_SERVICES; i++)
		put_in_order(&answers[i]);
}

#else

bool natsonde_io_srv_start(void)
{
	return false;
}

void natsonde_io_srv_look_up(const char *domain, const char *const services[NATSONDE_IO_SERVICES], natsonde_us until,
			     struct natsonde_io_srv answers[NATSONDE_IO_SERVICES])
{
	(void)domain, (void)services, (void)until;
	memset(answers, 0, NATSONDE_IO_SERVICES * sizeof(answers[0]));
}

#endif
