/* How values become JSON: numbers, text, and what happens when memory runs out. */
#define _POSIX_C_SOURCE 200809L
#include "report_fixture.h"

#include <cjson/cJSON.h>

static const struct natsonde_look json_look = {.format = NATSONDE_JSON};

/* To the microsecond: a rounded time could be judged otherwise. */
static void test_milliseconds_are_exact(void **state)
{
	static const struct { natsonde_us elapsed; const char *text; } rows[] = {
		{0, "\"elapsed_ms\":\t0,"}, {341200, "\"elapsed_ms\":\t341.2,"}, {341249, "\"elapsed_ms\":\t341.249,"},
		{1, "\"elapsed_ms\":\t0.001,"}, {20000, "\"elapsed_ms\":\t20,"}, {119999999, "\"elapsed_ms\":\t119999.999,"},
		{9999900, "\"elapsed_ms\":\t9999.9,"},
	};
	struct fixture f;

	(void)state;
	fixture_home(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.report.elapsed = rows[i].elapsed;
		char *text = fixture_render(&f, json_look);
		assert_non_null(strstr(text, rows[i].text));
		assert_non_null(strstr(text, "\"rtt_ms\":\t20.4"));
		free(text);
	}
}

static void test_utf8_is_kept(void **state)
{
	static const struct { const char *spec, *expected; } rows[] = {
		{"m\xC3\xBCnchen", "m\xC3\xBCnchen"}, {"\xE2\x82\xAC", "\xE2\x82\xAC"}, {"\xF0\x9F\x8C\x8D", "\xF0\x9F\x8C\x8D"},
		{"\xC3", "?"}, {"\xC0\xAF", "??"}, {"\xED\xA0\x80", "???"}, {"\xF4\x90\x80\x80", "????"}, {"a\x80z", "a?z"},
		{"\xE2\x82", "??"}, {"\xE0\x80\x80", "???"}, {"\xF0\x80\x80\x80", "????"}, {"\xFF", "?"},
	};
	struct fixture f;

	(void)state;
	fixture_home(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.report.simulated = rows[i].spec;
		char *text = fixture_render(&f, json_look);
		cJSON *root = cJSON_Parse(text);
		assert_string_equal(cJSON_GetObjectItem(root, "simulated")->valuestring, rows[i].expected);
		cJSON_Delete(root);
		free(text);
	}
}

static unsigned long allocations, last_allocation;

static void *scarce_malloc(size_t size)
{
	return allocations++ < last_allocation ? malloc(size) : NULL;
}

/* Memory may run out at every single allocation: no crash, nothing half-written, nothing lost. */
static void test_memory_runs_out(void **state)
{
	cJSON_Hooks scarce = {.malloc_fn = scarce_malloc, .free_fn = free};
	struct fixture f;
	char written[4];
	bool is_done = false;

	(void)state;
	fixture_home(&f);
	cJSON_InitHooks(&scarce);
	for (last_allocation = 0; !is_done; last_allocation += last_allocation < 400 ? 1 : 37) {
		FILE *out = tmpfile();
		assert_non_null(out);
		allocations = 0;
		is_done = natsonde_report_write(&f.report, &json_look, out);
		rewind(out);
		assert_int_equal(fread(written, 1, 1, out), is_done ? 1 : 0);
		fclose(out);
	}
	cJSON_InitHooks(NULL);
	assert_true(last_allocation > 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_milliseconds_are_exact),
		cmocka_unit_test(test_utf8_is_kept),
		cmocka_unit_test(test_memory_runs_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
