/* --simulate SPEC: every key, every word, every complaint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <natsonde/sim.h>

static struct natsonde_sim_spec spec;
static struct natsonde_sim_complaint complaint;

static void accept(const char *text)
{
	if (!natsonde_sim_parse(text, &spec, &complaint))
		fail_msg("%s: %s: %.*s", text, complaint.what, (int)complaint.len, complaint.at);
}

static void the_empty_text_gives_the_defaults(void **state)
{
	(void)state;
	accept("");
	assert_int_equal(spec.mapping, NATSONDE_ENDPOINT_INDEPENDENT);
	assert_int_equal(spec.filtering, NATSONDE_ADDRESS_AND_PORT_DEPENDENT);
	assert_int_equal(spec.tcp_mapping, NATSONDE_UNKNOWN);
	assert_int_equal(spec.fragments, NATSONDE_FRAGMENTS_PASS);
	assert_int_equal(spec.hairpin, NATSONDE_HAIRPIN_NO);
	assert_int_equal(spec.ports, NATSONDE_PORTS_PRESERVED);
	assert_int_equal(spec.conflict, NATSONDE_CONFLICT_NO);
	assert_int_equal(spec.udp, NATSONDE_PASS);
	assert_int_equal(spec.tcp, NATSONDE_PASS);
	assert_int_equal(spec.step, 1);
	assert_int_equal(spec.block, 0);
	assert_int_equal(spec.pool, 1);
	assert_int_equal(spec.uplinks, 1);
	assert_int_equal(spec.nats, 1);
	assert_int_equal(spec.lifetime_s, 120);
	assert_int_equal(spec.stream_lifetime_s, 0);
	assert_int_equal(spec.rtt_ms, 20);
	assert_int_equal(spec.jitter_ms + spec.loss_percent + spec.burst + spec.dup_percent, 0);
	assert_int_equal(spec.seed, 1);
	assert_int_equal(spec.n_servers, 1);
	assert_int_equal(spec.server[0], NATSONDE_SIM_OK);
	assert_true(spec.has_ipv4);
	assert_false(spec.has_ipv6 || spec.is_host_keyed || spec.keeps_parity || spec.is_arbitrary || spec.refreshes_inbound ||
		     spec.drops_own_source || spec.intercepts || spec.rewrites_payload || spec.balances_destinations || spec.is_forwarded ||
		     spec.accepts_input);
}

/* The first word of every key is its default: saying it changes nothing. */
static void the_first_word_is_the_default(void **state)
{
	struct natsonde_sim_spec defaults;
	const char *key, *values;

	(void)state;
	accept("");
	defaults = spec;
	for (unsigned i = 0; (key = natsonde_sim_key(i, &values)); i++) {
		char text[64] = "";

		if (!strchr(values, ','))
			continue;
		strcat(strcat(text, key), "=");
		strncat(text, values, strcspn(values, ","));
		accept(text);
		assert_memory_equal(&spec, &defaults, sizeof(spec));
	}
}

/* Every further word of every key is accepted and changes something. */
static void every_word_means_something(void **state)
{
	struct natsonde_sim_spec defaults;
	const char *key, *values;
	unsigned words = 0;

	(void)state;
	accept("");
	defaults = spec;
	for (unsigned i = 0; (key = natsonde_sim_key(i, &values)); i++) {
		for (const char *word = strchr(values, ','); word; word = strchr(word + 1, ',')) {
			char text[64] = "";

			strcat(strcat(text, key), "=");
			strncat(text, word + 1, strcspn(word + 1, ","));
			accept(text);
			assert_memory_not_equal(&spec, &defaults, sizeof(spec));
			words++;
		}
	}
	assert_int_equal(words, 65);
}

#define IN(field) offsetof(struct natsonde_sim_spec, field), sizeof(((struct natsonde_sim_spec *)0)->field)

static const struct {
	const char *text;
	size_t offset, size;
	uint32_t value;
} rows[] = {
	{ "mapping=eim", IN(mapping), NATSONDE_ENDPOINT_INDEPENDENT },
	{ "mapping=endpoint-independent", IN(mapping), NATSONDE_ENDPOINT_INDEPENDENT },
	{ "mapping=adm", IN(mapping), NATSONDE_ADDRESS_DEPENDENT },
	{ "mapping=address-dependent", IN(mapping), NATSONDE_ADDRESS_DEPENDENT },
	{ "mapping=apdm", IN(mapping), NATSONDE_ADDRESS_AND_PORT_DEPENDENT },
	{ "mapping=address-and-port-dependent", IN(mapping), NATSONDE_ADDRESS_AND_PORT_DEPENDENT },
	{ "mapping=none", IN(mapping), NATSONDE_NONE },
	{ "filtering=eif", IN(filtering), NATSONDE_ENDPOINT_INDEPENDENT },
	{ "filtering=endpoint-independent", IN(filtering), NATSONDE_ENDPOINT_INDEPENDENT },
	{ "filtering=adf", IN(filtering), NATSONDE_ADDRESS_DEPENDENT },
	{ "filtering=address-dependent", IN(filtering), NATSONDE_ADDRESS_DEPENDENT },
	{ "filtering=apdf", IN(filtering), NATSONDE_ADDRESS_AND_PORT_DEPENDENT },
	{ "filter-key=host", IN(is_host_keyed), true },
	{ "tcp-mapping=as-udp", IN(tcp_mapping), NATSONDE_UNKNOWN },
	{ "tcp-mapping=eim", IN(tcp_mapping), NATSONDE_ENDPOINT_INDEPENDENT },
	{ "tcp-mapping=address-dependent", IN(tcp_mapping), NATSONDE_ADDRESS_DEPENDENT },
	{ "tcp-mapping=apdm", IN(tcp_mapping), NATSONDE_ADDRESS_AND_PORT_DEPENDENT },
	{ "hairpin=external", IN(hairpin), NATSONDE_HAIRPIN_EXTERNAL },
	{ "hairpin=internal", IN(hairpin), NATSONDE_HAIRPIN_INTERNAL },
	{ "accept-local=no", IN(drops_own_source), true },
	{ "ports=sequential", IN(ports), NATSONDE_PORTS_SEQUENTIAL },
	{ "ports=random", IN(ports), NATSONDE_PORTS_RANDOM },
	{ "ports=overloaded", IN(ports), NATSONDE_PORTS_OVERLOADED },
	{ "ports=set", IN(ports), NATSONDE_PORTS_SET },
	{ "step=255", IN(step), 255 },
	{ "parity=yes", IN(keeps_parity), true },
	{ "block=512", IN(block), 512 },
	{ "pool=8", IN(pool), 8 },
	{ "pooling=arbitrary", IN(is_arbitrary), true },
	{ "uplinks=2", IN(uplinks), 2 },
	{ "balance=destination", IN(balances_destinations), true },
	{ "forward=yes", IN(is_forwarded), true },
	{ "wan-input=open", IN(accepts_input), true },
	{ "lifetime=65535", IN(lifetime_s), 65535 },
	{ "stream-lifetime=180", IN(stream_lifetime_s), 180 },
	{ "refresh=both", IN(refreshes_inbound), true },
	{ "rtt=300", IN(rtt_ms), 300 },
	{ "jitter=7", IN(jitter_ms), 7 },
	{ "loss=100", IN(loss_percent), 100 },
	{ "burst=5", IN(burst), 5 },
	{ "dup=3", IN(dup_percent), 3 },
	{ "server=silent", IN(server[0]), NATSONDE_SIM_SILENT },
	{ "server=ok+no-response-port", IN(server[1]), NATSONDE_SIM_NO_RESPONSE_PORT },
	{ "server=ok+late+same-ip", IN(n_servers), 3 },
	{ "conflict=a2p1", IN(conflict), NATSONDE_CONFLICT_A2P1 },
	{ "conflict=a2p2", IN(conflict), NATSONDE_CONFLICT_A2P2 },
	{ "udp=drop", IN(udp), NATSONDE_DROP },
	{ "udp=reject", IN(udp), NATSONDE_REJECT },
	{ "tcp=drop", IN(tcp), NATSONDE_DROP },
	{ "fragments=drop", IN(fragments), NATSONDE_FRAGMENTS_DROP },
	{ "fragments=drop-outbound", IN(fragments), NATSONDE_FRAGMENTS_DROP_OUTBOUND },
	{ "fragments=drop-inbound", IN(fragments), NATSONDE_FRAGMENTS_DROP_INBOUND },
	{ "fragments=local", IN(fragments), NATSONDE_FRAGMENTS_LOCAL },
	{ "alg=rewrites", IN(rewrites_payload), true },
	{ "intercept=yes", IN(intercepts), true },
	{ "nats=2", IN(nats), 2 },
	{ "family=6", IN(has_ipv4), false },
	{ "family=both", IN(has_ipv4), true },
	{ "family=both", IN(has_ipv6), true },
	{ "family=4", IN(has_ipv6), false },
	{ "seed=4294967295", IN(seed), UINT32_MAX },
	/* The last word counts, and others are left alone. */
	{ "rtt=5,loss=1,rtt=9", IN(rtt_ms), 9 },
	{ "rtt=5,loss=1,rtt=9", IN(loss_percent), 1 }
};

static void every_key_sets_its_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const unsigned char *field = (const unsigned char *)&spec + rows[i].offset;
		uint16_t half;
		uint32_t value;

		accept(rows[i].text);
		memcpy(&half, field, sizeof(half) < rows[i].size ? sizeof(half) : rows[i].size);
		memcpy(&value, field, rows[i].size);
		if (rows[i].size == 1)
			value = *field;
		else if (rows[i].size == 2)
			value = half;
		if (value != rows[i].value)
			fail_msg("%s gave %u", rows[i].text, value);
	}
}

/* Every fault has its word, in the order of the enum. */
static void servers_in_the_order_given(void **state)
{
	(void)state;
	accept("server=ok+binding-only+ignores-change+rejects-change+answers-400+same-ip+dead-alternate+dead-port");
	assert_int_equal(spec.n_servers, 8);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(spec.server[i], i);
	accept("server=drops-change+drops-first+private-alternate+third-address+late+silent+no-response-port");
	assert_int_equal(spec.n_servers, 7);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(spec.server[i], NATSONDE_SIM_DROPS_CHANGE + i);
	accept("server=duplicates+wrong-id+wrong-mapped+random-mapped+mapped-only+truncated+oversized+rate-limit");
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(spec.server[i], NATSONDE_SIM_DUPLICATES + i);
	accept("server=late-all");
	assert_int_equal(spec.server[0], NATSONDE_SIM_LATE_ALL);
	accept("server=turn");
	assert_int_equal(spec.server[0], NATSONDE_SIM_TURN);
	accept("server=no-padding");
	assert_int_equal(spec.server[0], NATSONDE_SIM_NO_PADDING);
	accept("server=drops-padding+small-buffer");
	assert_int_equal(spec.server[0], NATSONDE_SIM_DROPS_PADDING);
	assert_int_equal(spec.server[1], NATSONDE_SIM_SMALL_BUFFER);
	assert_int_equal(NATSONDE_SIM_SMALL_BUFFER + 1, NATSONDE_SIM_FAULTS);
}

static const struct {
	const char *text, *at, *what, *key, *accepted; /* accepted: what the list begins with */
} lies[] = {
	{ "colour=blue", "colour", "unknown key", NULL, "mapping, filtering, filter-key, " },
	{ "rtt=5,Mapping=eim", "Mapping", "unknown key", NULL, "mapping, " },
	{ "rtt=5,,loss=1", "", "key missing", NULL, "mapping, " },
	{ "=5", "", "key missing", NULL, "mapping, " },
	{ "mapping", "mapping", "value missing", "mapping", "eim, adm, apdm, none" },
	{ "rtt", "rtt", "value missing", "rtt", "0 to 60000" },
	{ "mapping=", "mapping=", "value missing in", "mapping", "eim, adm, apdm, none" },
	{ "server=ok+", "server=ok+", "value missing in", "server", "ok, binding-only" },
	{ "rtt=5,", "", "key missing", NULL, "mapping, " },
	{ "mapping=symmetric", "symmetric", "unknown value", "mapping", "eim, adm, apdm, none" },
	{ "mapping=unknown", "unknown", "unknown value", "mapping", "eim, adm, apdm, none" },
	{ "mapping=unstable", "unstable", "unknown value", "mapping", "eim, adm, apdm, none" },
	{ "mapping=port-dependent", "port-dependent", "unknown value", "mapping", "eim, adm, apdm, none" },
	{ "mapping=present", "present", "unknown value", "mapping", "eim, adm, apdm, none" },
	{ "mapping=eim=adm", "eim=adm", "unknown value", "mapping", "eim, adm, apdm, none" },
	{ "mapping=as-udp", "as-udp", "unknown value", "mapping", "eim, adm, apdm, none" },
	{ "tcp-mapping=none", "none", "unknown value", "tcp-mapping", "as-udp, eim, adm, apdm" },
	{ "filtering=none", "none", "unknown value", "filtering", "apdf, adf, eif" },
	{ "hairpin=yes", "yes", "unknown value", "hairpin", "no, external, internal" },
	{ "ports=preserve", "preserve", "unknown value", "ports", "preserved, sequential, random, overloaded, set" },
	{ "family=5", "5", "unknown value", "family", "4, 6, both" },
	{ "server=ok+broken+late", "broken", "unknown value", "server", "ok, binding-only, ignores-change, " },
	{ "server=ok++ok", "server=ok++ok", "value missing in", "server", "ok, binding-only, " },
	{ "server=ok+ok+ok+ok+ok+ok+ok+ok+ok", "ok+ok+ok+ok+ok+ok+ok+ok+ok", "more than 8 servers", "server", "ok, " },
	{ "rtt=fast", "fast", "not a number", "rtt", "0 to 60000" },
	{ "rtt=-1", "-1", "not a number", "rtt", "0 to 60000" },
	{ "loss=2.5", "2.5", "not a number", "loss", "0 to 100" },
	{ "loss=101", "101", "out of range", "loss", "0 to 100" },
	{ "pool=0", "0", "out of range", "pool", "1 to 8" },
	{ "pool=9", "9", "out of range", "pool", "1 to 8" },
	{ "nats=3", "3", "out of range", "nats", "1 to 2" },
	{ "step=0", "0", "out of range", "step", "1 to 255" },
	{ "lifetime=0", "0", "out of range", "lifetime", "1 to 65535" },
	{ "lifetime=65536", "65536", "out of range", "lifetime", "1 to 65535" },
	{ "seed=4294967296", "4294967296", "out of range", "seed", "0 to 4294967295" },
	{ "seed=18446744073709551616", "18446744073709551616", "out of range", "seed", "0 to 4294967295" }
};

static void complaints_name_the_part_and_the_cure(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		if (natsonde_sim_parse(lies[i].text, &spec, &complaint))
			fail_msg("%s was accepted", lies[i].text);
		assert_int_equal(complaint.len, strlen(lies[i].at));
		assert_memory_equal(complaint.at, lies[i].at, complaint.len);
		assert_in_range(complaint.at - lies[i].text, 0, strlen(lies[i].text));
		assert_string_equal(complaint.what, lies[i].what);
		if (lies[i].key)
			assert_string_equal(complaint.key, lies[i].key);
		else
			assert_null(complaint.key);
		assert_memory_equal(complaint.accepted, lies[i].accepted, strlen(lies[i].accepted));
	}
}

/* The longest lists must fit: their last words are there. */
static void lists_are_whole(void **state)
{
	(void)state;
	assert_false(natsonde_sim_parse("x=1", &spec, &complaint));
	assert_non_null(strstr(complaint.accepted, ", family, seed"));
	assert_in_range(strlen(complaint.accepted), 1, sizeof(complaint.accepted) - 2);
	assert_false(natsonde_sim_parse("server=x", &spec, &complaint));
	assert_non_null(strstr(complaint.accepted, ", drops-padding, small-buffer"));
	assert_in_range(strlen(complaint.accepted), 1, sizeof(complaint.accepted) - 2);
}

static void keys_can_be_listed(void **state)
{
	const char *values;
	unsigned n = 0;

	(void)state;
	while (natsonde_sim_key(n, &values)) {
		assert_true(values[0] != '\0');
		n++;
	}
	assert_int_equal(n, 34);
	assert_string_equal(natsonde_sim_key(0, &values), "mapping");
	assert_string_equal(values, "eim,adm,apdm,none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_empty_text_gives_the_defaults),
		cmocka_unit_test(the_first_word_is_the_default),
		cmocka_unit_test(every_word_means_something),
		cmocka_unit_test(every_key_sets_its_field),
		cmocka_unit_test(servers_in_the_order_given),
		cmocka_unit_test(complaints_name_the_part_and_the_cure),
		cmocka_unit_test(lists_are_whole),
		cmocka_unit_test(keys_can_be_listed)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
