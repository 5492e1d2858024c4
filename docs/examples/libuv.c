/* Discovery beside everything else that a libuv program does. The program has a socket of its own, which peers are to send to;
 * natsonde borrows it as the mapping socket, and what is not natsonde's stays the program's.
 *     cc -o libuv libuv.c $(pkg-config --cflags --libs natsonde libuv) && ./libuv 192.0.2.1 3478 */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include <natsonde/engine.h>
#include <natsonde/names.h>
#include <natsonde/posix.h>

/* All memory is the caller's. */
static struct natsonde_engine engine;
static struct natsonde_probe probes[64];
static struct natsonde_addr addrs[64];

static uv_timer_t timer;
static uv_udp_t own;                               /* the program's socket */
static uv_udp_t *sockets[NATSONDE_ENGINE_SLOTS];   /* by slot, NULL: closed */
static struct natsonde_addr own_address;

static void step(void);

static natsonde_us now(void)
{
	return (natsonde_us)(uv_hrtime() / 1000);
}

static void fill(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	if (uv_random(NULL, NULL, out, n, 0, NULL) != 0)
		abort(); /* who can guess the ids can forge the answers */
}

static void lend_buffer(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
	static char bytes[2048];

	(void)handle;
	(void)wanted;
	*buf = uv_buf_init(bytes, sizeof(bytes));
}

static void on_datagram(uv_udp_t *socket, ssize_t n, const uv_buf_t *buf, const struct sockaddr *sender, unsigned flags)
{
	struct natsonde_addr from;

	(void)flags;
	if (n < 0 || sender == NULL || !natsonde_io_from_sockaddr(sender, &from))
		return;
	for (unsigned slot = 0; slot < NATSONDE_ENGINE_SLOTS; slot++)
		if (sockets[slot] == socket &&
		    natsonde_engine_on_received(&engine, now(), slot, &from, (const uint8_t *)buf->base, (size_t)n)) {
			step();
			return;
		}
	printf("%zd bytes for the program itself\n", n);
}

/* 0, or a libuv error. The address is one of this host's, as natsonde compares it with what servers see; never the wildcard. */
static int open_socket(uv_udp_t *socket, struct natsonde_addr *address)
{
	struct sockaddr_storage sa;
	int len = sizeof(sa), error;

	natsonde_io_to_sockaddr(address, &sa);
	uv_udp_init(uv_default_loop(), socket);
	error = uv_udp_bind(socket, (const struct sockaddr *)&sa, 0);
	if (error == 0)
		error = uv_udp_getsockname(socket, (struct sockaddr *)&sa, &len);
	if (error == 0)
		error = uv_udp_recv_start(socket, lend_buffer, on_datagram);
	natsonde_io_from_sockaddr((const struct sockaddr *)&sa, address);
	return error;
}

static void free_socket(uv_handle_t *handle)
{
	free(handle);
}

/* For the mapping natsonde gets the program's socket. If it asks again, its port met a conflict in the NAT: a fresh one tells
 * more. Without TCP, "UDP is blocked" cannot be told from "nobody is there". */
static void open_slot(const struct natsonde_action *a)
{
	static bool is_lent;
	struct natsonde_addr local = own_address;
	int error = UV_ENOTSUP;

	if (a->slot == NATSONDE_SOCKET_MAPPING && !is_lent) {
		is_lent = true;
		sockets[a->slot] = &own;
		natsonde_engine_on_open(&engine, a->slot, NATSONDE_OK, &local);
		return;
	}
	local.port = a->port;
	if (a->transport == NATSONDE_UDP && (sockets[a->slot] = malloc(sizeof(uv_udp_t))) != NULL) {
		error = open_socket(sockets[a->slot], &local);
		if (error != 0) {
			uv_close((uv_handle_t *)sockets[a->slot], free_socket);
			sockets[a->slot] = NULL;
		}
	}
	natsonde_engine_on_open(&engine, a->slot, error == 0 ? NATSONDE_OK : natsonde_io_fault(-error), &local);
}

static void perform(const struct natsonde_action *a, uint8_t *bytes)
{
	struct sockaddr_storage to;
	uv_buf_t buf = uv_buf_init((char *)bytes, (unsigned)a->len);
	int sent;

	switch (a->what) {
	case NATSONDE_DO_OPEN:
		open_slot(a);
		break;
	case NATSONDE_DO_SEND:
		natsonde_io_to_sockaddr(&a->to, &to);
		sent = uv_udp_try_send(sockets[a->slot], &buf, 1, (const struct sockaddr *)&to);
		if (sent < 0)
			natsonde_engine_on_unsent(&engine, natsonde_io_fault(-sent));
		break;
	case NATSONDE_DO_CLOSE:
		if (sockets[a->slot] != &own)
			uv_close((uv_handle_t *)sockets[a->slot], free_socket);
		sockets[a->slot] = NULL;
		break;
	}
}

/* Here the program would go on: it knows now what to tell its peers. */
static void finish(void)
{
	struct natsonde_verdicts verdicts;
	char text[NATSONDE_ADDR_TEXT];

	natsonde_judge(natsonde_engine_evidence(&engine), &verdicts);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS_FIRST; b++)
		printf("%s: %s, %s\n", natsonde_behaviour_name((enum natsonde_behaviour)b),
		       natsonde_verdict_name((enum natsonde_verdict)verdicts.of[b].verdict),
		       natsonde_certainty_name((enum natsonde_certainty)verdicts.of[b].certainty));
	if (natsonde_addr_format(natsonde_evidence_outside(natsonde_engine_evidence(&engine), NATSONDE_SOCKET_MAPPING), text,
				 sizeof(text)) > 0)
		printf("peers find this program's socket at %s\n", text);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_close((uv_handle_t *)&own, NULL);
}

static void on_timer(uv_timer_t *handle)
{
	(void)handle;
	step();
}

/* Whatever happened: do what is due, and see to being called again in time. */
static void step(void)
{
	uint8_t buf[NATSONDE_SEND_MAX];
	struct natsonde_action action;
	natsonde_us left;

	while (natsonde_engine_next(&engine, now(), buf, sizeof(buf), &action))
		perform(&action, buf);
	if (natsonde_engine_deadline(&engine) == NATSONDE_NEVER) {
		finish();
		return;
	}
	left = natsonde_engine_deadline(&engine) - now();
	uv_timer_start(&timer, on_timer, left > 0 ? (uint64_t)(left + 999) / 1000 : 0, 0);
}

/* The address that packets to the server leave from: connecting a UDP socket sends nothing, but asks for the route. */
static int find_source(const struct natsonde_addr *server, struct natsonde_addr *source)
{
	static uv_udp_t scratch;
	struct sockaddr_storage sa;
	int len = sizeof(sa), error;

	natsonde_io_to_sockaddr(server, &sa);
	uv_udp_init(uv_default_loop(), &scratch);
	error = uv_udp_connect(&scratch, (const struct sockaddr *)&sa);
	if (error == 0)
		error = uv_udp_getsockname(&scratch, (struct sockaddr *)&sa, &len);
	uv_close((uv_handle_t *)&scratch, NULL);
	natsonde_io_from_sockaddr((const struct sockaddr *)&sa, source);
	source->port = 0;
	return error;
}

int main(int argc, char *argv[])
{
	struct natsonde_plan plan = {.n_servers = 1, .tests = NATSONDE_TESTS_DEFAULT, .timeout = 10 * NATSONDE_S};
	struct natsonde_addr *server = &plan.servers[0].addr;
	int error;

	if (argc != 3 || !natsonde_addr_parse_ip(argv[1], server)) {
		fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
		return 2;
	}
	server->port = (uint16_t)atoi(argv[2]);
	plan.family = server->family;
	error = find_source(server, &own_address);
	if (error == 0)
		error = open_socket(&own, &own_address);
	if (error != 0) {
		fprintf(stderr, "%s: %s\n", argv[1], uv_strerror(error));
		return 1;
	}
	natsonde_engine_init(&engine, &plan, (struct natsonde_random){fill, NULL}, probes, 64, addrs, 64);
	uv_timer_init(uv_default_loop(), &timer);
	step();
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	return uv_loop_close(uv_default_loop());
}
