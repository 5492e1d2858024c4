#include "json_facts.h"

#include "facts.h"

static void add_bound(struct natsonde_json_tree *tree, cJSON *list, uint16_t ds)
{
	if (ds > 0)
		natsonde_json_tenths(tree, list, NULL, ds);
	else
		natsonde_json_text(tree, list, NULL, NULL);
}

static void add_span(struct natsonde_json_tree *tree, cJSON *object, const char *key, struct natsonde_span span)
{
	cJSON *list = natsonde_json_array(tree, object, key);

	add_bound(tree, list, span.alive_ds);
	add_bound(tree, list, span.dead_ds);
}

static void add_fact(struct natsonde_json_tree *tree, cJSON *object, const struct natsonde_fact *fact,
		     const struct natsonde_verdicts *verdicts)
{
	if (fact->kind == NATSONDE_FACT_SPAN) {
		add_span(tree, object, fact->key, natsonde_fact_get_span(fact, verdicts));
		return;
	}
	if (!natsonde_fact_is_known(fact, verdicts)) {
		natsonde_json_text(tree, object, fact->key, NULL);
		return;
	}
	const long value = natsonde_fact_get(fact, verdicts);
	switch (fact->kind) {
	case NATSONDE_FACT_WORD: natsonde_json_text(tree, object, fact->key, fact->word((unsigned)value)); break;
	case NATSONDE_FACT_TRUTH: natsonde_json_truth(tree, object, fact->key, value != 0); break;
	default: natsonde_json_number(tree, object, fact->key, value); break;
	}
}

void natsonde_json_facts(struct natsonde_json_tree *tree, cJSON *object, enum natsonde_behaviour b,
			 const struct natsonde_verdicts *verdicts)
{
	const struct natsonde_fact *fact;

	for (unsigned i = 0; (fact = natsonde_fact(i)); i++)
		if (fact->behaviour == b)
			add_fact(tree, object, fact, verdicts);
}

static bool read_bound(struct natsonde_json_source *source, const cJSON *item, const char *key, uint16_t *ds)
{
	*ds = 0;
	if (cJSON_IsNull(item))
		return true;
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble * 10.0 < UINT16_MAX))
		return natsonde_json_wrong(source, key, "not two times in seconds");
	*ds = (uint16_t)(item->valuedouble * 10.0 + 0.5);
	return true;
}

static bool read_span(struct natsonde_json_source *source, const cJSON *item, const char *key, struct natsonde_span *span)
{
	if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != 2)
		return natsonde_json_wrong(source, key, "not two times in seconds");
	return read_bound(source, item->child, key, &span->alive_ds) && read_bound(source, item->child->next, key, &span->dead_ds);
}

static bool read_number(struct natsonde_json_source *source, const cJSON *item, const struct natsonde_fact *fact,
			struct natsonde_verdicts *verdicts)
{
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= (double)fact->min && item->valuedouble <= (double)fact->max) ||
	    item->valuedouble != (double)(long)item->valuedouble)
		return natsonde_json_wrong(source, fact->key, "not a whole number in its range");
	natsonde_fact_set(fact, verdicts, (long)item->valuedouble);
	return true;
}

static bool read_fact(struct natsonde_json_source *source, const cJSON *object, const cJSON *item,
		      const struct natsonde_fact *fact, struct natsonde_verdicts *verdicts)
{
	uint8_t value;

	switch (fact->kind) {
	case NATSONDE_FACT_SPAN: return read_span(source, item, fact->key, natsonde_fact_span(fact, verdicts));
	case NATSONDE_FACT_NUMBER: return read_number(source, item, fact, verdicts);
	case NATSONDE_FACT_TRUTH:
		if (!cJSON_IsBool(item))
			return natsonde_json_wrong(source, fact->key, "neither true nor false");
		natsonde_fact_set(fact, verdicts, cJSON_IsTrue(item));
		return true;
	default:
		if (!natsonde_json_get_word(source, object, fact->key, fact->word, fact->n_words, &value))
			return false;
		natsonde_fact_set(fact, verdicts, value);
		return true;
	}
}

bool natsonde_json_read_facts(struct natsonde_json_source *source, const cJSON *object, enum natsonde_behaviour b,
			      struct natsonde_verdicts *verdicts)
{
	const struct natsonde_fact *fact;

	for (unsigned i = 0; (fact = natsonde_fact(i)); i++) {
		const cJSON *item = fact->behaviour == b ? natsonde_json_get(object, fact->key) : NULL;

		if (item && !read_fact(source, object, item, fact, verdicts))
			return false;
	}
	return true;
}
