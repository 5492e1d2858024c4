/* The one live line on stderr while a run lasts; only where stderr is a terminal. */
#ifndef NATSONDE_CLI_PROGRESS_H
#define NATSONDE_CLI_PROGRESS_H

#include "watch.h"

struct natsonde_progress {
	bool is_shown;
	const struct natsonde_watch *watch; /* what runs */
	natsonde_us ends, gives_up;         /* when the run ends at the latest, and when if nothing answers */
	natsonde_us drawn;
};

/* Shows that names are being resolved; false where stderr is no terminal, and then nothing is ever shown. */
bool natsonde_progress_begin(struct natsonde_progress *progress);
/* To be looked with: natsonde_watch.look, ctx is the progress. Always true. */
bool natsonde_progress_look(void *ctx, natsonde_us now);
#define NATSONDE_PROGRESS_SLICE (100 * NATSONDE_MS)
/* Shows that line in the place of the last one, cut where the terminal ends; nothing where stderr is no terminal. */
void natsonde_progress_show(const char *line);
/* Erases the line. */
void natsonde_progress_end(struct natsonde_progress *progress);

#endif
