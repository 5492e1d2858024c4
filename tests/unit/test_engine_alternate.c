/* A server names an alternate, and that is a destination somebody else chose. */
#include "engine_fixture.h"

#define SERVER "203.0.113.10:3478"
#define OTHER "203.0.113.11:3479"

/* The kinds of address that a server may not send us to (design.md 5.3). */
static struct natsonde_addr named;
static unsigned sent_there;

static void names_an_alternate(const struct deed *d)
{
	struct natsonde_addr a1 = plan.servers[0].addr;
	struct natsonde_stun_message m = success(d, &a1);

	sent_there += natsonde_addr_same_ip(&d->action.to, &named) && !natsonde_addr_same_ip(&named, &a1);
	sent_there += d->action.to.port == named.port && named.port != a1.port;
	m.other = named;
	m.origin.family = NATSONDE_NO_FAMILY;
	if (d->request.change == NATSONDE_CHANGE_NONE)
		send_back(rtt, d->action.slot, d->action.to, &m);
}

static unsigned packets_to(const char *server, const char *alternate)
{
	prepare(server);
	world = names_an_alternate;
	named = address(alternate);
	sent_there = 0;
	run();
	assert_int_equal(ev->end, NATSONDE_END_DECIDED);
	return sent_there;
}

static void never_sent_where_a_server_may_not_send_us(void **state)
{
	static const char *const v4[] = {
		"10.0.0.1:3479", "172.16.0.1:3479", "192.168.1.1:1900", "100.64.0.1:3479", "169.254.169.254:80", "192.0.0.9:5351",
		"127.0.0.1:53", "224.0.0.251:5353", "239.255.255.250:1900", "255.255.255.255:67", "0.0.0.0:3479", "0.0.0.1:3479",
		"240.0.0.1:3479", "203.0.113.11:0", "203.0.113.11:3478", "203.0.113.10:3479", "203.0.113.10:3478",
		"[2001:db8::1]:3479"
	};
	static const char *const v6[] = {
		"[::1]:53", "[::]:3479", "[fe80::1]:3479", "[fd00::1]:3479", "[ff02::fb]:5353", "[::ffff:10.0.0.1]:3479",
		"[::ffff:127.0.0.1]:53", "[2001:db8:5::10]:3479", "203.0.113.11:3479"
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(v4) / sizeof(v4[0]); i++)
		if (packets_to(SERVER, v4[i]) != 0)
			fail_msg("a packet went to %s", v4[i]);
	for (unsigned i = 0; i < sizeof(v6) / sizeof(v6[0]); i++)
		if (packets_to("[2001:db8:5::10]:3478", v6[i]) != 0)
			fail_msg("a packet went to %s", v6[i]);
}

/* A server that is in such a place itself may have its alternate there; and documentation ranges are ordinary here. */
static void sent_where_the_server_itself_is(void **state)
{
	static const struct { const char *server, *alternate; } rows[] = {
		{SERVER, OTHER},
		{"10.0.0.1:3478", "10.0.0.9:3479"},
		{"192.168.1.1:3478", "172.16.0.1:3479"},
		{"127.0.0.1:3478", "127.0.0.2:3479"},
		{"100.64.0.1:3478", "203.0.113.11:3479"},
		{"[2001:db8:5::10]:3478", "[2001:db8:5::11]:3479"},
		{"[fd00::1]:3478", "[fd00::2]:3479"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned n = packets_to(rows[i].server, rows[i].alternate);

		if (n == 0 || n > 60)
			fail_msg("%u packets to %s", n, rows[i].alternate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_sent_where_a_server_may_not_send_us),
		cmocka_unit_test(sent_where_the_server_itself_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
