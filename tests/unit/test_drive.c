/* The driver takes in what has come before it sends anything: a changed reply that lies beside the plain one came unprompted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <natsonde/engine.h>

/* A door behind which replies gather for a second, as while a neighbour is being found, and then come all at once. */
static struct {
	natsonde_us now;
	unsigned asked, told, sent_while_replies_lay;
	struct natsonde_stun_message requests[8];
	unsigned slots[8];
	uint8_t reply[128];
} world;

static const struct natsonde_addr a1p1 = {NATSONDE_IPV4, 0, 3478, {203, 0, 113, 10}};
static const struct natsonde_addr a2p2 = {NATSONDE_IPV4, 0, 3479, {203, 0, 113, 11}};
static const struct natsonde_addr a1p2 = {NATSONDE_IPV4, 0, 3479, {203, 0, 113, 10}};

static natsonde_us now(void *ctx)
{
	(void)ctx;
	return world.now;
}

static void fill(void *ctx, uint8_t *out, size_t n)
{
	static uint8_t next;

	(void)ctx;
	for (size_t i = 0; i < n; i++)
		out[i] = next++;
}

static enum natsonde_fault open_slot(void *ctx, unsigned slot, enum natsonde_transport transport, const struct natsonde_addr *toward,
				     uint16_t port, struct natsonde_addr *local)
{
	(void)ctx, (void)transport, (void)toward;
	*local = (struct natsonde_addr){NATSONDE_IPV4, 0, (uint16_t)(port + slot), {192, 0, 2, 2}};
	return NATSONDE_OK;
}

static void close_slot(void *ctx, unsigned slot)
{
	(void)ctx, (void)slot;
}

static enum natsonde_fault send_packet(void *ctx, unsigned slot, const struct natsonde_addr *to, const uint8_t *bytes, size_t len)
{
	(void)ctx;
	if (world.told > 0 && world.told < world.asked)
		world.sent_while_replies_lay++;
	if (world.told == 0 && slot != NATSONDE_SOCKET_TCP && natsonde_addr_equal(to, &a1p1) && world.asked < 8) {
		assert_true(natsonde_stun_decode(bytes, len, &world.requests[world.asked]));
		world.slots[world.asked++] = slot;
	}
	return NATSONDE_OK;
}

static void wait_until(void *ctx, natsonde_us until, struct natsonde_event *event)
{
	const struct natsonde_stun_message *ask = &world.requests[world.told];
	struct natsonde_stun_message answer = {.cls = NATSONDE_STUN_SUCCESS, .method = NATSONDE_STUN_BINDING, .origin = a1p1, .other = a2p2,
					       .xor_mapped = {NATSONDE_IPV4, 0, 40000, {198, 51, 100, 1}}};

	(void)ctx;
	memset(event, 0, sizeof(*event));
	if (world.told == world.asked || (until < NATSONDE_S && world.now < NATSONDE_S)) {
		world.now = until > world.now ? until : world.now;
		return;
	}
	world.now = world.now < NATSONDE_S ? NATSONDE_S : world.now;
	memcpy(answer.tid, ask->tid, sizeof(answer.tid));
	answer.xor_mapped.port = (uint16_t)(40000 + world.slots[world.told]);
	event->kind = NATSONDE_EVENT_RECEIVED;
	event->slot = world.slots[world.told++];
	event->peer = !ask->has_change ? a1p1 : ask->change == NATSONDE_CHANGE_BOTH ? a2p2 : a1p2;
	event->bytes = world.reply;
	event->len = natsonde_stun_encode(&answer, world.reply, sizeof(world.reply));
}

static void all_that_has_come_is_taken_in_first(void **state)
{
	static struct natsonde_engine engine;
	static struct natsonde_probe probes[64];
	static struct natsonde_addr addrs[64];
	struct natsonde_engine *engines[] = {&engine};
	struct natsonde_door door = {.max_open = 3, .now = now, .random = fill, .open = open_slot, .close = close_slot, .send = send_packet,
				     .wait = wait_until};
	struct natsonde_plan plan = {.family = NATSONDE_IPV4, .n_servers = 1, .tests = NATSONDE_TESTS_DEFAULT, .timeout = 3 * NATSONDE_S};
	struct natsonde_verdicts verdicts;

	(void)state;
	plan.servers[0].addr = a1p1;
	natsonde_engine_init(&engine, &plan, (struct natsonde_random){fill, NULL}, probes, 64, addrs, 64);
	natsonde_drive(engines, 1, &door);
	natsonde_judge(natsonde_engine_evidence(&engine), &verdicts);
	assert_true(world.asked >= 3);
	assert_int_equal(world.sent_while_replies_lay, 0);
	assert_int_equal(verdicts.of[NATSONDE_FILTERING].verdict, NATSONDE_ENDPOINT_INDEPENDENT);
	assert_int_equal(verdicts.of[NATSONDE_FILTERING].certainty, NATSONDE_VERIFIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_has_come_is_taken_in_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
