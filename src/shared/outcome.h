/* What a run as a whole comes to: design section 2. */
#ifndef NATSONDE_CLI_OUTCOME_H
#define NATSONDE_CLI_OUTCOME_H

#include <natsonde/report.h>

enum natsonde_exit {
	NATSONDE_EXIT_OK = 0,
	NATSONDE_EXIT_CONTRADICTED = 1,
	NATSONDE_EXIT_USAGE = 2,
	NATSONDE_EXIT_UNREACHABLE = 3,
	NATSONDE_EXIT_INCOMPLETE = 4,
	NATSONDE_EXIT_FAULT = 5
};

struct natsonde_conclusion {
	enum natsonde_run_outcome outcome;
	enum natsonde_unreachable unreachable; /* RUN_UNREACHABLE: why */
	enum natsonde_fault fault;             /* RUN_FAILED: what */
	enum natsonde_exit exit_code;
};

/* What a run that came to this ends with. */
enum natsonde_exit natsonde_outcome_exit(enum natsonde_run_outcome outcome);

/* How a family whose probes were sent is to be reported. */
enum natsonde_unavailable natsonde_outcome_family(const struct natsonde_evidence *ev);

/* The outcome of the families together. is_interrupted: the user ended the run before it could begin to measure; what
 * happened later is in the evidence. */
struct natsonde_conclusion natsonde_outcome_conclude(const struct natsonde_family_report families[2], uint16_t tests,
						     bool is_interrupted);

#endif
