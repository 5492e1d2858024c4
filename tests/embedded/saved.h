/* Evidence that was saved, to be judged again: the table itself is generated (save.c). */
#ifndef NATSONDE_TESTS_SAVED_H
#define NATSONDE_TESTS_SAVED_H

#include <natsonde/evidence.h>

struct saved {
	const char *spec; /* of the simulated network that it comes from */
	struct natsonde_evidence ev;
};

#endif
