/* What make size counts: all that a firmware needs to make a discovery and to have its verdicts as enums. With ALL_TESTS, all of
 * them; else the default ones. */
#include <natsonde/engine.h>

#include "core/use.h"

/* Only natsonde check asks this. */
void natsonde_use_ask(struct natsonde_want *w)
{
	(void)w;
}

int main(void)
{
	static struct natsonde_engine engine;
	struct natsonde_engine *all = &engine;
	struct natsonde_verdicts verdicts;

#ifdef ALL_TESTS
	static const struct natsonde_plan plan = {.further = &natsonde_further_tests};
	natsonde_engine_init(&engine, &plan, engine.random, NULL, 0, NULL, 0);
	natsonde_drive(&all, 1, NULL);
	natsonde_judge_all(natsonde_engine_evidence(&engine), &verdicts);
#else
	natsonde_engine_init(&engine, NULL, engine.random, NULL, 0, NULL, 0);
	natsonde_drive(&all, 1, NULL);
	natsonde_judge(natsonde_engine_evidence(&engine), &verdicts);
#endif
	return verdicts.of[0].verdict;
}
