#define _DEFAULT_SOURCE
#include "sockets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/poll.h>
#include <unistd.h>

#include "host.h"
#include "icmp.h"
#include "tcp.h"
#include "udp.h"

/* The largest datagram that is handed on whole. An answer with PADDING is as large as the MTU of the server's interface
 * (RFC 5780 section 7.6), and loopback's is larger than any datagram: there is no bound but UDP's, whose length has 16 bits. A
 * device has room for an answer to Ethernet's MTU; lwIP as firmware has it puts nothing larger together, if it does at all. */
#ifdef ESP_PLATFORM
#define DATAGRAM 2048
#else
#define DATAGRAM 65535
#endif
/* How long poll() may keep an interrupt waiting where nothing can wake it. */
#define WAKELESS (100 * NATSONDE_MS)

/* A slot that is open. */
struct entry {
	bool is_open;
	unsigned slot;                     /* the caller's number */
	int fd;                            /* UDP */
	struct natsonde_io_stream *stream; /* TCP, else NULL */
};

/* One for each socket and one for the interrupt. */
struct poll_set {
	struct pollfd fds[NATSONDE_IO_SOCKETS + 1];
	struct entry *entries[NATSONDE_IO_SOCKETS + 1];
	nfds_t n;
	bool has_news;
};

struct sockets {
	struct entry entries[NATSONDE_IO_SOCKETS];
	unsigned served; /* the entry that had the last event: the others come first next time */
	uint8_t datagram[DATAGRAM];
};

/* Only while the door is open: a microcontroller has better use for the memory. */
static struct sockets *sockets;

static natsonde_us door_now(void *ctx)
{
	(void)ctx;
	return natsonde_io_now();
}

static void door_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	if (!natsonde_io_random(out, n))
		abort(); /* there was chance at the start; ids that can be guessed would be believed */
}

/* NULL if that slot is not open. */
static struct entry *find_open(struct sockets *all, unsigned slot)
{
	for (unsigned i = 0; i < NATSONDE_IO_SOCKETS; i++)
		if (all->entries[i].is_open && all->entries[i].slot == slot)
			return &all->entries[i];
	return NULL;
}

static struct entry *find_free(struct sockets *all)
{
	for (unsigned i = 0; i < NATSONDE_IO_SOCKETS; i++)
		if (!all->entries[i].is_open)
			return &all->entries[i];
	return NULL;
}

static void close_entry(struct entry *entry)
{
	if (entry->stream)
		natsonde_io_tcp_close(entry->stream);
	else
		close(entry->fd);
	memset(entry, 0, sizeof(*entry));
}

static void door_close(void *ctx, unsigned slot)
{
	struct entry *entry = find_open(ctx, slot);

	if (entry)
		close_entry(entry);
}

static enum natsonde_fault door_open(void *ctx, unsigned slot, enum natsonde_transport transport,
				     const struct natsonde_addr *toward, uint16_t port, struct natsonde_addr *local)
{
	struct entry *entry = find_free(ctx);
	enum natsonde_fault fault;

	if (slot >= NATSONDE_DOOR_SLOTS || find_open(ctx, slot))
		return NATSONDE_FAULT_OTHER;
	if (!entry)
		return NATSONDE_FAULT_NO_SOCKET;
	entry->slot = slot;
	if (transport == NATSONDE_TCP)
		entry->stream = natsonde_io_tcp_open(toward, port, local, &fault);
	else
		entry->fd = natsonde_io_udp_open(toward, port, local, &fault);
	entry->is_open = fault == NATSONDE_OK;
	return fault;
}

static enum natsonde_fault door_send(void *ctx, unsigned slot, const struct natsonde_addr *to, const uint8_t *bytes, size_t len)
{
	const struct entry *entry = find_open(ctx, slot);

	if (!entry)
		return NATSONDE_FAULT_OTHER;
	return entry->stream ? natsonde_io_tcp_send(entry->stream, bytes, len) : natsonde_io_udp_send(entry->fd, to, bytes, len);
}

static void add(struct poll_set *set, struct entry *entry, int fd, short events)
{
	set->fds[set->n].fd = fd;
	set->fds[set->n].events = events;
	set->fds[set->n].revents = 0;
	set->entries[set->n++] = entry;
}

/* The interrupt comes first, then the sockets from the one after the last served: none can starve another. Only what is open
 * is listed, as poll() refuses lists that are longer than the descriptor limit. */
static void list(struct sockets *all, struct poll_set *set)
{
	set->n = 0;
	set->has_news = false;
	add(set, NULL, natsonde_io_wake_descriptor(), POLLIN);
	for (unsigned i = 1; i <= NATSONDE_IO_SOCKETS; i++) {
		struct entry *entry = &all->entries[(all->served + i) % NATSONDE_IO_SOCKETS];

		if (!entry->is_open)
			continue;
		if (!entry->stream) {
			add(set, entry, entry->fd, POLLIN);
		} else if (!natsonde_io_tcp_is_over(entry->stream)) {
			add(set, entry, natsonde_io_tcp_descriptor(entry->stream), natsonde_io_tcp_wants(entry->stream));
			set->has_news |= natsonde_io_tcp_has_news(entry->stream);
		}
	}
}

/* Rounded up, so that the time has come when poll() returns. */
static int timeout_ms(natsonde_us until)
{
	natsonde_us left = until - natsonde_io_now();
	const natsonde_us longest = natsonde_io_wake_descriptor() < 0 ? WAKELESS : 3600 * NATSONDE_S;

	if (left <= 0)
		return 0;
	return (int)(((left < longest ? left : longest) + NATSONDE_MS - 1) / NATSONDE_MS);
}

static bool serve(struct sockets *all, const struct entry *entry, short revents, struct natsonde_event *event)
{
	if (entry->stream)
		return natsonde_io_tcp_work(entry->stream, revents, event);
	/* The error queue first: emptying it takes the error off the socket, which receiving would meet otherwise. */
	if ((revents & POLLERR) && natsonde_io_icmp_receive(entry->fd, all->datagram, sizeof(all->datagram), event))
		return true;
	return revents && natsonde_io_udp_receive(entry->fd, all->datagram, sizeof(all->datagram), event);
}

static bool find_event(struct sockets *all, const struct poll_set *set, struct natsonde_event *event)
{
	if ((set->fds[0].revents || set->fds[0].fd < 0) && natsonde_io_wake_take()) {
		event->kind = NATSONDE_EVENT_INTERRUPT;
		return true;
	}
	for (nfds_t i = 1; i < set->n; i++) {
		if (!serve(all, set->entries[i], set->fds[i].revents, event))
			continue;
		all->served = (unsigned)(set->entries[i] - all->entries);
		event->slot = set->entries[i]->slot;
		return true;
	}
	return false;
}

static void door_wait(void *ctx, natsonde_us until, struct natsonde_event *event)
{
	struct sockets *all = ctx;
	struct poll_set set;

	memset(event, 0, sizeof(*event));
	do { /* once even if the time has come: what is ready is not lost to a busy host */
		list(all, &set);
		/* When poll() fails (EINTR), no revents are set, and the next round finds the interrupt. */
		(void)poll(set.fds, set.n, set.has_news ? 0 : timeout_ms(until));
		if (find_event(all, &set, event))
			return;
	} while (natsonde_io_now() < until);
}

bool natsonde_io_sockets_door(struct natsonde_door *door)
{
	if (!sockets)
		sockets = calloc(1, sizeof(*sockets));
	memset(door, 0, sizeof(*door));
	door->ctx = sockets;
	door->sees = natsonde_io_icmp_is_seen() ? NATSONDE_SEES_ICMP : 0;
	door->now = door_now;
	door->random = door_random;
	door->open = door_open;
	door->close = door_close;
	door->send = door_send;
	door->wait = door_wait;
	return sockets != NULL;
}

void natsonde_io_sockets_close_all(void)
{
	for (unsigned i = 0; sockets && i < NATSONDE_IO_SOCKETS; i++)
		if (sockets->entries[i].is_open)
			close_entry(&sockets->entries[i]);
	free(sockets);
	sockets = NULL;
}
