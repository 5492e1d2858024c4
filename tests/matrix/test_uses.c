/* What a server is good for: each fault against the table of what such a server can be used for, behind every class of NAT. */
#include "faults.h"

#define YES NATSONDE_USABLE_YES
#define NO_ NATSONDE_USABLE_NO
#define OTH NATSONDE_USABLE_WITH_OTHERS

static const struct row {
	const char *server;
	enum natsonde_usable of[NATSONDE_USES];
} rows[] = {
	/*                     mapping filtering lifetime TCP */
	{"ok",                {YES,    YES,      YES,     YES}},
	{"binding-only",      {OTH,    NO_,      NO_,     YES}},
	{"ignores-change",    {YES,    NO_,      YES,     YES}},
	{"rejects-change",    {YES,    NO_,      YES,     YES}},
	{"answers-400",       {YES,    NO_,      YES,     YES}},
	{"same-ip",           {OTH,    NO_,      YES,     YES}},
	{"dead-alternate",    {OTH,    NO_,      YES,     YES}},
	{"dead-port",         {OTH,    NO_,      YES,     YES}},
	{"drops-change",      {YES,    NO_,      YES,     YES}},
	{"drops-first",       {YES,    YES,      YES,     YES}},
	{"private-alternate", {OTH,    NO_,      YES,     YES}},
	{"third-address",     {YES,    NO_,      YES,     YES}},
	{"late",              {YES,    NO_,      YES,     YES}},
	{"silent",            {NO_,    NO_,      NO_,     NO_}},
	{"no-response-port",  {YES,    YES,      NO_,     YES}},
	{"ignores-response-port", {YES, YES,     NO_,     YES}},
	{"duplicates",        {YES,    YES,      YES,     YES}},
	{"wrong-id",          {NO_,    NO_,      NO_,     NO_}},
	{"wrong-mapped",      {NO_,    NO_,      NO_,     YES}},
	{"random-mapped",     {NO_,    NO_,      NO_,     YES}},
	{"mapped-only",       {YES,    YES,      YES,     YES}},
	{"truncated",         {NO_,    NO_,      NO_,     NO_}},
	{"oversized",         {YES,    YES,      YES,     YES}},
	{"turn",              {YES,    YES,      YES,     YES}},
};

static struct world w;

static struct natsonde_use_finding use_of(enum natsonde_use use)
{
	return natsonde_judge_use(natsonde_engine_evidence(&w.engine), 0, use);
}

static void expect_use(const char *text, enum natsonde_use use, enum natsonde_usable usable)
{
	if (use_of(use).usable == usable && strcmp(natsonde_server_reason_sentence((enum natsonde_server_reason)use_of(use).reason),
						   "invalid") != 0)
		return;
	print_message("%s: wanted %s, got %s: %s\n", natsonde_use_name(use), natsonde_usable_name(usable),
		      natsonde_usable_name((enum natsonde_usable)use_of(use).usable),
		      natsonde_server_reason_sentence((enum natsonde_server_reason)use_of(use).reason));
	expect_complain(&w, text, "another use");
}

static void check(const char *text)
{
	w.n_servers = 1;
	w.checks_server = true;
	world_run(&w, text);
}

static void tells_what_each_fault_leaves(void **state)
{
	char text[200];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned f = 0; f < 3; f++) {
			snprintf(text, sizeof(text), "mapping=eim,filtering=%s,server=%s", expect_filterings[f], rows[i].server);
			check(text);
			for (enum natsonde_use use = NATSONDE_USE_MAPPING; use < NATSONDE_USES; use++)
				expect_use(text, use, rows[i].of[use]);
		}
}

/* Whatever the NAT and the path: a server is not called good for what it cannot do, nor bad for what it can. */
static void is_never_wrong(void **state)
{
	static const char *const paths[] = {"rtt=40", "loss=10,rtt=20", "loss=20,rtt=60", "dup=50,jitter=40",
					    "pool=4,pooling=arbitrary"};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned c = 0; c < 12; c++)
			for (unsigned seed = 1; seed <= 5; seed++) {
				snprintf(text, sizeof(text), "mapping=%s,filtering=%s,server=%s,%s,seed=%u", expect_mappings[c % 4],
					 expect_filterings[c / 4], rows[i].server, paths[seed % 5], seed);
				check(text);
				for (enum natsonde_use use = NATSONDE_USE_MAPPING; use < NATSONDE_USES; use++)
					if ((use_of(use).usable == YES) != (rows[i].of[use] == YES) &&
					    use_of(use).usable != NATSONDE_USABLE_UNKNOWN)
						expect_use(text, use, rows[i].of[use]);
			}
}

static void tells_a_blocked_tcp_from_a_refused_one(void **state)
{
	(void)state;
	check("tcp=drop");
	expect_use("tcp=drop", NATSONDE_USE_TCP, NO_);
	assert_int_equal(use_of(NATSONDE_USE_TCP).reason, NATSONDE_SERVER_WHY_TCP_SILENT);
	expect_use("tcp=drop", NATSONDE_USE_FILTERING, YES);
	check("tcp=reject");
	assert_int_equal(use_of(NATSONDE_USE_TCP).reason, NATSONDE_SERVER_WHY_TCP_CLOSED);
}

/* Behind this NAT the control takes RESPONSE-PORT, and this server has none. */
static void does_not_know_what_it_could_not_see(void **state)
{
	(void)state;
	check("mapping=apdm,filtering=apdf,server=no-response-port");
	expect_use("no control", NATSONDE_USE_FILTERING, NATSONDE_USABLE_UNKNOWN);
	assert_int_equal(use_of(NATSONDE_USE_FILTERING).reason, NATSONDE_SERVER_WHY_UNPROVEN);
	assert_int_equal(use_of(NATSONDE_USE_LIFETIME).reason, NATSONDE_SERVER_WHY_RP_REFUSED);
	check("mapping=apdm,filtering=apdf,server=ignores-response-port");
	expect_use("no control", NATSONDE_USE_FILTERING, NATSONDE_USABLE_UNKNOWN);
	assert_int_equal(use_of(NATSONDE_USE_LIFETIME).reason, NATSONDE_SERVER_WHY_RP_OVERLOOKED);
}

/* It stops answering before all is asked: what was not seen by then is not known, and no fault of another kind. */
static void does_not_blame_a_server_that_limits_its_rate(void **state)
{
	(void)state;
	check("filtering=apdf,loss=5,server=rate-limit");
	for (enum natsonde_use use = NATSONDE_USE_MAPPING; use < NATSONDE_USES; use++)
		assert_true(use_of(use).usable != NO_ || use == NATSONDE_USE_TCP);
}

/* What a check asks beyond a discovery costs a discovery nothing. */
static void asks_only_when_told_to(void **state)
{
	(void)state;
	check("filtering=eif");
	w.checks_server = false;
	world_run(&w, "filtering=eif");
	for (unsigned i = 0; i < natsonde_engine_evidence(&w.engine)->n_probes; i++) {
		assert_int_not_equal(w.probes[i].question, NATSONDE_Q_TCP);
		assert_int_not_equal(w.probes[i].question, NATSONDE_Q_PORT_A1P1);
	}
	expect_use("no check", NATSONDE_USE_LIFETIME, NATSONDE_USABLE_UNKNOWN);
	expect_use("no check", NATSONDE_USE_TCP, NATSONDE_USABLE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_each_fault_leaves),
		cmocka_unit_test(is_never_wrong),
		cmocka_unit_test(tells_a_blocked_tcp_from_a_refused_one),
		cmocka_unit_test(does_not_know_what_it_could_not_see),
		cmocka_unit_test(does_not_blame_a_server_that_limits_its_rate),
		cmocka_unit_test(asks_only_when_told_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
