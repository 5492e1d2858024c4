#include "json_value.h"

static cJSON *add(struct natsonde_json_tree *tree, cJSON *parent, const char *key, cJSON *item)
{
	const bool is_added = item && parent &&
			      (key ? cJSON_AddItemToObject(parent, key, item) : cJSON_AddItemToArray(parent, item));

	if (is_added)
		return item;
	cJSON_Delete(item);
	tree->has_failed = true;
	return NULL;
}

cJSON *natsonde_json_root(struct natsonde_json_tree *tree)
{
	cJSON *root = cJSON_CreateObject();

	tree->has_failed = root == NULL;
	return root;
}

cJSON *natsonde_json_object(struct natsonde_json_tree *tree, cJSON *parent, const char *key)
{
	return add(tree, parent, key, cJSON_CreateObject());
}

cJSON *natsonde_json_array(struct natsonde_json_tree *tree, cJSON *parent, const char *key)
{
	return add(tree, parent, key, cJSON_CreateArray());
}

void natsonde_json_true(struct natsonde_json_tree *tree, cJSON *parent, const char *key)
{
	add(tree, parent, key, cJSON_CreateTrue());
}

void natsonde_json_truth(struct natsonde_json_tree *tree, cJSON *parent, const char *key, bool value)
{
	add(tree, parent, key, cJSON_CreateBool(value));
}

void natsonde_json_number(struct natsonde_json_tree *tree, cJSON *parent, const char *key, long long value)
{
	add(tree, parent, key, cJSON_CreateNumber((double)value));
}

void natsonde_json_tenths(struct natsonde_json_tree *tree, cJSON *parent, const char *key, unsigned value)
{
	add(tree, parent, key, cJSON_CreateNumber(value / 10.0));
}

/* Microseconds divided by a thousand are the double nearest to three decimals: cJSON prints them with three at most. */
void natsonde_json_ms(struct natsonde_json_tree *tree, cJSON *parent, const char *key, natsonde_us value)
{
	add(tree, parent, key, cJSON_CreateNumber((double)value / 1000.0));
}

/* Length of the UTF-8 sequence at text, 0 if it is none (RFC 3629 section 4). */
static size_t sequence_length(const unsigned char *text)
{
	const unsigned char lead = text[0];
	const size_t len = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 :
			   lead >= 0xF0 && lead < 0xF5 ? 4 : 0;

	for (size_t i = 1; i < len; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	if ((lead == 0xE0 && text[1] < 0xA0) || (lead == 0xED && text[1] > 0x9F) || (lead == 0xF0 && text[1] < 0x90) ||
	    (lead == 0xF4 && text[1] > 0x8F))
		return 0;
	return len;
}

static void replace_what_is_not_utf8(char *text)
{
	while (*text != '\0') {
		const size_t len = sequence_length((const unsigned char *)text);

		if (len == 0)
			*text = '?';
		text += len == 0 ? 1 : len;
	}
}

void natsonde_json_text(struct natsonde_json_tree *tree, cJSON *parent, const char *key, const char *value)
{
	cJSON *item = add(tree, parent, key, value ? cJSON_CreateString(value) : cJSON_CreateNull());

	if (item && value)
		replace_what_is_not_utf8(item->valuestring);
}

void natsonde_json_addr(struct natsonde_json_tree *tree, cJSON *parent, const char *key, const struct natsonde_addr *addr)
{
	char text[NATSONDE_ADDR_TEXT];

	natsonde_addr_format(addr, text, sizeof(text));
	natsonde_json_text(tree, parent, key, addr->family == NATSONDE_NO_FAMILY ? NULL : text);
}

void natsonde_json_ip(struct natsonde_json_tree *tree, cJSON *parent, const char *key, const struct natsonde_addr *addr)
{
	char text[NATSONDE_ADDR_TEXT];

	natsonde_addr_format_ip(addr, text, sizeof(text));
	natsonde_json_text(tree, parent, key, addr->family == NATSONDE_NO_FAMILY ? NULL : text);
}

static bool write_text(char *text, FILE *out)
{
	if (text) {
		fputs(text, out);
		fputc('\n', out);
	}
	cJSON_free(text);
	return text != NULL;
}

bool natsonde_json_finish(struct natsonde_json_tree *tree, cJSON *root, FILE *out)
{
	const bool is_written = write_text(tree->has_failed ? NULL : cJSON_Print(root), out);

	cJSON_Delete(root);
	return is_written;
}

bool natsonde_json_finish_line(struct natsonde_json_tree *tree, cJSON *root, FILE *out)
{
	const bool is_written = write_text(tree->has_failed ? NULL : cJSON_PrintUnformatted(root), out);

	cJSON_Delete(root);
	return is_written && fflush(out) == 0;
}
