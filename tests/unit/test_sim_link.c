/* One direction of a path, and the queue behind it: loss, bursts, jitter and copies are as asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/link.h"
#include "sim/queue.h"

static struct natsonde_sim_spec read_spec(const char *text)
{
	struct natsonde_sim_spec spec;
	struct natsonde_sim_complaint complaint;

	if (!natsonde_sim_parse(text, &spec, &complaint))
		fail_msg("%s: %s", text, complaint.what);
	return spec;
}

struct tally { unsigned passed, lost, runs, doubled; natsonde_us least, most; };

static struct tally drive_link(const char *text, unsigned packets)
{
	struct natsonde_sim_spec spec = read_spec(text);
	struct natsonde_link link;
	struct tally t = { .least = NATSONDE_NEVER };
	bool was_lost = false;

	natsonde_link_init(&link, &spec, spec.seed);
	for (unsigned i = 0; i < packets; i++) {
		natsonde_us arrive[2];
		unsigned copies = natsonde_link_pass(&link, 0, arrive);

		for (unsigned c = 0; c < copies; c++) {
			t.least = arrive[c] < t.least ? arrive[c] : t.least;
			t.most = arrive[c] > t.most ? arrive[c] : t.most;
		}
		t.passed += copies > 0;
		t.lost += copies == 0;
		t.runs += copies == 0 && !was_lost;
		t.doubled += copies == 2;
		was_lost = copies == 0;
	}
	return t;
}

/* 100,000 packets: the share lost is within 1 % of them, the mean run within a tenth, of what was asked for. */
static void loss_and_bursts_are_as_asked(void **state)
{
	static const struct { const char *spec; unsigned percent; unsigned run_tenths; } rows[] = {
		{ "loss=0", 0, 0 },
		{ "loss=5", 5, 11 },            /* independent: runs are 1 / (1 - p) long */
		{ "loss=20,seed=3", 20, 13 },
		{ "loss=100", 100, 1000000 },
		{ "loss=100,burst=4", 100, 1000000 },
		{ "loss=0,burst=4", 0, 0 },
		{ "loss=5,burst=1", 5, 10 },
		{ "loss=5,burst=3", 5, 30 },
		{ "loss=20,burst=8,seed=3", 20, 80 },
		{ "loss=90,burst=2", 90, 90 }   /* cannot be met with runs shorter than 9 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tally t = drive_link(rows[i].spec, 100000);
		unsigned run_tenths = t.runs ? t.lost * 10 / t.runs : 0;

		assert_in_range(t.lost + 1000, rows[i].percent * 1000, rows[i].percent * 1000 + 2000);
		assert_in_range(run_tenths, rows[i].run_tenths * 9 / 10, rows[i].run_tenths * 11 / 10);
	}
}

static void jitter_and_copies_are_as_asked(void **state)
{
	struct tally t;

	(void)state;
	t = drive_link("rtt=30", 1000);
	assert_int_equal(t.least, 15 * NATSONDE_MS);
	assert_int_equal(t.most, 15 * NATSONDE_MS);
	assert_int_equal(t.doubled, 0);
	t = drive_link("rtt=30,jitter=10,dup=25", 10000);
	assert_in_range(t.least, 15000, 15050);
	assert_in_range(t.most, 24950, 25000);
	assert_in_range(t.doubled, 2350, 2650);
	t = drive_link("loss=50,dup=100", 10000);
	assert_int_equal(t.doubled, t.passed);
}

/* More than the queue holds is lost, as in a router; what is in it arrives whole and in order. */
static void the_queue_has_an_end(void **state)
{
	static struct natsonde_queue q;
	const struct natsonde_packet *p;
	uint8_t bytes[200];
	unsigned pushed = 0, n = 0;

	(void)state;
	natsonde_queue_init(&q);
	for (unsigned i = 0; i < 1000; i++) {
		struct natsonde_packet packet = { .at = (natsonde_us)(i / 2), .len = (uint16_t)(20 + i % 180) };

		memset(bytes, (int)(i & 0xff), sizeof(bytes));
		if (!natsonde_queue_push(&q, &packet, bytes))
			break;
		pushed++;
	}
	assert_in_range(pushed, 100, NATSONDE_QUEUE_PACKETS);
	assert_null(natsonde_queue_pop(&q, -1));
	while ((p = natsonde_queue_pop(&q, NATSONDE_NEVER))) {
		const uint8_t *got = natsonde_queue_bytes(&q, p);

		assert_int_equal(p->at, n / 2);
		for (unsigned b = 0; b < p->len; b++)
			assert_int_equal(got[b], n & 0xff);
		n++;
	}
	assert_int_equal(n, pushed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loss_and_bursts_are_as_asked),
		cmocka_unit_test(jitter_and_copies_are_as_asked),
		cmocka_unit_test(the_queue_has_an_end)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
