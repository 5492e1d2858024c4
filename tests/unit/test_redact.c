/* Masked reports: none of the original addresses is left, whatever they were; what is equal stays equal, and the masked evidence
 * is judged as the original was. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "report_fixture.h"

#include <natsonde/stream.h>

#include "cli/redact.h"

static struct natsonde_redactor redactor;
static struct natsonde_redacted masked;

static struct natsonde_addr ip(const char *text)
{
	struct natsonde_addr addr;

	assert_true(natsonde_addr_parse_ip(text, &addr));
	return addr;
}

/* One family's evidence that holds nothing but addresses. */
static struct natsonde_evidence evidence_of(struct natsonde_addr *addrs, const char *const *texts, unsigned n)
{
	addrs[0] = (struct natsonde_addr){.family = NATSONDE_NO_FAMILY};
	for (unsigned i = 0; i < n; i++) {
		addrs[i + 1] = ip(texts[i]);
		addrs[i + 1].port = (uint16_t)(1000 + i);
	}
	return (struct natsonde_evidence){.addrs = addrs, .n_addrs = (uint16_t)(n + 1)};
}

static void test_each_range_stays_recognisable(void **state)
{
	static const struct { const char *original, *begin; } rows[] = {
		{"10.1.2.3", "10."}, {"172.16.0.1", "172.31."}, {"192.168.178.20", "192.168."}, {"100.72.18.9", "100.127."},
		{"169.254.7.7", "169.254."}, {"192.0.0.2", "192.0.0."}, {"198.18.7.7", "198.18.0."},
		{"198.51.100.254", "198.51.100.254"}, {"8.8.8.8", "198.51.100."}, {"9.9.9.9", "198.51.100."},
		{"fd12:3456::1", "fd00:5afe:"}, {"fc00:1::1", "fc00:5afe:"}, {"fe80::1234:5678", "fe80:"},
		{"2a02:8108::1", "2001:db8:5afe:"}, {"64:ff9b::808:808", "2001:db8:5afe:"}, {"::ffff:10.1.2.3", "::ffff:10.240.0.1"},
		{"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}, {"0.0.0.0", "0.0.0.0"}, {"224.0.0.1", "224.0.0.1"}, {"ff02::1", "ff02::1"},
	};
	const char *texts[sizeof(rows) / sizeof(rows[0])];
	struct natsonde_addr addrs[64], shown[NATSONDE_ADDRS_MAX];
	struct natsonde_evidence ev;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		texts[i] = rows[i].original;
	memset(&redactor, 0, sizeof(redactor));
	ev = evidence_of(addrs, texts, sizeof(rows) / sizeof(rows[0]));
	ev = natsonde_redact_evidence(&redactor, &ev, shown);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[NATSONDE_ADDR_TEXT];

		natsonde_addr_format_ip(&ev.addrs[i + 1], text, sizeof(text));
		if (strncmp(text, rows[i].begin, strlen(rows[i].begin)) != 0)
			fail_msg("%s became %s", rows[i].original, text);
		assert_int_equal(ev.addrs[i + 1].port, 1000 + i);
	}
}

/* What is masked first must not become what is met last. */
static void test_masks_avoid_what_is_met(void **state)
{
	static const char *const texts[] = {"203.0.113.10", "198.51.100.1", "198.51.100.2", "192.168.240.1", "192.168.1.2"};
	struct natsonde_addr addrs[8], shown[NATSONDE_ADDRS_MAX];
	struct natsonde_evidence ev = evidence_of(addrs, texts, 5);

	(void)state;
	memset(&redactor, 0, sizeof(redactor));
	ev = natsonde_redact_evidence(&redactor, &ev, shown);
	for (unsigned i = 1; i <= 5; i++)
		for (unsigned k = 1; k <= 5; k++)
			assert_false(natsonde_addr_same_ip(&shown[i], &addrs[k]));
}

static uint32_t chance = 7;

static uint32_t draw(uint32_t below)
{
	chance = chance * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)chance * below) >> 32);
}

/* Any address that belongs to somebody: many near one another and in the ranges that masks are taken from. */
static struct natsonde_addr any_addr(unsigned f)
{
	static const char *const v4[] = {"10.240.0.0", "192.168.240.0", "198.51.100.0", "203.0.113.0", "192.0.2.0", "100.127.240.0",
					 "172.31.240.0", "8.8.8.0", "192.0.0.0", "169.254.240.0", "198.18.0.0", "80.1.2.0"};
	static const char *const v6[] = {"fd00:5afe::", "2001:db8:5afe::", "fe80::5afe:0:0:0", "fc00:5afe::", "2a02:8108::",
					 "::ffff:10.240.0.0"};
	struct natsonde_addr addr = ip(f == 0 ? v4[draw(12)] : v6[draw(6)]);

	addr.ip[f == 0 ? 3 : 15] = (uint8_t)(1 + draw(253)); /* 198.51.100.254 is nobody's */
	addr.port = (uint16_t)(1 + draw(65535));
	return addr;
}

/* Evidence as no network would give it, but valid. */
static void scramble(struct fixture *f, unsigned family)
{
	struct natsonde_evidence *ev = &f->ev[family];

	for (unsigned i = 1; i < 60; i++)
		ev->addrs[i] = any_addr(family);
	ev->n_addrs = 1;
	for (unsigned i = 1; i < 60; i++) {
		const struct natsonde_addr addr = ev->addrs[i];
		bool is_known = false;

		for (unsigned k = 1; k < ev->n_addrs; k++)
			is_known = is_known || natsonde_addr_equal(&ev->addrs[k], &addr);
		if (!is_known)
			ev->addrs[ev->n_addrs++] = addr;
	}
	ev->n_servers = 2;
	for (unsigned s = 0; s < 2; s++)
		ev->servers[s] = (struct natsonde_server){.addr = (uint8_t)(1 + draw(ev->n_addrs - 1u)), .name = (uint8_t)s,
							  .other = (uint8_t)draw(ev->n_addrs), .same_as = (uint8_t)draw(3)};
	ev->n_probes = 32;
	for (unsigned i = 0; i < 32; i++) {
		struct natsonde_probe *p = &ev->probes[i];

		*p = (struct natsonde_probe){
			.question = (uint8_t)draw(NATSONDE_QUESTIONS), .server = (uint8_t)draw(2), .socket = (uint8_t)(1 + draw(3)),
			.outcome = (uint8_t)draw(NATSONDE_OUTCOMES), .sent_us = 5000 * i, .answered_us = 5000 * i + draw(90000),
			.local = (uint8_t)draw(ev->n_addrs), .to = (uint8_t)draw(ev->n_addrs),
			.from = draw(2) ? ev->servers[draw(2)].addr : (uint8_t)draw(ev->n_addrs),
			.origin = (uint8_t)draw(ev->n_addrs), .other = (uint8_t)draw(ev->n_addrs),
			.mapped = (uint8_t)draw(ev->n_addrs), .mapped_plain = (uint8_t)draw(ev->n_addrs),
		};
		p->arrived = p->socket;
	}
}

/* Everything that can be said of a report, in one text; the caller frees it. */
static char *say_all(const struct natsonde_report *report)
{
	static const struct natsonde_look looks[] = {{NATSONDE_TEXT, true, true, true}, {NATSONDE_JSON, false, false, false},
						       {NATSONDE_SHORT, false, false, false}};
	static char *text;
	static size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (unsigned i = 0; i < 3; i++)
		assert_true(natsonde_report_write(report, &looks[i], out));
	for (unsigned f = 0; f < 2; f++) {
		const struct natsonde_evidence *ev = report->families[f].evidence;

		for (unsigned i = 0; i < ev->n_probes; i++)
			assert_true(natsonde_stream_sent(ev, i, out) && natsonde_stream_outcome(ev, i, out));
		assert_true(natsonde_stream_verdicts(report, f, out));
	}
	assert_true(natsonde_stream_end(report, 0, out));
	fclose(out);
	return text;
}

/* Whether an address stands in a text, and not only the beginning of a longer one. */
static bool holds(const char *text, const struct natsonde_addr *addr)
{
	char what[NATSONDE_ADDR_TEXT];
	const size_t len = natsonde_addr_format_ip(addr, what, sizeof(what));

	for (const char *at = text; (at = strstr(at, what)); at += len) {
		const char *digits = addr->family == NATSONDE_IPV4 ? "0123456789." : "0123456789abcdef:";

		if (!strchr(digits, at[len]) || (addr->family == NATSONDE_IPV4 && at[len] == '.'))
			if (at == text || !strchr(addr->family == NATSONDE_IPV4 ? "0123456789" : "0123456789abcdef:", at[-1]))
				return true;
	}
	return false;
}

static void assert_masked_well(const struct fixture *f)
{
	char *text = say_all(&masked.report);

	for (unsigned k = 0; k < 2; k++) {
		const struct natsonde_evidence *ev = &f->ev[k], *shown = masked.report.families[k].evidence;
		struct natsonde_verdicts verdicts;

		for (unsigned i = 1; i < ev->n_addrs; i++) {
			if (holds(text, &ev->addrs[i])) {
				char ip_text[NATSONDE_ADDR_TEXT];

				natsonde_addr_format_ip(&ev->addrs[i], ip_text, sizeof(ip_text));
				fail_msg("%s is left", ip_text);
			}
			assert_int_equal(ev->addrs[i].port, shown->addrs[i].port);
			assert_int_equal(natsonde_addr_is_private(&ev->addrs[i]), natsonde_addr_is_private(&shown->addrs[i]));
			assert_int_equal(natsonde_addr_is_carrier(&ev->addrs[i]), natsonde_addr_is_carrier(&shown->addrs[i]));
			for (unsigned j = 1; j < i; j++)
				assert_int_equal(natsonde_addr_same_ip(&ev->addrs[i], &ev->addrs[j]),
						 natsonde_addr_same_ip(&shown->addrs[i], &shown->addrs[j]));
		}
		natsonde_judge_all(shown, &verdicts);
		assert_memory_equal(&verdicts, &f->report.families[k].verdicts, sizeof(verdicts));
		for (unsigned s = 0; s < ev->n_servers; s++)
			assert_int_equal(natsonde_judge_server(ev, s).reason, natsonde_judge_server(shown, s).reason);
	}
	assert_null(strstr(text, "secret"));
	free(text);
}

static void test_nothing_of_random_evidence_is_left(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 300; n++) {
		struct fixture f;

		fixture_home(&f);
		fixture_add_ipv6(&f);
		f.names[0] = "nat.secret.example.org";
		f.names[1] = "203.0.113.77";
		for (unsigned k = 0; k < 2; k++) {
			scramble(&f, k);
			natsonde_judge_all(&f.ev[k], &f.report.families[k].verdicts);
		}
		memset(&redactor, 0, sizeof(redactor));
		natsonde_redact_report(&redactor, &f.report, &masked);
		assert_masked_well(&f);
	}
}

static const char *masked_name(const char *name)
{
	struct fixture f;

	fixture_home(&f);
	f.names[0] = name;
	memset(&redactor, 0, sizeof(redactor));
	natsonde_redact_report(&redactor, &f.report, &masked);
	return masked.report.names[0];
}

static void test_names(void **state)
{
	static const struct { const char *name, *expected; } rows[] = {
		{"stun.mycompany.example", "server-1.example"}, {"server-3.example", "server-3.example"},
		{"stun.l.google.com", "stun.l.google.com"}, {"STUN.nextcloud.com", "STUN.nextcloud.com"},
		{"8.8.8.8", "198.51.100.5"}, {"server-1.example.org", "server-1.example"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(masked_name(rows[i].name), rows[i].expected) != 0)
			fail_msg("%s became %s", rows[i].name, masked.report.names[0]);
}

/* A network card's own number is an address, too. */
static void test_interfaces(void **state)
{
	static const struct { const char *name, *expected; } rows[] = {
		{"enxb827eb123456", "enx-masked"}, {"wlx00c0ca8f1234", "wlx-masked"}, {"eth0", "eth0"}, {"vxlan100", "vxlan100"}, {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;

		fixture_home(&f);
		f.report.families[0].interface = rows[i].name;
		memset(&redactor, 0, sizeof(redactor));
		natsonde_redact_report(&redactor, &f.report, &masked);
		assert_string_equal(masked.report.families[0].interface, rows[i].expected);
	}
}

/* Two reports compared: what was equal in both is equal in both when masked. */
static void test_two_reports_are_masked_alike(void **state)
{
	static struct natsonde_redacted second;
	struct fixture f;

	(void)state;
	fixture_home(&f);
	memset(&redactor, 0, sizeof(redactor));
	natsonde_redact_learn_report(&redactor, &f.report);
	natsonde_redact_report(&redactor, &f.report, &masked);
	natsonde_redact_report(&redactor, &f.report, &second);
	assert_memory_equal(masked.addrs[0], second.addrs[0], sizeof(second.addrs[0][0]) * f.ev[0].n_addrs);
	assert_string_equal(masked.names[0], second.names[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_range_stays_recognisable),
		cmocka_unit_test(test_masks_avoid_what_is_met),
		cmocka_unit_test(test_nothing_of_random_evidence_is_left),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_two_reports_are_masked_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
