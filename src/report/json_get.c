#include "json_get.h"

#include <stdio.h>
#include <string.h>

bool natsonde_json_wrong(struct natsonde_json_source *source, const char *key, const char *what)
{
	if (!source->wrong[0])
		snprintf(source->wrong, source->cap, "%s%s%s: %s", source->where, source->where[0] && key[0] ? "." : "", key, what);
	return false;
}

const cJSON *natsonde_json_get(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsNull(item) ? NULL : item;
}

const cJSON *natsonde_json_get_object(struct natsonde_json_source *source, const cJSON *parent, const char *key)
{
	const cJSON *item = natsonde_json_get(parent, key);

	if (cJSON_IsObject(item))
		return item;
	natsonde_json_wrong(source, key, item ? "not an object" : "missing");
	return NULL;
}

const cJSON *natsonde_json_get_array(struct natsonde_json_source *source, const cJSON *parent, const char *key)
{
	const cJSON *item = natsonde_json_get(parent, key);

	if (cJSON_IsArray(item))
		return item;
	natsonde_json_wrong(source, key, item ? "not a list" : "missing");
	return NULL;
}

bool natsonde_json_get_number(struct natsonde_json_source *source, const cJSON *object, const char *key, unsigned max,
			      unsigned *value)
{
	const cJSON *item = natsonde_json_get(object, key);

	if (!item)
		return natsonde_json_wrong(source, key, "missing");
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= max) ||
	    item->valuedouble != (double)(unsigned)item->valuedouble)
		return natsonde_json_wrong(source, key, "not a whole number in its range");
	*value = (unsigned)item->valuedouble;
	return true;
}

bool natsonde_json_get_ms(struct natsonde_json_source *source, const cJSON *object, const char *key, uint32_t *us)
{
	const cJSON *item = natsonde_json_get(object, key);

	/* Times of sending stand in a list: one packet, one time. */
	if (cJSON_IsArray(item))
		item = item->child;
	if (!item)
		return natsonde_json_wrong(source, key, "missing");
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble * 1000.0 < UINT32_MAX))
		return natsonde_json_wrong(source, key, "not a time in milliseconds");
	*us = (uint32_t)(item->valuedouble * 1000.0 + 0.5);
	return true;
}

bool natsonde_json_get_text(struct natsonde_json_source *source, const cJSON *object, const char *key, char *out, size_t cap)
{
	const cJSON *item = natsonde_json_get(object, key);

	out[0] = '\0';
	if (!item)
		return natsonde_json_wrong(source, key, "missing");
	if (!cJSON_IsString(item))
		return natsonde_json_wrong(source, key, "not a text");
	if (strlen(item->valuestring) >= cap)
		return natsonde_json_wrong(source, key, "too long");
	strcpy(out, item->valuestring);
	/* Text of a stranger's file goes to a terminal. */
	for (char *c = out; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return true;
}

static bool parse_port(const char *text, uint16_t *port)
{
	unsigned value = 0;

	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9')
			return false;
		value = value * 10 + (unsigned)(*c - '0');
		if (value > UINT16_MAX)
			return false;
	}
	*port = (uint16_t)value;
	return *text != '\0';
}

/* "192.0.2.1:40000" or "[2001:db8::1]:40000". */
static bool parse_addr(const char *text, struct natsonde_addr *addr)
{
	const bool is_bracketed = text[0] == '[';
	const char *colon = strrchr(text, ':');
	char ip[NATSONDE_ADDR_TEXT];
	size_t len;

	if (!colon || colon <= text + 2 * is_bracketed || (is_bracketed && colon[-1] != ']'))
		return false;
	len = (size_t)(colon - text) - 2 * is_bracketed;
	if (len >= sizeof(ip))
		return false;
	memcpy(ip, text + is_bracketed, len);
	ip[len] = '\0';
	return natsonde_addr_parse_ip(ip, addr) && is_bracketed == (addr->family == NATSONDE_IPV6) &&
	       parse_port(colon + 1, &addr->port);
}

bool natsonde_json_get_addr(struct natsonde_json_source *source, const cJSON *object, const char *key, struct natsonde_addr *addr)
{
	const cJSON *item = natsonde_json_get(object, key);

	*addr = (struct natsonde_addr){.family = NATSONDE_NO_FAMILY};
	if (item && !(cJSON_IsString(item) && parse_addr(item->valuestring, addr)))
		return natsonde_json_wrong(source, key, "not an address with its port");
	return true;
}

bool natsonde_json_get_word(struct natsonde_json_source *source, const cJSON *object, const char *key,
			    const char *(*word)(unsigned value), unsigned count, uint8_t *value)
{
	const cJSON *item = natsonde_json_get(object, key);

	for (unsigned i = 0; i < count && cJSON_IsString(item); i++)
		if (strcmp(word(i), item->valuestring) == 0) {
			*value = (uint8_t)i;
			return true;
		}
	return natsonde_json_wrong(source, key, item ? "not a word that this version knows" : "missing");
}

bool natsonde_json_lists(const cJSON *object, const char *key, const char *word)
{
	const cJSON *list = natsonde_json_get(object, key), *item;

	cJSON_ArrayForEach(item, list)
		if (cJSON_IsString(item) && strcmp(item->valuestring, word) == 0)
			return true;
	return false;
}
