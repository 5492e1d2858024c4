/* Discovery in a poll() loop of one's own, with one's own socket as the mapping socket: ./poll OWN-IP OWN-PORT SERVER-IP PORT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <natsonde/engine.h>
#include <natsonde/names.h>
#include <natsonde/posix.h>

static struct natsonde_engine engine;
static struct natsonde_probe probes[64];
static struct natsonde_addr addrs[64], own; /* own: the address that packets to the server leave from, never the wildcard */
static int own_fd; /* it is in the mapping slot from the start, and outlives the discovery */
static struct pollfd fds[NATSONDE_ENGINE_SLOTS] = {{-1, POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}};

static void fill(void *ctx, uint8_t *out, size_t n) { (void)ctx; arc4random_buf(out, n); } /* glibc 2.36, BSD */
static natsonde_us now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NATSONDE_S + t.tv_nsec / 1000;
}
static int open_socket(const struct natsonde_addr *local)
{
	struct sockaddr_storage s;
	int fd = socket(local->family == NATSONDE_IPV6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
	return bind(fd, (struct sockaddr *)&s, natsonde_io_to_sockaddr(local, &s)) == 0 ? fd : -1;
}
static void perform(const struct natsonde_action *a, const uint8_t *bytes)
{
	struct natsonde_addr local = own;
	struct sockaddr_storage to;
	socklen_t len = natsonde_io_to_sockaddr(&a->to, &to);
	int *fd = &fds[a->slot].fd;
	if (a->what == NATSONDE_DO_SEND && sendto(*fd, bytes, a->len, 0, (struct sockaddr *)&to, len) < 0)
		natsonde_engine_on_unsent(&engine, natsonde_io_fault(errno));
	if (a->what == NATSONDE_DO_CLOSE)
		*fd = *fd == own_fd ? -1 : close(*fd) - 1;
	if (a->what == NATSONDE_DO_OPEN) { /* TCP is not a must */
		local.port = *fd < 0 ? a->port : own.port;
		*fd = *fd < 0 && a->transport == NATSONDE_UDP ? open_socket(&local) : *fd;
		natsonde_engine_on_open(&engine, a->slot, *fd < 0 ? natsonde_io_fault(errno) : NATSONDE_OK, &local);
	}
}
int main(int argc, char *argv[])
{
	struct natsonde_plan plan = {.n_servers = 1, .tests = NATSONDE_TESTS_DEFAULT, .timeout = 10 * NATSONDE_S};
	struct natsonde_addr *server = &plan.servers[0].addr, from;
	struct natsonde_verdicts v;
	struct natsonde_action action;
	struct sockaddr_storage s;
	uint8_t buf[1500];
	char seen[NATSONDE_ADDR_TEXT];
	if (argc != 5 || !natsonde_addr_parse_ip(argv[1], &own) || !natsonde_addr_parse_ip(argv[3], server))
		return 2;
	own.port = (uint16_t)atoi(argv[2]);
	server->port = (uint16_t)atoi(argv[4]);
	plan.family = server->family;
	fds[NATSONDE_SOCKET_MAPPING].fd = own_fd = open_socket(&own);
	natsonde_engine_init(&engine, &plan, (struct natsonde_random){fill, NULL}, probes, 64, addrs, 64);
	do {
		natsonde_us left = natsonde_engine_deadline(&engine) - now();
		poll(fds, NATSONDE_ENGINE_SLOTS, left > 0 ? (int)(left / 1000 + 1) : 0);
		for (unsigned slot = 0; slot < NATSONDE_ENGINE_SLOTS; slot++) {
			socklen_t len = sizeof(s);
			ssize_t n = recvfrom(fds[slot].fd, buf, sizeof(buf), MSG_DONTWAIT, (struct sockaddr *)&s, &len);
			if (n >= 0 && natsonde_io_from_sockaddr((struct sockaddr *)&s, &from) &&
			    !natsonde_engine_on_received(&engine, now(), slot, &from, buf, (size_t)n))
				printf("%zd bytes for this program itself\n", n);
		}
		while (natsonde_engine_next(&engine, now(), buf, sizeof(buf), &action))
			perform(&action, buf);
	} while (natsonde_engine_deadline(&engine) != NATSONDE_NEVER);
	natsonde_judge(natsonde_engine_evidence(&engine), &v);
	natsonde_addr_format(natsonde_evidence_outside(natsonde_engine_evidence(&engine), NATSONDE_SOCKET_MAPPING), seen, sizeof(seen));
	printf("%s: peers find this socket at %s\n", natsonde_verdict_name((enum natsonde_verdict)v.of[NATSONDE_P2P].verdict), seen);
}
