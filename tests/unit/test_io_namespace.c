/* What this program needs a network of its own for: fragments, and what the door says that it sees. It makes itself a namespace
 * with nothing but loopback, whose packets are then no larger than Ethernet's. */
#define _GNU_SOURCE
#include "io_peer.h"

#ifdef __linux__
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define LARGE 2600

static bool has_namespace;

static bool set_loopback_up(int mtu)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_mtu = mtu };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool is_set = ioctl(fd, SIOCSIFMTU, &request) == 0;

	request.ifr_flags = IFF_UP | IFF_RUNNING;
	is_set = is_set && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	close(fd);
	return is_set;
}

static int make_namespace(void **state)
{
	(void)state;
	has_namespace = (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) && set_loopback_up(1500);
	return 0;
}

static void need_namespace(void)
{
	if (has_namespace)
		return;
	print_message("no network namespace of our own here: skipped\n");
	skip();
}

/* Reads what passed over loopback meanwhile; counts the IPv4 packets with DF, and those that are fragments. */
static void count_packets(int fd, unsigned *with_df, unsigned *fragments)
{
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	uint8_t ip[20];

	*with_df = *fragments = 0;
	while (recvfrom(fd, ip, sizeof(ip), MSG_DONTWAIT, (struct sockaddr *)&from, &len) == sizeof(ip)) {
		if (from.sll_pkttype != PACKET_OUTGOING) {
			*with_df += (ip[6] & 0x40) != 0;
			*fragments += (ip[6] & 0x3f) != 0 || ip[7] != 0;
		}
		len = sizeof(from);
	}
}

/* A large datagram there and back. */
static void exchange_large(unsigned family)
{
	static uint8_t bytes[LARGE], got[LARGE + 1];
	struct natsonde_addr server, local;
	int fd = peer_or_skip(family, SOCK_DGRAM, &server);
	socklen_t len;
	struct sockaddr_storage sa;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_UDP, &server, 0, &local), NATSONDE_OK);
	assert_int_equal(door.send(door.ctx, 0, &server, bytes, sizeof(bytes)), NATSONDE_OK);
	assert_int_equal(recv(fd, got, sizeof(got), 0), sizeof(bytes));
	assert_memory_equal(got, bytes, sizeof(bytes));
	sa = to_system(&local, &len);
	sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&sa, len);
	wait_ms(2000);
	assert_int_equal(event.kind, NATSONDE_EVENT_RECEIVED);
	assert_int_equal(event.len, sizeof(bytes));
	assert_memory_equal(event.bytes, bytes, sizeof(bytes));
	close(fd);
}

static void large_datagrams_leave_in_fragments_without_df(void **state)
{
	struct natsonde_addr server, local;
	unsigned with_df, fragments;
	int fd = -1, ear = -1;

	(void)state;
	need_namespace();
	assert_true(door.sees & NATSONDE_SEES_FRAGMENTS);
	exchange_large(0);
	fd = peer(0, SOCK_DGRAM, &server);
	ear = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
	assert_true(ear >= 0);
	assert_int_equal(door.open(door.ctx, 1, NATSONDE_UDP, &server, 0, &local), NATSONDE_OK);
	assert_int_equal(door.send(door.ctx, 1, &server, (const uint8_t[LARGE]){ 0 }, LARGE), NATSONDE_OK);
	send_text(1, &server, "small");
	count_packets(ear, &with_df, &fragments);
	assert_int_equal(fragments, 2);
	assert_int_equal(with_df, 0);
	close(fd);
	close(ear);
}

static void large_datagrams_pass_over_ipv6(void **state)
{
	(void)state;
	need_namespace();
	exchange_large(1);
}

static void set_accept_local(const char *where, char value)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/accept_local", where);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, &value, 1) != 1) {
		print_message("%s cannot be written here: skipped\n", path);
		skip();
	}
	close(fd);
}

/* Linux: the kernel goes by the setting of all interfaces or by that of the interface, whichever allows it. */
static void own_source_is_seen_where_accept_local_says_so(void **state)
{
	static const struct { char all, lo; const char *interface; bool sees; } rows[] = {
		{ '0', '0', "lo", false }, { '0', '1', "lo", true }, { '1', '0', "lo", true }, { '1', '0', NULL, true },
		{ '0', '1', NULL, false }, /* no default route: no interface that stands for the others */
	};

	(void)state;
	need_namespace();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct natsonde_io_config config = { .interface = rows[i].interface };

		set_accept_local("all", rows[i].all);
		set_accept_local("lo", rows[i].lo);
		natsonde_io_stop();
		start(&config);
		assert_int_equal((door.sees & NATSONDE_SEES_OWN_SOURCE) != 0, rows[i].sees);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DOOR(large_datagrams_leave_in_fragments_without_df),
		WITH_DOOR(large_datagrams_pass_over_ipv6),
		WITH_DOOR(own_source_is_seen_where_accept_local_says_so),
	};

	return cmocka_run_group_tests_name("io: a network of its own", tests, make_namespace, NULL);
}
#else
int main(void)
{
	print_message("network namespaces are Linux's: skipped\n");
	return 0;
}
#endif
