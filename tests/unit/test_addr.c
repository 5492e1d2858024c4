/* Addresses: what they are, and how they read as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include <natsonde/addr.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct natsonde_addr addr(const char *ip)
{
	struct natsonde_addr a;

	if (!natsonde_addr_parse_ip(ip, &a))
		fail_msg("not read: %s", ip);
	return a;
}

/* Left: as people write it. Right: RFC 5952, the one form that is printed. */
static void test_text_forms(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"::", "::"},
		{"::1", "::1"},
		{"1::", "1::"},
		{"0:0:0:0:0:0:0:0", "::"},
		{"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
		{"2001:0db8::0001", "2001:db8::1"},                     /* 4.1: no leading zeros */
		{"2001:db8::2:1", "2001:db8::2:1"},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},       /* 4.2.2: never a single group */
		{"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},                /* 4.2.3: the longest run */
		{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},          /* 4.2.3: the first of equals */
		{"2001:DB8::ABCD", "2001:db8::abcd"},                   /* 4.3: lower case */
		{"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
		{"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
		{"1:0:0:4:5:6:0:0", "1::4:5:6:0:0"},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.1"},               /* 5: mixed notation */
		{"::ffff:c000:201", "::ffff:192.0.2.1"},
		{"::FFFF:0:0", "::ffff:0.0.0.0"},
		{"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
		{"::13.1.68.3", "::d01:4403"},                          /* RFC 4291 section 2.2 */
		{"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
		{"1::1.2.3.4", "1::102:304"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	char out[NATSONDE_ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct natsonde_addr a = addr(rows[i].in);

		assert_int_equal(a.port, 0);
		assert_int_equal(natsonde_addr_format_ip(&a, out, sizeof(out)), strlen(rows[i].out));
		assert_string_equal(out, rows[i].out);
	}
}

static void test_no_addresses(void **state)
{
	static const char *const texts[] = {
		"", " ", "localhost", "192.0.2", "192.0.2.", "192.0.2.1.", ".192.0.2.1", "192.0.2.1.1", "192..2.1",
		"256.0.2.1", "192.0.2.999", "192.0.2.4294967297", "01.2.3.4", "1.2.3.04", "1.2.3.00", "0x1.2.3.4",
		"1.2.3.4 ", " 1.2.3.4", "-1.2.3.4", "+1.2.3.4", "192.0.2.1:80", ":", ":::", "::::", ":1", "1:", "1:2",
		":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:::2",
		"::1:", "1::2:", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "12345::", "00001::",
		"g::", "::g", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "::1.2.3", "::1.2.3.4:5", "1.2.3.4::",
		"::01.2.3.4", "::256.1.1.1", "::12345.1.1.1", "::ab.1.1.1", "::.1.1.1", "1:2:3:4:5:6::1.2.3.4:",
		"[::1]", "::1]", "fe80::1%eth0", "::1/128", "2001:db8::1 "
	};
	const struct natsonde_addr untouched = {.family = NATSONDE_IPV4, .port = 7, .ip = {9, 9, 9, 9}};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		const size_t size = strlen(texts[i]) + 1;
		char *text = malloc(size); /* of just its size, for the sanitizers */
		struct natsonde_addr a = untouched;

		assert_non_null(text);
		memcpy(text, texts[i], size);
		if (natsonde_addr_parse_ip(text, &a))
			fail_msg("taken for an address: \"%s\"", text);
		assert_memory_equal(&a, &untouched, sizeof(a));
		free(text);
	}
}

/* xorshift: the same texts in every run. */
static uint32_t random_bits(void)
{
	static uint32_t x = 2463534242;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

/* The C library reads and refuses the same texts: real addresses with up to three characters changed. */
static void test_reads_as_inet_pton(void **state)
{
	static const char *const seeds[] = {"192.0.2.1", "10.200.30.4", "2001:db8::1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8",
		"::", "fe80::1:0:0"};
	static const char letters[] = "0129afF::..g";
	unsigned read = 0;

	(void)state;
	for (unsigned n = 0; n < 300000; n++) {
		char text[24] = "";
		struct natsonde_addr a = {0};
		uint8_t ip[16] = {0};
		uint8_t family = NATSONDE_NO_FAMILY;

		strcpy(text, seeds[random_bits() % COUNT(seeds)]);
		for (unsigned changes = random_bits() % 4; changes > 0; changes--)
			text[random_bits() % (strlen(text) + 1)] = letters[random_bits() % (sizeof(letters) - 1)];
		if (inet_pton(AF_INET, text, ip) == 1)
			family = NATSONDE_IPV4;
		else if (inet_pton(AF_INET6, text, ip) == 1)
			family = NATSONDE_IPV6;
		natsonde_addr_parse_ip(text, &a);
		if (a.family != family || (family != NATSONDE_NO_FAMILY && memcmp(a.ip, ip, sizeof(ip)) != 0))
			fail_msg("read otherwise than inet_pton does: \"%s\"", text);
		read += family != NATSONDE_NO_FAMILY;
	}
	assert_in_range(read, 50000, 250000); /* both kinds were seen */
}

/* Addresses with many zero groups: as inet_ntop writes them but for its ::a.b.c.d, and they read back as they were. */
static void test_writes_as_inet_ntop(void **state)
{
	char out[NATSONDE_ADDR_TEXT], libc[INET6_ADDRSTRLEN];

	(void)state;
	for (unsigned n = 0; n < 100000; n++) {
		struct natsonde_addr a = {.family = NATSONDE_IPV6}, back;

		for (unsigned i = 0; i < 16; i += 2)
			if (random_bits() & 1) {
				a.ip[i] = (uint8_t)(random_bits() & 1 ? random_bits() : 0);
				a.ip[i + 1] = (uint8_t)random_bits();
			}
		assert_int_not_equal(natsonde_addr_format_ip(&a, out, sizeof(out)), 0);
		assert_non_null(inet_ntop(AF_INET6, a.ip, libc, sizeof(libc)));
		if (!strchr(libc, '.'))
			assert_string_equal(out, libc);
		assert_true(natsonde_addr_parse_ip(out, &back));
		assert_true(natsonde_addr_equal(&a, &back));
	}
}

static void test_with_port(void **state)
{
	struct natsonde_addr a = addr("192.0.2.1");
	const struct natsonde_addr none = {0};
	char out[NATSONDE_ADDR_TEXT];

	(void)state;
	a.port = 40000;
	assert_int_equal(natsonde_addr_format(&a, out, sizeof(out)), 15);
	assert_string_equal(out, "192.0.2.1:40000");
	a.port = 0;
	natsonde_addr_format(&a, out, sizeof(out));
	assert_string_equal(out, "192.0.2.1:0");
	a = addr("2001:db8::1");
	a.port = 65535;
	natsonde_addr_format(&a, out, sizeof(out));
	assert_string_equal(out, "[2001:db8::1]:65535");
	assert_int_equal(natsonde_addr_format(&none, out, sizeof(out)), 0);
	assert_string_equal(out, "");
	strcpy(out, "x");
	assert_int_equal(natsonde_addr_format_ip(&none, out, sizeof(out)), 0);
	assert_string_equal(out, "");
}

static void test_too_little_room(void **state)
{
	static const char whole[] = "[2001:db8::ffff:1]:40000";
	struct natsonde_addr a = addr("2001:db8::ffff:1");

	(void)state;
	a.port = 40000;
	for (size_t cap = 0; cap <= sizeof(whole); cap++) {
		char *out = malloc(cap > 0 ? cap : 1);

		assert_non_null(out);
		assert_int_equal(natsonde_addr_format(&a, out, cap), cap >= sizeof(whole) ? sizeof(whole) - 1 : 0);
		if (cap > 0)
			assert_string_equal(out, cap >= sizeof(whole) ? whole : "");
		free(out);
	}
}

/* The edges of every range, on both sides. */
static void test_kinds(void **state)
{
	enum { U = 1, L = 2, P = 4, C = 8, N = 16 }; /* unspecified, loopback, private, carrier, not unicast */
	static const struct { const char *ip; unsigned kinds; } rows[] = {
		{"0.0.0.0", U | N}, {"0.0.0.1", N}, {"0.255.255.255", N}, {"1.0.0.0", 0},
		{"9.255.255.255", 0}, {"10.0.0.0", P}, {"10.255.255.255", P}, {"11.0.0.0", 0},
		{"100.63.255.255", 0}, {"100.64.0.0", P | C}, {"100.127.255.255", P | C}, {"100.128.0.0", 0},
		{"126.255.255.255", 0}, {"127.0.0.0", L}, {"127.255.255.255", L}, {"128.0.0.0", 0},
		{"169.253.255.255", 0}, {"169.254.0.0", P}, {"169.254.255.255", P}, {"169.255.0.0", 0},
		{"172.15.255.255", 0}, {"172.16.0.0", P}, {"172.31.255.255", P}, {"172.32.0.0", 0},
		{"191.255.255.255", 0}, {"192.0.0.0", P}, {"192.0.0.255", P}, {"192.0.1.0", 0},
		{"192.167.255.255", 0}, {"192.168.0.0", P}, {"192.168.255.255", P}, {"192.169.0.0", 0},
		{"192.0.2.1", 0}, {"198.51.100.1", 0}, {"203.0.113.1", 0}, /* documentation is ordinary */
		{"223.255.255.255", 0}, {"224.0.0.0", N}, {"239.255.255.255", N}, {"240.0.0.0", N}, {"255.255.255.255", N},
		{"::", U | N}, {"::1", L}, {"::2", 0}, {"2001:db8::1", 0},
		{"fbff::1", 0}, {"fc00::", P}, {"fdff:ffff::1", P}, {"fe00::", 0},
		{"fe7f::1", 0}, {"fe80::", P}, {"febf::1", P}, {"fec0::", 0}, {"feff::", 0}, {"ff00::", N}, {"ff02::1", N},
		/* An IPv4 address in disguise is what it is. */
		{"::ffff:0.0.0.0", U | N}, {"::ffff:127.0.0.1", L}, {"::ffff:10.0.0.1", P}, {"::ffff:100.64.0.1", P | C},
		{"::ffff:224.0.0.1", N}, {"::ffff:192.0.2.1", 0}
	};
	const struct natsonde_addr none = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct natsonde_addr a = addr(rows[i].ip);
		const unsigned kinds = (natsonde_addr_is_unspecified(&a) ? U : 0) | (natsonde_addr_is_loopback(&a) ? L : 0) |
				       (natsonde_addr_is_private(&a) ? P : 0) | (natsonde_addr_is_carrier(&a) ? C : 0) |
				       (natsonde_addr_is_not_unicast(&a) ? N : 0);

		if (kinds != rows[i].kinds)
			fail_msg("%s: kinds %u, not %u", rows[i].ip, kinds, rows[i].kinds);
	}
	assert_true(natsonde_addr_is_unspecified(&none));
	assert_true(natsonde_addr_is_not_unicast(&none));
	assert_false(natsonde_addr_is_loopback(&none) || natsonde_addr_is_private(&none) || natsonde_addr_is_carrier(&none));
}

static void test_equality(void **state)
{
	struct natsonde_addr a = addr("192.0.2.1"), b = a;
	const struct natsonde_addr none = {0};

	(void)state;
	assert_true(natsonde_addr_equal(&a, &b));
	b.port = 1;
	assert_false(natsonde_addr_equal(&a, &b));
	assert_true(natsonde_addr_same_ip(&a, &b));
	b = a;
	b.ip[3]++;
	assert_false(natsonde_addr_same_ip(&a, &b));
	b = a;
	b.family = NATSONDE_IPV6;
	assert_false(natsonde_addr_same_ip(&a, &b));
	a = b;
	b.ip[15] = 1;
	assert_false(natsonde_addr_same_ip(&a, &b));
	assert_true(natsonde_addr_equal(&none, &none));
	assert_false(natsonde_addr_equal(&none, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_forms),
		cmocka_unit_test(test_no_addresses),
		cmocka_unit_test(test_reads_as_inet_pton),
		cmocka_unit_test(test_writes_as_inet_ntop),
		cmocka_unit_test(test_with_port),
		cmocka_unit_test(test_too_little_room),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_equality),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
