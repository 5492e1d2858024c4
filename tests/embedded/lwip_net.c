/* lwIP as Debian builds it, on a TAP device (PRECONFIGURED_TAPIF), beneath the project's own socket files: these are compiled
 * with the names of the socket functions changed to lane_... (lwip.sh). What Debian's build does not limit is limited here, as
 * ESP-IDF's does: LANE_SOCKETS open at once, LANE_MAILBOX datagrams kept for each UDP socket between two calls of poll().
 * LANE_NAP_MS: how long a busier task keeps this one waiting after each of them. LANE_BEACON_MS: Wi-Fi power saving: what comes
 * in is kept back and handed over all at once, every so many milliseconds; sending goes on meanwhile. LANE_NO_BUFFER: of so many
 * attempts to send a datagram, two in a row find no memory. */
#define _DEFAULT_SOURCE
#include "firmware.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/poll.h>

#include "lwip/netif.h"
#include "lwip/nd6.h"
#include "lwip/sockets.h"
#include "lwip/tcpip.h"
#include "netif/tapif.h"

#define BOXES 16
#define KEPT_MAX 128

int lane_socket(int domain, int type, int protocol);
int lane_close(int fd);
int lane_poll(struct pollfd *fds, nfds_t n, int timeout);
ssize_t lane_recvfrom(int fd, void *buf, size_t cap, int flags, struct sockaddr *from, socklen_t *from_len);
ssize_t lane_sendto(int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to, socklen_t to_len);
int lane_fcntl(int fd, int command, ...);

struct datagram {
	uint8_t bytes[2048];
	size_t len;
	struct sockaddr_storage from;
	socklen_t from_len;
};

struct mailbox {
	bool is_used;
	int fd;
	unsigned n;
	struct datagram kept[KEPT_MAX];
};

static struct netif interface;
static struct mailbox boxes[BOXES];
static unsigned open_now, most_open, refused, dropped, fullest, attempts, without_buffer;

static unsigned setting(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)atoi(text) : otherwise;
}

static struct mailbox *find_box(int fd)
{
	for (unsigned i = 0; i < BOXES; i++)
		if (boxes[i].is_used && boxes[i].fd == fd)
			return &boxes[i];
	return NULL;
}

int lane_socket(int domain, int type, int protocol)
{
	int fd;

	if (open_now >= setting("LANE_SOCKETS", BOXES)) {
		refused++;
		errno = ENFILE;
		return -1;
	}
	fd = lwip_socket(domain, type, protocol);
	if (fd < 0)
		return fd;
	most_open = ++open_now > most_open ? open_now : most_open;
	for (unsigned i = 0; type == SOCK_DGRAM && i < BOXES; i++) {
		if (boxes[i].is_used)
			continue;
		boxes[i].is_used = true;
		boxes[i].fd = fd;
		boxes[i].n = 0;
		break;
	}
	return fd;
}

int lane_close(int fd)
{
	struct mailbox *box = find_box(fd);

	if (box)
		box->is_used = false;
	open_now--;
	return lwip_close(fd);
}

int lane_fcntl(int fd, int command, ...)
{
	va_list arguments;
	int value;

	va_start(arguments, command);
	value = va_arg(arguments, int);
	va_end(arguments);
	return lwip_fcntl(fd, command, value);
}

static bool is_any_kept(void)
{
	for (unsigned i = 0; i < BOXES; i++)
		if (boxes[i].is_used && boxes[i].n > 0)
			return true;
	return false;
}

/* What came in since the last time goes into the mailbox as far as there is room. */
static void fill(struct mailbox *box)
{
	unsigned room = setting("LANE_MAILBOX", KEPT_MAX);

	for (;;) {
		struct datagram one;
		ssize_t n;

		one.from_len = sizeof(one.from);
		n = lwip_recvfrom(box->fd, one.bytes, sizeof(one.bytes), MSG_DONTWAIT, (struct sockaddr *)&one.from, &one.from_len);
		if (n < 0)
			return;
		one.len = (size_t)n;
		if (box->n < room)
			box->kept[box->n++] = one;
		else
			dropped++;
		fullest = box->n > fullest ? box->n : fullest;
	}
}

static void nap_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Milliseconds until the next beacon; 0: it is now, or there is no power saving. */
static long until_beacon(void)
{
	static long long last;
	const unsigned every = setting("LANE_BEACON_MS", 0);
	struct timespec t;
	long long now;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
	if (every > 0 && now / every == last / every)
		return (long)(every - now % every);
	last = now;
	return 0;
}

int lane_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	const bool is_full = is_any_kept(), saves_power = setting("LANE_BEACON_MS", 0) > 0;
	const long asleep = is_full ? 0 : until_beacon();
	int ready;

	if (is_full || (saves_power && !asleep) || (asleep && asleep < timeout))
		timeout = (int)asleep;
	ready = lwip_poll(fds, asleep ? 0 : n, timeout);
	nap_ms((long)setting("LANE_NAP_MS", 0));
	for (unsigned i = 0; i < BOXES && !asleep; i++)
		if (boxes[i].is_used)
			fill(&boxes[i]);
	for (nfds_t i = 0; i < n; i++) {
		struct mailbox *box = find_box(fds[i].fd);

		if (!box || box->n == 0 || fds[i].revents)
			continue;
		fds[i].revents = POLLIN;
		ready++;
	}
	return ready;
}

ssize_t lane_recvfrom(int fd, void *buf, size_t cap, int flags, struct sockaddr *from, socklen_t *from_len)
{
	struct mailbox *box = find_box(fd);
	struct datagram *first = box ? &box->kept[0] : NULL;
	size_t len;

	(void)flags;
	if (!box || box->n == 0) {
		errno = EWOULDBLOCK;
		return -1;
	}
	len = first->len < cap ? first->len : cap;
	memcpy(buf, first->bytes, len);
	memcpy(from, &first->from, first->from_len < *from_len ? first->from_len : *from_len);
	*from_len = first->from_len;
	box->n--;
	memmove(&box->kept[0], &box->kept[1], box->n * sizeof(box->kept[0]));
	return (ssize_t)len;
}

/* lwIP says ENOMEM where its pool of buffers is empty; natsonde tries twice before it believes an error. */
ssize_t lane_sendto(int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	const unsigned every = setting("LANE_NO_BUFFER", 0);

	if (every > 0 && attempts++ % every < 2) {
		without_buffer++;
		errno = ENOMEM;
		return -1;
	}
	return lwip_sendto(fd, bytes, len, flags, to, to_len);
}

static volatile bool is_ready;

static void on_ready(void *argument)
{
	(void)argument;
	is_ready = true;
}

/* The router is the first host of the network: X.Y.Z.1. */
static void add_interface(const char *text)
{
	ip4_addr_t ip = { 0 }, mask = { 0 }, gateway = { 0 };

	if (ip4addr_aton(text, &ip)) {
		IP4_ADDR(&mask, 255, 255, 255, 0);
		gateway.addr = (ip.addr & mask.addr) | htonl(1);
	}
	netif_add(&interface, &ip, &mask, &gateway, NULL, tapif_init, tcpip_input);
	interface.flags |= NETIF_FLAG_MLD6; /* else nobody hears that neighbours look for it */
	netif_set_default(&interface);
	netif_set_up(&interface);
	netif_set_link_up(&interface);
}

static void add_ip6(const char *text)
{
	ip6_addr_t ip6;
	s8_t index = -1;

	if (!ip6addr_aton(text, &ip6))
		return;
	netif_create_ip6_linklocal_address(&interface, 1);
	netif_ip6_addr_set_state(&interface, 0, IP6_ADDR_PREFERRED);
	netif_add_ip6_address(&interface, &ip6, &index);
	netif_ip6_addr_set_state(&interface, index, IP6_ADDR_PREFERRED);
}

/* A router advertisement must have told lwIP the way out. */
static bool has_router(const char *destination)
{
	ip6_addr_t ip6;

	ip6addr_aton(destination, &ip6);
	return nd6_find_route(&ip6) != NULL;
}

void firmware_network(const char *ip4, const char *ip6)
{
	srand((unsigned)time(NULL) ^ (unsigned)getpid()); /* lwIP's LWIP_RAND */
	tcpip_init(on_ready, NULL);
	while (!is_ready)
		nap_ms(1);
	LOCK_TCPIP_CORE();
	add_interface(ip4);
	add_ip6(ip6);
	UNLOCK_TCPIP_CORE();
	for (unsigned i = 0; ip6[0] != '-' && i < 200 && !has_router("2001:db8:3::10"); i++)
		nap_ms(20);
}

void firmware_network_end(void)
{
	fprintf(stderr, "lwIP: at most %u sockets at once, %u refused; mailboxes held at most %u, %u datagrams dropped; %u left open; "
		"%u times no buffer\n", most_open, refused, fullest, dropped, open_now, without_buffer);
}
