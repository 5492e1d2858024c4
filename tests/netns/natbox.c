/* natbox: the simulator's NAT for real packets, between two TUN devices, with the simulator's delay, jitter, loss and
 * duplicates on the way outside and back. For the laboratory of network namespaces, where the kernel's own NAT has one
 * filtering behaviour only and no delay.
 *
 *     natbox SPEC INSIDE OUTSIDE EXTERNAL [EXTERNAL]
 *
 * SPEC is as for --simulate, as far as it speaks of NATs and the link; what speaks of the host and of servers is refused.
 * EXTERNAL is the address outside, one for each family served. UDP and TCP are translated, in fragments or not; ICMP and all
 * else is dropped. Says "ready" once both devices exist; the caller moves them where they belong. Ends with its stdin. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "fragments.h"
#include "packet.h"
#include "sim/alg.h"
#include "sim/chain.h"
#include "sim/intercept.h"
#include "sim/link.h"

enum side { INSIDE, OUTSIDE, SIDES };
enum { QUEUE_MAX = 1024 };

/* A packet on its way; the due time is when it arrives at the far end of the link. */
struct packet {
	natsonde_us due;
	uint64_t number; /* of packets due at once, the first comes first */
	enum side to;
	size_t len;
	uint8_t bytes[NATBOX_PACKET_MAX];
};

struct box {
	struct natsonde_sim_spec spec;
	struct natsonde_chain udp, tcp;
	struct natsonde_link links[SIDES];     /* toward that side */
	struct natbox_puzzles puzzles[SIDES];  /* from that side */
	int fds[SIDES];
	uint64_t packets;
	uint32_t cuts; /* packets that have left in fragments */
	unsigned n_queued;
	struct packet queue[QUEUE_MAX]; /* in no order: few are under way at once */
};

static natsonde_us now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (natsonde_us)t.tv_sec * NATSONDE_S + t.tv_nsec / 1000;
}

/* --- The link --- */

static void put(const struct box *box, enum side to, const uint8_t *bytes, size_t len)
{
	/* A device that is down loses the packet, as a cable would. */
	ssize_t written = write(box->fds[to], bytes, len);
	(void)written;
}

static void deliver(struct box *box, enum side to, const uint8_t *bytes, size_t len)
{
	uint8_t piece[NATBOX_MTU];
	size_t at = 0, n;
	if (len <= NATBOX_MTU) {
		put(box, to, bytes, len);
		return;
	}
	box->cuts++;
	while ((n = natbox_fragment_cut(bytes, len, box->cuts, &at, piece)))
		put(box, to, piece, n);
}

static void enqueue(struct box *box, natsonde_us now, enum side to, const uint8_t *bytes, size_t len)
{
	natsonde_us arrive[2];
	unsigned copies = natsonde_link_pass(&box->links[to], now, arrive);
	for (unsigned i = 0; i < copies && box->n_queued < QUEUE_MAX; i++) {
		struct packet *p = &box->queue[box->n_queued++];
		p->due = arrive[i];
		p->number = box->packets++;
		p->to = to;
		p->len = len;
		memcpy(p->bytes, bytes, len);
	}
}

/* The packet that arrives next; NULL if none is under way. */
static struct packet *earliest(struct box *box)
{
	struct packet *first = NULL;
	for (struct packet *p = box->queue; p < box->queue + box->n_queued; p++)
		if (!first || p->due < first->due || (p->due == first->due && p->number < first->number))
			first = p;
	return first;
}

/* --- The NATs stand next to the client: delay lies between them and the outside --- */

static struct natsonde_chain *chain_of(struct box *box, const struct natbox_packet *v)
{
	return v->protocol == NATBOX_UDP ? &box->udp : &box->tcp;
}

static void refuse(struct box *box, const struct natbox_packet *v)
{
	uint8_t reply[NATBOX_REFUSAL_MAX];
	deliver(box, INSIDE, reply, natbox_packet_refuse(v, reply));
}

/* Whether something near answers in the place of whom the packet was for. */
static bool is_intercepted(struct box *box, const struct natbox_packet *v)
{
	uint8_t data[NATSONDE_INTERCEPT_ANSWER_MAX], reply[NATBOX_HEADERS_MAX + NATSONDE_INTERCEPT_ANSWER_MAX];
	struct natsonde_addr src = natbox_packet_src(v);
	size_t len = 0;
	if (box->spec.intercepts && v->protocol == NATBOX_UDP)
		len = natsonde_intercept_answer(&src, v->data, v->data_len, data);
	if (len)
		deliver(box, INSIDE, reply, natbox_packet_answer(v, data, len, reply));
	return len;
}

static void from_inside(struct box *box, natsonde_us now, uint8_t *bytes, size_t len)
{
	struct natbox_packet v;
	if (!natbox_packet_look(&v, bytes, len) || is_intercepted(box, &v))
		return;
	uint8_t rule = v.protocol == NATBOX_UDP ? box->spec.udp : box->spec.tcp;
	if (rule == NATSONDE_REJECT)
		refuse(box, &v);
	if (rule != NATSONDE_PASS || !natbox_packet_age(&v))
		return;
	struct natsonde_addr src = natbox_packet_src(&v), dst = natbox_packet_dst(&v), seen, to;
	enum natsonde_passage passage = natsonde_chain_leave(chain_of(box, &v), now, &src, &dst, &seen, &to);
	if (passage == NATSONDE_PASSAGE_NONE)
		return;
	natbox_packet_rewrite(&v, &seen, &to);
	if (passage == NATSONDE_PASSAGE_BACK)
		deliver(box, INSIDE, bytes, len);
	else
		enqueue(box, now, OUTSIDE, bytes, len);
}

/* A packet from the outside has come as far as the NATs. */
static void to_inside(struct box *box, natsonde_us now, uint8_t *bytes, size_t len)
{
	struct natbox_packet v;
	if (!natbox_packet_look(&v, bytes, len) || !natbox_packet_age(&v))
		return;
	struct natsonde_addr src = natbox_packet_src(&v), dst = natbox_packet_dst(&v), inside;
	if (!natsonde_chain_enter(chain_of(box, &v), now, &src, &dst, &inside))
		return;
	if (box->spec.rewrites_payload)
		natsonde_alg_rewrite(v.data, v.data_len, &dst, &inside);
	natbox_packet_rewrite(&v, &src, &inside);
	deliver(box, INSIDE, bytes, len);
}

/* --- The box --- */

static void arrivals(struct box *box, natsonde_us now)
{
	struct packet *p;
	while ((p = earliest(box)) && p->due <= now) {
		if (p->to == INSIDE)
			to_inside(box, now, p->bytes, p->len);
		else
			deliver(box, OUTSIDE, p->bytes, p->len);
		*p = box->queue[--box->n_queued];
	}
}

static void depart(struct box *box, enum side from, uint8_t *bytes, size_t len)
{
	if (from == INSIDE)
		from_inside(box, now_us(), bytes, len);
	else
		enqueue(box, now_us(), INSIDE, bytes, len);
}

/* Fragments say too little to be translated one by one: the NATs see whole datagrams alone. */
static void depart_in_fragments(struct box *box, enum side from, const uint8_t *bytes, size_t len)
{
	uint8_t whole[NATBOX_PACKET_MAX];
	uint8_t loses_these = from == INSIDE ? NATSONDE_FRAGMENTS_DROP_OUTBOUND : NATSONDE_FRAGMENTS_DROP_INBOUND;
	if (box->spec.fragments == NATSONDE_FRAGMENTS_DROP || box->spec.fragments == loses_these)
		return;
	len = natbox_fragment_join(&box->puzzles[from], now_us(), bytes, len, whole);
	if (len)
		depart(box, from, whole, len);
}

static void departures(struct box *box, enum side from)
{
	uint8_t bytes[NATBOX_PACKET_MAX];
	ssize_t n;
	while ((n = read(box->fds[from], bytes, sizeof(bytes))) > 0) {
		if (natbox_fragment_is(bytes, (size_t)n))
			depart_in_fragments(box, from, bytes, (size_t)n);
		else
			depart(box, from, bytes, (size_t)n);
	}
}

/* Whether whoever holds our stdin is still there. */
static bool is_wanted(short revents)
{
	char dust[64];
	return !revents || read(STDIN_FILENO, dust, sizeof(dust)) > 0;
}

static void run(struct box *box)
{
	struct pollfd fds[] = {
		{ .fd = box->fds[INSIDE], .events = POLLIN },
		{ .fd = box->fds[OUTSIDE], .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	do {
		struct packet *p = earliest(box);
		natsonde_us left = p ? p->due - now_us() : 0;
		if (left < 0)
			left = 0;
		struct timespec wait = { .tv_sec = left / NATSONDE_S, .tv_nsec = left % NATSONDE_S * 1000 };
		if (ppoll(fds, 3, p ? &wait : NULL, NULL) < 0)
			break;
		departures(box, INSIDE);
		departures(box, OUTSIDE);
		arrivals(box, now_us());
	} while (is_wanted(fds[2].revents));
}

static int open_tun(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || strlen(name) >= sizeof(request.ifr_name))
		return -1;
	memcpy(request.ifr_name, name, strlen(name));
	if (ioctl(fd, TUNSETIFF, &request) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool init(struct box *box, const char *text)
{
	struct natsonde_sim_complaint wrong;
	if (!natsonde_sim_parse(text, &box->spec, &wrong)) {
		fprintf(stderr, "natbox: %.*s: %s; accepted: %s\n", (int)wrong.len, wrong.at, wrong.what, wrong.accepted);
		return false;
	}
	const struct natsonde_sim_spec *s = &box->spec;
	if (s->conflict || s->drops_own_source || s->fragments == NATSONDE_FRAGMENTS_LOCAL || s->n_servers > 1 || s->server[0] ||
	    s->has_ipv6) {
		fprintf(stderr, "natbox: %s: conflict, accept-local, fragments=local, server and family are for --simulate alone\n", text);
		return false;
	}
	natsonde_link_init(&box->links[INSIDE], s, s->seed);
	natsonde_link_init(&box->links[OUTSIDE], s, s->seed + 1);
	natsonde_chain_init(&box->udp, s, NATSONDE_UDP, s->seed);
	natsonde_chain_init(&box->tcp, s, NATSONDE_TCP, s->seed + 2);
	return true;
}

/* Serves the families of those addresses; between two NATs lies a network of carriers (RFC 6598). */
static bool serve(struct box *box, char *const *externals)
{
	static const struct natsonde_addr middle[] = {
		{ .family = NATSONDE_IPV4, .ip = { 100, 64, 0, 2 } },
		{ .family = NATSONDE_IPV6, .ip = { 0x20, 0x01, 0x0d, 0xb8, 0, 0x64, [15] = 2 } },
	};
	for (unsigned i = 0; externals[i]; i++) {
		struct natsonde_addr external;
		if (!natsonde_addr_parse_ip(externals[i], &external)) {
			fprintf(stderr, "natbox: %s: not an IP address\n", externals[i]);
			return false;
		}
		natsonde_chain_serve(&box->udp, &external, &middle[external.family == NATSONDE_IPV6]);
		natsonde_chain_serve(&box->tcp, &external, &middle[external.family == NATSONDE_IPV6]);
	}
	return true;
}

int main(int argc, char **argv)
{
	static struct box box;
	if (argc < 5) {
		fprintf(stderr, "usage: natbox SPEC INSIDE OUTSIDE EXTERNAL [EXTERNAL]\n");
		return 2;
	}
	if (!init(&box, argv[1]) || !serve(&box, argv + 4))
		return 2;
	for (unsigned side = INSIDE; side < SIDES; side++) {
		box.fds[side] = open_tun(argv[2 + side]);
		if (box.fds[side] < 0) {
			fprintf(stderr, "natbox: %s: no TUN device: %s\n", argv[2 + side], strerror(errno));
			return 1;
		}
	}
	if (puts("ready") < 0 || fflush(stdout) != 0)
		return 1;
	run(&box);
	return 0;
}
