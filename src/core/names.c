#include <natsonde/names.h>

#include <string.h>

/* A hole in a table is a value without a word, just as one past its end. */
static const char *look_up(const char *const *table, size_t rows, unsigned value)
{
	return value < rows && table[value] ? table[value] : "invalid";
}
#define LOOK_UP(table, value) look_up(table, sizeof(table) / sizeof((table)[0]), (unsigned)(value))

static const char *const behaviours[NATSONDE_BEHAVIOURS] = {
	[NATSONDE_NAT] = "nat",
	[NATSONDE_MAPPING] = "mapping",
	[NATSONDE_FILTERING] = "filtering",
	[NATSONDE_P2P] = "p2p",
	[NATSONDE_ALG] = "alg",
	[NATSONDE_INTERCEPT] = "intercept",
	[NATSONDE_TCP_MAPPING] = "tcp",
	[NATSONDE_FRAGMENTS] = "fragments",
	[NATSONDE_PORTS] = "ports",
	[NATSONDE_LIFETIME] = "lifetime",
	[NATSONDE_HAIRPIN] = "hairpin",
};

#define NAT NATSONDE_TEST(NATSONDE_NAT)
#define MAPPING (NATSONDE_TEST(NATSONDE_MAPPING) | NATSONDE_TEST(NATSONDE_TCP_MAPPING))
#define FILTERING NATSONDE_TEST(NATSONDE_FILTERING)
#define P2P NATSONDE_TEST(NATSONDE_P2P)
#define ALG NATSONDE_TEST(NATSONDE_ALG)
#define INTERCEPT NATSONDE_TEST(NATSONDE_INTERCEPT)
#define FRAGMENTS NATSONDE_TEST(NATSONDE_FRAGMENTS)
#define PORTS NATSONDE_TEST(NATSONDE_PORTS)
#define LIFETIME NATSONDE_TEST(NATSONDE_LIFETIME)
#define HAIRPIN NATSONDE_TEST(NATSONDE_HAIRPIN)

/* The short forms are those of the literature on RFC 4787 and RFC 5780; what has none there gets none here. */
static const struct class_words {
	const char *name, *as_mapping, *as_filtering;
	unsigned of; /* set of the behaviours that have this verdict */
} classes[NATSONDE_VERDICTS] = {
	[NATSONDE_UNKNOWN] = {"unknown", NULL, NULL, NATSONDE_TESTS_ALL},
	[NATSONDE_NONE] = {"none", NULL, NULL, NAT | ALG | INTERCEPT},
	[NATSONDE_PRESENT] = {"present", NULL, NULL, NAT},
	[NATSONDE_ENDPOINT_INDEPENDENT] = {"endpoint-independent", "eim", "eif", MAPPING | FILTERING},
	[NATSONDE_ADDRESS_DEPENDENT] = {"address-dependent", "adm", "adf", MAPPING | FILTERING},
	[NATSONDE_ADDRESS_AND_PORT_DEPENDENT] = {"address-and-port-dependent", "apdm", "apdf", MAPPING | FILTERING},
	[NATSONDE_PORT_DEPENDENT] = {"port-dependent", NULL, NULL, MAPPING},
	[NATSONDE_ENDPOINT_DEPENDENT] = {"endpoint-dependent", NULL, NULL, MAPPING},
	[NATSONDE_UNSTABLE] = {"unstable", NULL, NULL, MAPPING},
	[NATSONDE_OPEN] = {"open", NULL, NULL, P2P},
	[NATSONDE_EASY] = {"easy", NULL, NULL, P2P},
	[NATSONDE_HARD] = {"hard", NULL, NULL, P2P},
	[NATSONDE_TOO_HARD] = {"too-hard", NULL, NULL, P2P},
	[NATSONDE_BLOCKED] = {"blocked", NULL, NULL, P2P},
	[NATSONDE_REWRITES] = {"rewrites", NULL, NULL, ALG},
	[NATSONDE_NOT_AVAILABLE] = {"not-available", NULL, NULL, ALG},
	[NATSONDE_SUSPECTED] = {"suspected", NULL, NULL, INTERCEPT},
	[NATSONDE_PASS_ALL] = {"pass", NULL, NULL, FRAGMENTS},
	[NATSONDE_OUTBOUND_DROPPED] = {"outbound-dropped", NULL, NULL, FRAGMENTS},
	[NATSONDE_INBOUND_DROPPED] = {"inbound-dropped", NULL, NULL, FRAGMENTS},
	[NATSONDE_DROPPED] = {"dropped", NULL, NULL, FRAGMENTS},
	[NATSONDE_LOCAL_STACK] = {"local-stack", NULL, NULL, FRAGMENTS},
	[NATSONDE_PRESERVED] = {"preserved", NULL, NULL, PORTS},
	[NATSONDE_SEQUENTIAL] = {"sequential", NULL, NULL, PORTS},
	[NATSONDE_RANDOM] = {"random", NULL, NULL, PORTS},
	[NATSONDE_BLOCK] = {"block", NULL, NULL, PORTS},
	[NATSONDE_SET] = {"set", NULL, NULL, PORTS},
	[NATSONDE_OVERLOADED] = {"overloaded", NULL, NULL, PORTS},
	[NATSONDE_MEASURED] = {"measured", NULL, NULL, LIFETIME},
	[NATSONDE_BEYOND] = {"beyond", NULL, NULL, LIFETIME},
	[NATSONDE_EXTERNAL] = {"external", NULL, NULL, HAIRPIN},
	[NATSONDE_INTERNAL] = {"internal", NULL, NULL, HAIRPIN},
	[NATSONDE_NO] = {"no", NULL, NULL, HAIRPIN},
};

static const char *const kinds[NATSONDE_KINDS] = {
	[NATSONDE_KIND_UNKNOWN] = "unknown",
	[NATSONDE_KIND_NONE] = "none",
	[NATSONDE_KIND_FIREWALL] = "firewall",
	[NATSONDE_KIND_NAPT] = "napt",
	[NATSONDE_KIND_1_TO_1] = "1:1",
	[NATSONDE_KIND_NPTV6] = "nptv6",
	[NATSONDE_KIND_NAT66] = "nat66",
};

static const char *const poolings[] = {
	[NATSONDE_POOLING_UNKNOWN] = "unknown",
	[NATSONDE_POOLING_SINGLE] = "single",
	[NATSONDE_POOLING_PAIRED] = "paired",
	[NATSONDE_POOLING_ARBITRARY] = "arbitrary",
};

static const char *const certainties[NATSONDE_CERTAINTIES] = {
	[NATSONDE_CERTAINTY_NONE] = "none",
	[NATSONDE_LIKELY] = "likely",
	[NATSONDE_VERIFIED] = "verified",
};

static const char *const outcomes[NATSONDE_OUTCOMES] = {
	[NATSONDE_SILENT] = "silent",
	[NATSONDE_ANSWERED] = "answered",
	[NATSONDE_LATE] = "late",
	[NATSONDE_ERROR] = "error",
	[NATSONDE_UNREACHABLE] = "unreachable",
	[NATSONDE_UNSENT] = "unsent",
};

static const char *const changes[] = {
	[NATSONDE_CHANGE_NONE] = "none",
	[NATSONDE_CHANGE_PORT] = "port",
	[NATSONDE_CHANGE_IP] = "ip",
	[NATSONDE_CHANGE_BOTH] = "both",
};

/* The test that a question is put for; "control" where it serves several. */
static const char *const tests[NATSONDE_QUESTIONS] = {
	[NATSONDE_Q_MAP_A1P1] = "mapping",
	[NATSONDE_Q_MAP_A2P1] = "mapping",
	[NATSONDE_Q_MAP_A2P2] = "mapping",
	[NATSONDE_Q_MAP_A1P2] = "mapping",
	[NATSONDE_Q_FILTER_BOTH] = "filtering",
	[NATSONDE_Q_FILTER_PORT] = "filtering",
	[NATSONDE_Q_FILTER_PLAIN] = "filtering",
	[NATSONDE_Q_OPEN_A2P2] = "control",
	[NATSONDE_Q_OPEN_A1P2] = "control",
	[NATSONDE_Q_OPEN_A1P1] = "control",
	[NATSONDE_Q_OPEN_A2P1] = "control",
	[NATSONDE_Q_CONTROL_BOTH] = "control",
	[NATSONDE_Q_CONTROL_PORT] = "control",
	[NATSONDE_Q_RESPONSE_PORT] = "control",
	[NATSONDE_Q_PORT_A1P1] = "control",
	[NATSONDE_Q_TCP] = "tcp",
	[NATSONDE_Q_LIFE_SET] = "lifetime",
	[NATSONDE_Q_LIFE_KEEP] = "refresh",
	[NATSONDE_Q_LIFE_PLAIN] = "control",
	[NATSONDE_Q_LIFE_ASK] = "lifetime",
	[NATSONDE_Q_PEER_MAP] = "hairpin",
	[NATSONDE_Q_PEER_HAIR] = "hairpin",
	[NATSONDE_Q_SAMPLE] = "ports",
	[NATSONDE_Q_TCP_A1P1] = "tcp",
	[NATSONDE_Q_TCP_A2P1] = "tcp",
	[NATSONDE_Q_TCP_A2P2] = "tcp",
	[NATSONDE_Q_TCP_A1P2] = "tcp",
	[NATSONDE_Q_SMALL] = "fragments",
	[NATSONDE_Q_LARGE_OUT] = "fragments-out",
	[NATSONDE_Q_LARGE_IN] = "fragments-in",
	[NATSONDE_Q_FULL] = "fragments-full",
	[NATSONDE_Q_PADDING] = "fragments-padding",
	[NATSONDE_Q_BAIT] = "intercept",
	[NATSONDE_Q_BAIT_PLAIN] = "control",
};

static const char *const server_verdicts[NATSONDE_SERVER_VERDICTS] = {
	[NATSONDE_SERVER_SILENT] = "silent",
	[NATSONDE_SERVER_RFC5780] = "rfc5780",
	[NATSONDE_SERVER_BINDING_ONLY] = "binding-only",
	[NATSONDE_SERVER_IGNORES_CHANGE_REQUEST] = "ignores-change-request",
	[NATSONDE_SERVER_REJECTS_CHANGE_REQUEST] = "rejects-change-request",
	[NATSONDE_SERVER_ALTERNATE_INVALID] = "alternate-invalid",
	[NATSONDE_SERVER_ALTERNATE_UNREACHABLE] = "alternate-unreachable",
	[NATSONDE_SERVER_MAPPED_INVALID] = "mapped-invalid",
	[NATSONDE_SERVER_UNRESOLVED] = "unresolved",
};

static const char *const uses[NATSONDE_USES] = {
	[NATSONDE_USE_MAPPING] = "mapping",
	[NATSONDE_USE_FILTERING] = "filtering",
	[NATSONDE_USE_LIFETIME] = "lifetime",
	[NATSONDE_USE_TCP] = "tcp",
};

static const char *const usables[NATSONDE_USABLES] = {
	[NATSONDE_USABLE_UNKNOWN] = "unknown",
	[NATSONDE_USABLE_NO] = "no",
	[NATSONDE_USABLE_WITH_OTHERS] = "with-others",
	[NATSONDE_USABLE_YES] = "yes",
};

const char *natsonde_behaviour_name(enum natsonde_behaviour b)
{
	return LOOK_UP(behaviours, b);
}

const char *natsonde_verdict_name(enum natsonde_verdict v)
{
	return (unsigned)v < NATSONDE_VERDICTS ? classes[v].name : "invalid";
}

static const char *short_form(enum natsonde_behaviour b, const struct class_words *words)
{
	switch (b) {
	case NATSONDE_MAPPING:
	case NATSONDE_TCP_MAPPING: return words->as_mapping;
	case NATSONDE_FILTERING: return words->as_filtering;
	default: return NULL;
	}
}

const char *natsonde_verdict_short(enum natsonde_behaviour b, enum natsonde_verdict v)
{
	if ((unsigned)v >= NATSONDE_VERDICTS || (unsigned)b >= NATSONDE_BEHAVIOURS)
		return "invalid";
	const char *brief = short_form(b, &classes[v]);
	return brief ? brief : classes[v].name;
}

const char *natsonde_kind_name(enum natsonde_nat_kind kind)
{
	return LOOK_UP(kinds, kind);
}

const char *natsonde_pooling_name(enum natsonde_pooling pooling)
{
	return LOOK_UP(poolings, pooling);
}

const char *natsonde_certainty_name(enum natsonde_certainty c)
{
	return LOOK_UP(certainties, c);
}

const char *natsonde_outcome_name(enum natsonde_outcome o)
{
	return LOOK_UP(outcomes, o);
}

const char *natsonde_question_test(unsigned question)
{
	return LOOK_UP(tests, question);
}

const char *natsonde_change_name(unsigned change)
{
	return LOOK_UP(changes, change);
}

const char *natsonde_server_verdict_name(enum natsonde_server_verdict v)
{
	return LOOK_UP(server_verdicts, v);
}

const char *natsonde_use_name(enum natsonde_use use)
{
	return LOOK_UP(uses, use);
}

const char *natsonde_usable_name(enum natsonde_usable usable)
{
	return LOOK_UP(usables, usable);
}

static bool text_is(const char *text, size_t len, const char *word)
{
	return word && strlen(word) == len && memcmp(text, word, len) == 0;
}

bool natsonde_behaviour_has(enum natsonde_behaviour b, enum natsonde_verdict v)
{
	return (unsigned)b < NATSONDE_BEHAVIOURS && (unsigned)v < NATSONDE_VERDICTS && (classes[v].of & NATSONDE_TEST(b)) != 0;
}

bool natsonde_verdict_parse(enum natsonde_behaviour b, const char *text, size_t len, enum natsonde_verdict *v)
{
	for (unsigned i = 0; i < NATSONDE_VERDICTS; i++) {
		if (!natsonde_behaviour_has(b, (enum natsonde_verdict)i))
			continue;
		if (!text_is(text, len, classes[i].name) && !text_is(text, len, short_form(b, &classes[i])))
			continue;
		*v = (enum natsonde_verdict)i;
		return true;
	}
	return false;
}
