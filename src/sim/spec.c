#include <natsonde/sim.h>

#include <stddef.h>
#include <string.h>

#include <natsonde/names.h>

enum kind { KIND_CLASS, KIND_WORD, KIND_NUMBER, KIND_SERVERS, KIND_FAMILY };

/* A key: its words in the order of the enum (or bool) that they stand for, or the placeholder of a number. */
struct key {
	const char *name;
	const char *values;
	uint32_t min, max;
	uint16_t offset;
	uint8_t  size;
	uint8_t  kind;
	/* KIND_CLASS: a word that is no class of that behaviour, and what it stands for. */
	uint8_t  behaviour, besides_value;
	const char *besides;
};

#define IN(field) .offset = offsetof(struct natsonde_sim_spec, field), .size = sizeof(((struct natsonde_sim_spec *)0)->field)
#define WORD(field) IN(field), .kind = KIND_WORD
#define NUMBER(field, from, to) IN(field), .kind = KIND_NUMBER, .min = (from), .max = (to)
#define CLASS(field, of) IN(field), .kind = KIND_CLASS, .behaviour = (of)
#define BESIDES(word, value) .besides = (word), .besides_value = (value)

static const struct key keys[] = {
	{ "mapping", "eim,adm,apdm,none", CLASS(mapping, NATSONDE_MAPPING), BESIDES("none", NATSONDE_NONE) },
	{ "filtering", "apdf,adf,eif", CLASS(filtering, NATSONDE_FILTERING) },
	{ "filter-key", "endpoint,host", WORD(is_host_keyed) },
	{ "tcp-mapping", "as-udp,eim,adm,apdm", CLASS(tcp_mapping, NATSONDE_MAPPING), BESIDES("as-udp", NATSONDE_UNKNOWN) },
	{ "hairpin", "no,external,internal", WORD(hairpin) },
	{ "accept-local", "yes,no", WORD(drops_own_source) },
	{ "ports", "preserved,sequential,random,overloaded,set", WORD(ports) },
	{ "step", "N", NUMBER(step, 1, 255) },
	{ "parity", "no,yes", WORD(keeps_parity) },
	{ "block", "N", NUMBER(block, 0, 64512) },
	{ "pool", "N", NUMBER(pool, 1, 8) },
	{ "pooling", "paired,arbitrary", WORD(is_arbitrary) },
	{ "uplinks", "N", NUMBER(uplinks, 1, 8) },
	{ "balance", "flow,destination", WORD(balances_destinations) },
	{ "forward", "no,yes", WORD(is_forwarded) },
	{ "wan-input", "closed,open", WORD(accepts_input) },
	{ "lifetime", "SECONDS", NUMBER(lifetime_s, 1, 65535) },
	{ "stream-lifetime", "SECONDS", NUMBER(stream_lifetime_s, 0, 65535) },
	{ "refresh", "outbound,both", WORD(refreshes_inbound) },
	{ "rtt", "MS", NUMBER(rtt_ms, 0, 60000) },
	{ "jitter", "MS", NUMBER(jitter_ms, 0, 60000) },
	{ "loss", "PERCENT", NUMBER(loss_percent, 0, 100) },
	{ "burst", "PACKETS", NUMBER(burst, 0, 65535) },
	{ "dup", "PERCENT", NUMBER(dup_percent, 0, 100) },
	{ "server", "ok,binding-only,ignores-change,rejects-change,answers-400,same-ip,dead-alternate,dead-port,drops-change,"
		    "drops-first,private-alternate,third-address,late,silent,no-response-port,duplicates,wrong-id,wrong-mapped,"
		    "random-mapped,mapped-only,truncated,oversized,rate-limit,late-all,"
		    "ignores-response-port,turn,no-padding,drops-padding,small-buffer", .kind = KIND_SERVERS },
	{ "conflict", "no,a2p1,a2p2", WORD(conflict) },
	{ "udp", "pass,drop,reject", WORD(udp) },
	{ "tcp", "pass,drop,reject", WORD(tcp) },
	{ "fragments", "pass,drop,drop-outbound,drop-inbound,local", WORD(fragments) },
	{ "alg", "none,rewrites", WORD(rewrites_payload) },
	{ "intercept", "no,yes", WORD(intercepts) },
	{ "nats", "1,2", NUMBER(nats, 1, 2) },
	{ "family", "4,6,both", .kind = KIND_FAMILY },
	{ "seed", "N", NUMBER(seed, 0, UINT32_MAX) }
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static const struct natsonde_sim_spec defaults = {
	.mapping = NATSONDE_ENDPOINT_INDEPENDENT,
	.filtering = NATSONDE_ADDRESS_AND_PORT_DEPENDENT,
	.step = 1,
	.pool = 1,
	.uplinks = 1,
	.nats = 1,
	.n_servers = 1,
	.lifetime_s = 120,
	.rtt_ms = 20,
	.has_ipv4 = true,
	.seed = 1
};

/* Part of the text being read. */
struct span { const char *at; size_t len; };

/* Cuts the part before the first stop off rest; false once nothing is left. */
static bool cut(struct span *rest, char stop, struct span *part)
{
	size_t n = 0;

	if (!rest->at)
		return false;
	while (n < rest->len && rest->at[n] != stop)
		n++;
	*part = (struct span){ rest->at, n };
	*rest = n < rest->len ? (struct span){ rest->at + n + 1, rest->len - n - 1 } : (struct span){ NULL, 0 };
	return true;
}

static bool equals(struct span s, const char *word, size_t len)
{
	return s.len == len && memcmp(s.at, word, len) == 0;
}

static bool find_word(const char *words, struct span wanted, uint32_t *index)
{
	struct span rest = { words, strlen(words) }, word;

	for (*index = 0; cut(&rest, ',', &word); ++*index)
		if (equals(wanted, word.at, word.len))
			return true;
	return false;
}

static void append(struct natsonde_sim_complaint *c, const char *text, size_t len)
{
	size_t used = strlen(c->accepted);
	size_t room = sizeof(c->accepted) - 1 - used;

	if (len > room)
		len = room;
	memcpy(c->accepted + used, text, len);
	c->accepted[used + len] = '\0';
}

static void append_number(struct natsonde_sim_complaint *c, uint32_t n)
{
	char digits[10];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	append(c, digits + at, sizeof(digits) - at);
}

static void append_words(struct natsonde_sim_complaint *c, const char *words)
{
	struct span rest = { words, strlen(words) }, word;

	while (cut(&rest, ',', &word)) {
		if (c->accepted[0])
			append(c, ", ", 2);
		append(c, word.at, word.len);
	}
}

/* Says what is wrong with part; key is NULL if it names none. Always false. */
static bool complain(struct natsonde_sim_complaint *c, struct span part, const char *what, const struct key *key)
{
	c->at = part.at;
	c->len = part.len;
	c->what = what;
	c->key = key ? key->name : NULL;
	c->accepted[0] = '\0';
	if (!key) {
		for (unsigned i = 0; i < KEYS; i++)
			append_words(c, keys[i].name);
	} else if (key->kind == KIND_NUMBER) {
		append_number(c, key->min);
		append(c, " to ", 4);
		append_number(c, key->max);
	} else {
		append_words(c, key->values);
	}
	return false;
}

static void store(const struct key *key, uint32_t value, struct natsonde_sim_spec *spec)
{
	unsigned char *field = (unsigned char *)spec + key->offset;

	if (key->size == sizeof(uint8_t))
		*field = (uint8_t)value;
	else if (key->size == sizeof(uint16_t))
		memcpy(field, &(uint16_t){ (uint16_t)value }, sizeof(uint16_t));
	else
		memcpy(field, &value, sizeof(value));
}

static const char *read_class(const struct key *key, struct span value, struct natsonde_sim_spec *spec)
{
	enum natsonde_verdict v;

	if (key->besides && equals(value, key->besides, strlen(key->besides)))
		store(key, key->besides_value, spec);
	else if (natsonde_verdict_parse((enum natsonde_behaviour)key->behaviour, value.at, value.len, &v) &&
		 v >= NATSONDE_ENDPOINT_INDEPENDENT && v <= NATSONDE_ADDRESS_AND_PORT_DEPENDENT)
		store(key, v, spec);
	else
		return "unknown value";
	return NULL;
}

static const char *read_number(const struct key *key, struct span value, struct natsonde_sim_spec *spec)
{
	uint64_t n = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return "not a number";
		if (n <= UINT32_MAX)
			n = n * 10 + (uint64_t)(value.at[i] - '0');
	}
	if (n < key->min || n > key->max)
		return "out of range";
	store(key, (uint32_t)n, spec);
	return NULL;
}

/* Leaves in *value the part that is wrong. */
static const char *read_servers(const struct key *key, struct span *value, struct natsonde_sim_spec *spec)
{
	struct span rest = *value, word;
	uint32_t fault;

	for (spec->n_servers = 0; cut(&rest, '+', &word); spec->n_servers++) {
		if (spec->n_servers == sizeof(spec->server))
			return "more than 8 servers";
		if (!find_word(key->values, word, &fault)) {
			*value = word;
			return "unknown value";
		}
		spec->server[spec->n_servers] = (uint8_t)fault;
	}
	return NULL;
}

static const char *read_word(const struct key *key, struct span value, struct natsonde_sim_spec *spec)
{
	uint32_t index;

	if (!find_word(key->values, value, &index))
		return "unknown value";
	if (key->kind == KIND_WORD) {
		store(key, index, spec);
		return NULL;
	}
	spec->has_ipv4 = index != 1;
	spec->has_ipv6 = index != 0;
	return NULL;
}

static const char *read_value(const struct key *key, struct span *value, struct natsonde_sim_spec *spec)
{
	if (!value->len)
		return "value missing";
	switch (key->kind) {
	case KIND_CLASS:
		return read_class(key, *value, spec);
	case KIND_NUMBER:
		return read_number(key, *value, spec);
	case KIND_SERVERS:
		return read_servers(key, value, spec);
	default:
		return read_word(key, *value, spec);
	}
}

static const struct key *find_key(struct span name)
{
	for (unsigned i = 0; i < KEYS; i++)
		if (equals(name, keys[i].name, strlen(keys[i].name)))
			return &keys[i];
	return NULL;
}

bool natsonde_sim_parse(const char *text, struct natsonde_sim_spec *spec, struct natsonde_sim_complaint *complaint)
{
	struct span rest = { text, strlen(text) }, item, name;

	*spec = defaults;
	while (*text && cut(&rest, ',', &item)) {
		struct span value = item;
		const struct key *key;
		const char *wrong;

		cut(&value, '=', &name);
		key = find_key(name);
		if (!key)
			return complain(complaint, name, name.len ? "unknown key" : "key missing", NULL);
		if (!value.at)
			return complain(complaint, name, "value missing", key);
		wrong = read_value(key, &value, spec);
		if (wrong)
			return value.len ? complain(complaint, value, wrong, key) : complain(complaint, item, "value missing in", key);
	}
	return true;
}

const char *natsonde_sim_key(unsigned i, const char **values)
{
	if (i >= KEYS)
		return NULL;
	*values = keys[i].values;
	return keys[i].name;
}

bool natsonde_sim_key_is_list(unsigned i)
{
	return i < KEYS && keys[i].kind == KIND_SERVERS;
}
