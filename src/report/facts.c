#include "facts.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <natsonde/names.h>

/* When a field is known: if it is not 0; always; if any socket was looked at. */
enum known { NOT_ZERO, ALWAYS, ANY_SOCKET };

static const char *kind_word(unsigned i)
{
	return natsonde_kind_name((enum natsonde_nat_kind)i);
}

static const char *certainty_word(unsigned i)
{
	return natsonde_certainty_name((enum natsonde_certainty)i);
}

static const char *pooling_word(unsigned i)
{
	return natsonde_pooling_name((enum natsonde_pooling)i);
}

#define FIELD(member) .offset = offsetof(struct natsonde_verdicts, member), \
		      .size = sizeof(((const struct natsonde_verdicts *)0)->member)
#define WORD(b, name, text, when, function, count, member) \
	{.behaviour = b, .kind = NATSONDE_FACT_WORD, .key = name, .words = text, .known = when, .word = function, .n_words = count, FIELD(member)}
#define TRUTH(b, name, text, member) \
	{.behaviour = b, .kind = NATSONDE_FACT_TRUTH, .key = name, .words = text, .known = NOT_ZERO, FIELD(member)}
#define NUMBER(b, name, text, when, least, most, member) \
	{.behaviour = b, .kind = NATSONDE_FACT_NUMBER, .key = name, .words = text, .known = when, .min = least, .max = most, FIELD(member)}
#define SPAN(b, name, text, member) \
	{.behaviour = b, .kind = NATSONDE_FACT_SPAN, .key = name, .words = text, .known = NOT_ZERO, FIELD(member)}

static const struct natsonde_fact table[] = {
	WORD(NATSONDE_NAT, "kind", "kind of translator", NOT_ZERO, kind_word, NATSONDE_KINDS, nat.kind),
	WORD(NATSONDE_NAT, "kind_certainty", "certainty of that kind", NOT_ZERO, certainty_word, NATSONDE_CERTAINTIES, nat.kind_certainty),
	TRUTH(NATSONDE_NAT, "preserves_ports", "ports kept", nat.preserves_ports),
	NUMBER(NATSONDE_PORTS, "sockets", "sockets looked at", ALWAYS, 0, UINT8_MAX, ports.sockets),
	NUMBER(NATSONDE_PORTS, "preserved_percent", "ports kept, in percent", ANY_SOCKET, 0, 100, ports.preserved_percent),
	TRUTH(NATSONDE_PORTS, "parity", "odd stays odd, even stays even", ports.parity),
	TRUTH(NATSONDE_PORTS, "contiguity", "neighbours stay neighbours", ports.contiguity),
	NUMBER(NATSONDE_PORTS, "step", "step to the next port", NOT_ZERO, INT16_MIN, INT16_MAX, ports.step),
	NUMBER(NATSONDE_PORTS, "low", "lowest port", NOT_ZERO, 0, UINT16_MAX, ports.low),
	NUMBER(NATSONDE_PORTS, "high", "highest port", NOT_ZERO, 0, UINT16_MAX, ports.high),
	NUMBER(NATSONDE_PORTS, "guess", "ports to try for an even chance", NOT_ZERO, 0, INT32_MAX, ports.guess),
	WORD(NATSONDE_PORTS, "pooling", "addresses outside", NOT_ZERO, pooling_word, NATSONDE_POOLING_ARBITRARY + 1, ports.pooling),
	SPAN(NATSONDE_LIFETIME, "exchange_s", "after one exchange", lifetime.exchange),
	SPAN(NATSONDE_LIFETIME, "stream_s", "in use", lifetime.stream),
	TRUTH(NATSONDE_LIFETIME, "refresh_in", "a packet in prolongs it", lifetime.refresh_in),
	TRUTH(NATSONDE_LIFETIME, "refresh_out", "a packet out prolongs it", lifetime.refresh_out),
	NUMBER(NATSONDE_LIFETIME, "keepalive_s", "keepalive in seconds", NOT_ZERO, 0, UINT16_MAX, lifetime.keepalive_s),
};
#define N_FACTS (sizeof(table) / sizeof(table[0]))

const struct natsonde_fact *natsonde_fact(unsigned i)
{
	return i < N_FACTS ? &table[i] : NULL;
}

static const void *field_of(const struct natsonde_fact *fact, const struct natsonde_verdicts *verdicts)
{
	return (const char *)verdicts + fact->offset;
}

static long read_number(const struct natsonde_fact *fact, const struct natsonde_verdicts *verdicts)
{
	const void *field = field_of(fact, verdicts);
	uint32_t wide;
	uint16_t half;

	switch (fact->size) {
	case sizeof(uint32_t):
		memcpy(&wide, field, sizeof(wide));
		return wide > INT32_MAX ? INT32_MAX : (long)wide;
	case sizeof(uint16_t):
		memcpy(&half, field, sizeof(half));
		return fact->min < 0 ? (int16_t)half : half;
	default: return *(const uint8_t *)field;
	}
}

bool natsonde_fact_is_known(const struct natsonde_fact *fact, const struct natsonde_verdicts *verdicts)
{
	const struct natsonde_span none = {0, 0};

	if (fact->kind == NATSONDE_FACT_SPAN)
		return memcmp(field_of(fact, verdicts), &none, sizeof(none)) != 0;
	switch (fact->known) {
	case ALWAYS: return true;
	case ANY_SOCKET: return verdicts->ports.sockets > 0;
	default: return read_number(fact, verdicts) != 0;
	}
}

long natsonde_fact_get(const struct natsonde_fact *fact, const struct natsonde_verdicts *verdicts)
{
	const long value = read_number(fact, verdicts);

	return fact->kind == NATSONDE_FACT_TRUTH ? value == NATSONDE_ANSWER_YES : value;
}

void natsonde_fact_set(const struct natsonde_fact *fact, struct natsonde_verdicts *verdicts, long value)
{
	char *field = (char *)verdicts + fact->offset;
	const long stored = fact->kind != NATSONDE_FACT_TRUTH ? value : value ? NATSONDE_ANSWER_YES : NATSONDE_ANSWER_NO;
	const uint32_t wide = (uint32_t)stored;
	const uint16_t half = (uint16_t)stored;
	const uint8_t byte = (uint8_t)stored;

	switch (fact->size) {
	case sizeof(wide): memcpy(field, &wide, sizeof(wide)); break;
	case sizeof(half): memcpy(field, &half, sizeof(half)); break;
	default: memcpy(field, &byte, sizeof(byte)); break;
	}
}

struct natsonde_span *natsonde_fact_span(const struct natsonde_fact *fact, struct natsonde_verdicts *verdicts)
{
	return (struct natsonde_span *)(void *)((char *)verdicts + fact->offset);
}

struct natsonde_span natsonde_fact_get_span(const struct natsonde_fact *fact, const struct natsonde_verdicts *verdicts)
{
	struct natsonde_span span;

	memcpy(&span, field_of(fact, verdicts), sizeof(span));
	return span;
}

static void format_bound(uint16_t ds, char out[16])
{
	if (ds == 0)
		snprintf(out, 16, "?");
	else
		snprintf(out, 16, ds % 10 ? "%u.%u" : "%u", ds / 10u, ds % 10u);
}

static void format_span(struct natsonde_span span, char out[NATSONDE_FACT_TEXT])
{
	char alive[16], dead[16];

	format_bound(span.alive_ds, alive);
	format_bound(span.dead_ds, dead);
	snprintf(out, NATSONDE_FACT_TEXT, "%s to %s s", alive, dead);
}

bool natsonde_fact_format(unsigned i, const struct natsonde_verdicts *verdicts, char out[NATSONDE_FACT_TEXT])
{
	const struct natsonde_fact *fact = natsonde_fact(i);

	if (!fact || !natsonde_fact_is_known(fact, verdicts)) {
		snprintf(out, NATSONDE_FACT_TEXT, "not known");
		return false;
	}
	switch (fact->kind) {
	case NATSONDE_FACT_SPAN: format_span(natsonde_fact_get_span(fact, verdicts), out); break;
	case NATSONDE_FACT_WORD: snprintf(out, NATSONDE_FACT_TEXT, "%s", fact->word((unsigned)natsonde_fact_get(fact, verdicts))); break;
	case NATSONDE_FACT_TRUTH: snprintf(out, NATSONDE_FACT_TEXT, "%s", natsonde_fact_get(fact, verdicts) ? "yes" : "no"); break;
	default: snprintf(out, NATSONDE_FACT_TEXT, "%ld", natsonde_fact_get(fact, verdicts)); break;
	}
	return true;
}

const char *natsonde_fact_name(unsigned i, enum natsonde_behaviour *b)
{
	const struct natsonde_fact *fact = natsonde_fact(i);

	if (!fact)
		return NULL;
	*b = (enum natsonde_behaviour)fact->behaviour;
	return fact->key;
}

const char *natsonde_fact_words(unsigned i)
{
	const struct natsonde_fact *fact = natsonde_fact(i);

	return fact ? fact->words : NULL;
}
