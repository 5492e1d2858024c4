#include "json_read.h"

#include <stdio.h>
#include <string.h>

#include <natsonde/names.h>

#include "json_facts.h"
#include "words.h"

static const char *const keys[2] = {"ipv4", "ipv6"};
static const uint8_t families[2] = {NATSONDE_IPV4, NATSONDE_IPV6};

static const char *outcome_word(unsigned i)
{
	return natsonde_words_outcome((enum natsonde_run_outcome)i);
}

static const char *unavailable_word(unsigned i)
{
	return natsonde_words_unavailable((enum natsonde_unavailable)i);
}

static const char *end_word(unsigned i)
{
	return natsonde_words_end((enum natsonde_end)i);
}

static const char *cause_word(unsigned i)
{
	return natsonde_words_cause((enum natsonde_fault)i);
}

static const char *certainty_word(unsigned i)
{
	return natsonde_certainty_name((enum natsonde_certainty)i);
}

bool natsonde_read_addr(struct natsonde_reading *r, unsigned family, const cJSON *object, const char *key, natsonde_addr_id *id)
{
	struct natsonde_evidence *ev = &r->saved->families[family].evidence;
	struct natsonde_addr addr;

	*id = 0;
	if (!natsonde_json_get_addr(&r->source, object, key, &addr))
		return false;
	if (addr.family == NATSONDE_NO_FAMILY)
		return true;
	for (unsigned i = 1; i < ev->n_addrs; i++)
		if (natsonde_addr_equal(&ev->addrs[i], &addr)) {
			*id = (natsonde_addr_id)i;
			return true;
		}
	if (ev->n_addrs == ev->max_addrs)
		return natsonde_json_wrong(&r->source, key, "one address too many");
	ev->addrs[ev->n_addrs] = addr;
	*id = (natsonde_addr_id)ev->n_addrs++;
	return true;
}

static void begin_evidence(struct natsonde_saved *saved, unsigned f)
{
	struct natsonde_saved_family *family = &saved->families[f];

	family->evidence = (struct natsonde_evidence){
		.probes = family->probes, .max_probes = NATSONDE_PROBES_MAX,
		.addrs = family->addrs, .max_addrs = sizeof(family->addrs) / sizeof(family->addrs[0]), .n_addrs = 1,
		.family = families[f], .sees = saved->report.sees,
	};
	family->addrs[0] = (struct natsonde_addr){.family = NATSONDE_NO_FAMILY};
}

static bool read_finding(struct natsonde_reading *r, const cJSON *object, enum natsonde_behaviour b,
			 struct natsonde_verdicts *verdicts)
{
	struct natsonde_finding *found = &verdicts->of[b];
	enum natsonde_verdict verdict;
	char word[NATSONDE_SAVED_TEXT];

	if (!natsonde_json_get_text(&r->source, object, "verdict", word, sizeof(word)) ||
	    !natsonde_json_get_word(&r->source, object, "certainty", certainty_word, NATSONDE_CERTAINTIES, &found->certainty))
		return false;
	if (!natsonde_verdict_parse(b, word, strlen(word), &verdict))
		return natsonde_json_wrong(&r->source, "verdict", "not a word that this version knows");
	found->verdict = (uint8_t)verdict;
	return natsonde_json_read_facts(&r->source, object, b, verdicts);
}

static bool read_findings(struct natsonde_reading *r, const cJSON *object, unsigned f, uint16_t *present)
{
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		const char *name = natsonde_behaviour_name((enum natsonde_behaviour)b);
		const cJSON *finding = natsonde_json_get(object, name);

		snprintf(r->source.where, sizeof(r->source.where), "%s.%s", keys[f], name);
		if (finding && !read_finding(r, finding, (enum natsonde_behaviour)b, &r->saved->report.families[f].verdicts))
			return false;
		*present = (uint16_t)(*present | (finding ? NATSONDE_TEST(b) : 0));
	}
	return true;
}

static bool read_end(struct natsonde_reading *r, const cJSON *object, unsigned f)
{
	struct natsonde_evidence *ev = &r->saved->families[f].evidence;
	unsigned max_lifetime_s = 0;

	if (natsonde_json_get(object, "max_lifetime_s") &&
	    !natsonde_json_get_number(&r->source, object, "max_lifetime_s", UINT16_MAX, &max_lifetime_s))
		return false;
	ev->max_lifetime_s = (uint16_t)max_lifetime_s;
	ev->fixed_port = cJSON_IsTrue(natsonde_json_get(object, "fixed_port"));
	ev->is_truncated = cJSON_IsTrue(natsonde_json_get(object, "truncated"));
	return natsonde_json_get_word(&r->source, object, "end", end_word, NATSONDE_END_FAULT + 1, &ev->end) &&
	       natsonde_json_get_ms(&r->source, object, "ended_ms", &ev->now_us) &&
	       (!natsonde_json_get(object, "cause") ||
		natsonde_json_get_word(&r->source, object, "cause", cause_word, NATSONDE_FAULTS, &ev->fault));
}

/* A family has evidence exactly if it has an end. */
static bool read_family(struct natsonde_reading *r, const cJSON *root, unsigned f, uint16_t *present)
{
	struct natsonde_family_report *report = &r->saved->report.families[f];
	struct natsonde_saved_family *family = &r->saved->families[f];
	const cJSON *object = natsonde_json_get_object(&r->source, root, keys[f]);
	uint8_t unavailable = NATSONDE_AVAILABLE;

	report->interface = family->interface;
	if (!object)
		return false;
	snprintf(r->source.where, sizeof(r->source.where), "%s", keys[f]);
	if (natsonde_json_get(object, "unavailable") &&
	    !natsonde_json_get_word(&r->source, object, "unavailable", unavailable_word, NATSONDE_UNAVAILABLES, &unavailable))
		return false;
	report->unavailable = (enum natsonde_unavailable)unavailable;
	if (natsonde_json_get(object, "end"))
		report->evidence = &family->evidence;
	else if (report->unavailable == NATSONDE_AVAILABLE)
		return natsonde_json_wrong(&r->source, "end", "missing: this report is too old, or not whole");
	else
		return true;
	report->is_tunnel = cJSON_IsTrue(natsonde_json_get(object, "tunnel"));
	if (natsonde_json_get(object, "interface") &&
	    !natsonde_json_get_text(&r->source, object, "interface", family->interface, sizeof(family->interface)))
		return false;
	return read_end(r, object, f) && read_findings(r, object, f, present);
}

static unsigned sockets_of(const struct natsonde_evidence *ev)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].socket >= n)
			n = ev->probes[i].socket + 1u;
	return n;
}

static bool read_tests(struct natsonde_reading *r, const cJSON *root, uint16_t present)
{
	uint16_t *tests = &r->saved->report.tests;

	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		if (natsonde_json_lists(root, "tests", natsonde_behaviour_name((enum natsonde_behaviour)b)))
			*tests |= (uint16_t)NATSONDE_TEST(b);
	*tests |= present;
	r->source.where[0] = '\0';
	return *tests ? true : natsonde_json_wrong(&r->source, "tests", "none that this version knows");
}

static bool read_platform(struct natsonde_reading *r, const cJSON *root)
{
	const cJSON *platform = natsonde_json_get_object(&r->source, root, "platform");
	struct natsonde_saved *saved = r->saved;
	const char *word;
	unsigned sight;

	if (!platform)
		return false;
	snprintf(r->source.where, sizeof(r->source.where), "platform");
	if (!natsonde_json_get_text(&r->source, platform, "system", saved->system, sizeof(saved->system)) ||
	    (natsonde_json_get(platform, "about") &&
	     !natsonde_json_get_text(&r->source, platform, "about", saved->about, sizeof(saved->about))))
		return false;
	saved->report.system = saved->system;
	saved->report.about = natsonde_json_get(platform, "about") ? saved->about : NULL;
	for (unsigned i = 0; (word = natsonde_words_sight(i, &sight)); i++)
		saved->report.sees |= (uint8_t)(natsonde_json_lists(platform, "unavailable", word) ? 0 : sight);
	r->source.where[0] = '\0';
	return true;
}

static bool is_ours(struct natsonde_reading *r, const cJSON *root)
{
	unsigned schema;
	char tool[16];

	if (!natsonde_json_get_number(&r->source, root, "schema", UINT16_MAX, &schema) ||
	    !natsonde_json_get_text(&r->source, root, "tool", tool, sizeof(tool)))
		return false;
	if (schema != NATSONDE_SCHEMA || strcmp(tool, "natsonde") != 0)
		return natsonde_json_wrong(&r->source, "schema", "not a natsonde report of schema 1");
	return true;
}

static bool read_run(struct natsonde_reading *r, const cJSON *root)
{
	struct natsonde_saved *saved = r->saved;
	struct natsonde_report *report = &saved->report;
	uint32_t elapsed_us;
	uint8_t outcome;

	if (!is_ours(r, root) || !read_platform(r, root) ||
	    !natsonde_json_get_text(&r->source, root, "started", saved->started, sizeof(saved->started)) ||
	    (natsonde_json_get(root, "simulated") &&
	     !natsonde_json_get_text(&r->source, root, "simulated", saved->simulated, sizeof(saved->simulated))) ||
	    !natsonde_json_get_ms(&r->source, root, "elapsed_ms", &elapsed_us) ||
	    !natsonde_json_get_word(&r->source, root, "outcome", outcome_word, NATSONDE_RUN_OUTCOMES, &outcome))
		return false;
	report->started = saved->started;
	report->simulated = natsonde_json_get(root, "simulated") ? saved->simulated : NULL;
	report->elapsed = elapsed_us;
	report->outcome = (enum natsonde_run_outcome)outcome;
	report->is_redacted = cJSON_IsTrue(natsonde_json_get(root, "redacted"));
	return true;
}

static bool read_rows(struct natsonde_reading *r, const cJSON *root)
{
	const cJSON *servers, *probes;
	uint16_t present = 0;

	for (unsigned f = 0; f < 2; f++) {
		begin_evidence(r->saved, f);
		r->source.where[0] = '\0';
		if (!read_family(r, root, f, &present))
			return false;
	}
	if (!read_tests(r, root, present))
		return false;
	servers = natsonde_json_get_array(&r->source, root, "servers");
	probes = natsonde_json_get_array(&r->source, root, "probes");
	return servers && probes && natsonde_read_servers(r, servers) && natsonde_read_probes(r, probes, 0, 0) &&
	       natsonde_read_probes(r, probes, 1, sockets_of(&r->saved->families[0].evidence));
}

static void count_lines(const char *text, const char *end, char wrong[NATSONDE_SAVED_WRONG])
{
	unsigned line = 1;

	for (; text < end; text++)
		line += *text == '\n';
	snprintf(wrong, NATSONDE_SAVED_WRONG, "line %u: not JSON", line);
}

bool natsonde_saved_read(const char *text, size_t len, struct natsonde_saved *saved, char wrong[NATSONDE_SAVED_WRONG])
{
	struct natsonde_reading r = {.source = {.wrong = wrong, .cap = NATSONDE_SAVED_WRONG}, .saved = saved};
	const char *end = text;
	cJSON *root = cJSON_ParseWithLengthOpts(text, len + 1, &end, 1);

	memset(saved, 0, sizeof(*saved));
	saved->report.names = saved->name_list;
	saved->report.unresolved = saved->unresolved;
	wrong[0] = '\0';
	/* A NUL inside would end the text early. */
	if (!root || end != text + len)
		count_lines(text, end, wrong);
	else if (!cJSON_IsObject(root))
		natsonde_json_wrong(&r.source, "", "not an object");
	else if (read_run(&r, root))
		(void)read_rows(&r, root);
	cJSON_Delete(root);
	return wrong[0] == '\0';
}
