/* --jsonl: tells of a run, event by event, while it lasts. */
#ifndef NATSONDE_CLI_LIVE_H
#define NATSONDE_CLI_LIVE_H

#include <natsonde/stream.h>

#include "watch.h"

struct natsonde_live {
	FILE *out;
	const struct natsonde_report *report;  /* what is known of the run before it has ended */
	const struct natsonde_watch *watch;    /* what runs */
	bool has_failed;                       /* out took no more: nobody reads this */
	struct {
		unsigned told; /* probes whose sending was told of */
		bool is_over;  /* its verdicts were told of */
		struct { uint8_t outcome; natsonde_addr_id from; } last[NATSONDE_PROBES_MAX]; /* as told of */
	} families[2];
};

/* The caller fills in the first fields and leaves the rest zero. False if out does not take the first line. */
bool natsonde_live_begin(struct natsonde_live *live);
/* To be looked with: natsonde_watch.look, ctx is the live. False once nobody reads any more. */
bool natsonde_live_look(void *ctx, natsonde_us now);

#endif
