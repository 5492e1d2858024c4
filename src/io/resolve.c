#define _GNU_SOURCE /* EAI_NODATA */
#include <natsonde/io.h>

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptor.h"
#include "host.h"
#include "srv.h"

/* How long what comes first waits for what would be better: a name's own addresses for those of its SRV records, enough names
 * for the ones that were to be used. */
#define SERVICE_GRACE (500 * NATSONDE_MS)
#define SPARE_GRACE (50 * NATSONDE_MS)

/* getaddrinfo() can neither be given a time nor be stopped, so each name has a thread, and a second one for its SRV records. They
 * are abandoned when the time has come. What threads write to stands on the heap, and goes with the last of them. */
enum job_kind { JOB_HOST, JOB_SERVICES, JOBS };

struct batch;

struct job {
	struct batch *batch;
	enum job_kind kind;
	char *host;
	const char *services[NATSONDE_IO_SERVICES];
	pthread_t thread;
	bool is_started;
	atomic_bool is_done;           /* then found is final */
	natsonde_us done_at;           /* when that was noticed, 0 before; never touched by the thread */
	struct natsonde_io_name found;
};

struct work {
	struct natsonde_io_name *name; /* the caller's: never touched by a thread */
	struct job jobs[JOBS];
};

struct batch {
	atomic_uint owners;
	int pipe[2]; /* a byte for every job done */
	natsonde_us until, enough_at; /* when enough names were resolved, 0 before */
	unsigned n, wanted;
	struct work works[];
};

static void disown(struct batch *batch)
{
	if (atomic_fetch_sub(&batch->owners, 1) > 1)
		return;
	for (unsigned i = 0; i < batch->n; i++)
		for (unsigned k = 0; k < JOBS; k++)
			free(batch->works[i].jobs[k].host);
	close(batch->pipe[0]);
	close(batch->pipe[1]);
	free(batch);
}

static void keep(struct natsonde_io_name *name, const struct natsonde_addr *addr)
{
	unsigned family = addr->family == NATSONDE_IPV6;
	struct natsonde_addr *addrs = name->addrs[family];

	for (unsigned i = 0; i < name->n[family]; i++)
		if (natsonde_addr_equal(&addrs[i], addr))
			return;
	if (name->n[family] == NATSONDE_IO_ADDRS_MAX)
		return;
	addrs[name->n[family]++] = *addr;
	name->result = NATSONDE_RESOLVED;
}

static enum natsonde_resolution meaning(int error)
{
	switch (error) {
	case 0: /* addresses of other families only */
	case EAI_NONAME:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		return NATSONDE_RESOLVE_NO_SUCH_NAME;
	default:
		return NATSONDE_RESOLVE_FAILED;
	}
}

static void look_up(const char *host, uint16_t port, struct natsonde_io_name *found)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	struct natsonde_addr addr;
	int error = getaddrinfo(host, NULL, &hints, &list);

	if (found->result != NATSONDE_RESOLVED)
		found->result = meaning(error);
	if (error)
		return;
	for (const struct addrinfo *i = list; i; i = i->ai_next)
		if (natsonde_io_from_sockaddr(i->ai_addr, &addr)) {
			addr.port = port;
			keep(found, &addr);
		}
	freeaddrinfo(list);
}

static void look_up_services(const struct job *job, struct natsonde_io_name *found)
{
	struct natsonde_io_srv answers[NATSONDE_IO_SERVICES];

	natsonde_io_srv_look_up(job->host, job->services, job->batch->until, answers);
	for (unsigned s = 0; s < NATSONDE_IO_SERVICES && found->result != NATSONDE_RESOLVED; s++)
		for (unsigned i = 0; i < answers[s].n; i++)
			look_up(answers[s].targets[i].host, answers[s].targets[i].port, found);
}

static void *run(void *argument)
{
	struct job *job = argument;
	struct batch *batch = job->batch;

	if (job->kind == JOB_HOST)
		look_up(job->host, job->found.port, &job->found);
	else
		look_up_services(job, &job->found);
	atomic_store(&job->is_done, true);
	(void)!write(batch->pipe[1], "", 1); /* a full pipe wakes as well */
	disown(batch);
	return NULL;
}

static void start(struct job *job, const struct natsonde_io_name *name)
{
	struct batch *batch = job->batch;

	job->host = strdup(name->host);
	if (!job->host)
		return;
	atomic_fetch_add(&batch->owners, 1);
	job->is_started = pthread_create(&job->thread, NULL, run, job) == 0;
	if (!job->is_started)
		atomic_fetch_sub(&batch->owners, 1);
}

/* Signals are for the thread that waits: EINTR may fail a resolver. */
static void start_all(struct batch *batch)
{
	bool has_services = natsonde_io_srv_start();
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned i = 0; i < batch->n; i++) {
		struct work *work = &batch->works[i];

		start(&work->jobs[JOB_HOST], work->name);
		if (has_services && work->name->services[0])
			start(&work->jobs[JOB_SERVICES], work->name);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void prepare(struct batch *batch, struct natsonde_io_name *name)
{
	struct work *work = &batch->works[batch->n++];

	work->name = name;
	for (unsigned k = 0; k < JOBS; k++) {
		struct job *job = &work->jobs[k];

		job->batch = batch;
		job->kind = (enum job_kind)k;
		job->found.port = name->port;
		job->found.result = NATSONDE_RESOLVE_FAILED;
		memcpy(job->services, name->services, sizeof(job->services));
		atomic_init(&job->is_done, false);
	}
}

static struct batch *create(struct natsonde_io_name *names, unsigned n, natsonde_us until)
{
	struct batch *batch = calloc(1, sizeof(*batch) + n * sizeof(batch->works[0]));

	if (!batch)
		return NULL;
	if (!natsonde_io_pipe(batch->pipe)) {
		free(batch);
		return NULL;
	}
	atomic_init(&batch->owners, 1);
	batch->until = until;
	for (unsigned i = 0; i < n; i++) {
		batch->wanted += !names[i].is_spare;
		if (names[i].result != NATSONDE_RESOLVED)
			prepare(batch, &names[i]);
	}
	batch->wanted -= batch->wanted < n - batch->n ? batch->wanted : n - batch->n; /* numeric ones are there already */
	return batch;
}

static bool is_done(struct job *job)
{
	if (job->is_started && !job->done_at && atomic_load(&job->is_done))
		job->done_at = natsonde_io_now();
	return job->done_at != 0;
}

static bool is_pending(struct job *job)
{
	return job->is_started && !is_done(job);
}

/* The job whose answer is the name's, NULL while there is none; *wake is when to look again, if that is sooner. */
static struct job *answer_of(struct work *work, natsonde_us *wake)
{
	struct job *host = &work->jobs[JOB_HOST], *services = &work->jobs[JOB_SERVICES];

	if (is_done(services) && services->found.result == NATSONDE_RESOLVED)
		return services;
	if (is_pending(host))
		return NULL;
	if (!is_pending(services))
		return host;
	if (host->found.result != NATSONDE_RESOLVED)
		return NULL;
	if (host->done_at + SERVICE_GRACE < *wake)
		*wake = host->done_at + SERVICE_GRACE;
	return natsonde_io_now() >= host->done_at + SERVICE_GRACE ? host : NULL;
}

/* Whether nothing is left to wait for. */
static bool is_finished(struct batch *batch, natsonde_us *wake)
{
	unsigned resolved = 0, answered = 0;

	for (unsigned i = 0; i < batch->n; i++) {
		const struct job *job = answer_of(&batch->works[i], wake);

		answered += job != NULL;
		resolved += job && job->found.result == NATSONDE_RESOLVED;
	}
	if (answered == batch->n)
		return true;
	if (resolved < batch->wanted)
		return false;
	if (!batch->enough_at)
		batch->enough_at = natsonde_io_now();
	if (batch->enough_at + SPARE_GRACE < *wake)
		*wake = batch->enough_at + SPARE_GRACE;
	return natsonde_io_now() >= batch->enough_at + SPARE_GRACE;
}

static int timeout_ms(natsonde_us left)
{
	return (int)(((left < 60 * NATSONDE_S ? left : 60 * NATSONDE_S) + NATSONDE_MS - 1) / NATSONDE_MS);
}

static void wait_for(struct batch *batch)
{
	struct pollfd fds[2] = {
		{ .fd = batch->pipe[0], .events = POLLIN },
		{ .fd = natsonde_io_wake_descriptor(), .events = POLLIN },
	};
	natsonde_us wake = batch->until;
	char bytes[64];

	while (!is_finished(batch, &wake) && !natsonde_io_is_interrupted()) {
		natsonde_us left = wake - natsonde_io_now();

		if (natsonde_io_now() >= batch->until)
			return;
		if (poll(fds, 2, left > 0 ? timeout_ms(left) : 0) > 0 && fds[0].revents)
			(void)!read(batch->pipe[0], bytes, sizeof(bytes));
		wake = batch->until;
	}
}

static enum natsonde_resolution unanswered(const struct batch *batch)
{
	if (natsonde_io_is_interrupted())
		return NATSONDE_RESOLVE_INTERRUPTED;
	return batch->enough_at ? NATSONDE_RESOLVE_NOT_NEEDED : NATSONDE_RESOLVE_TIMEOUT;
}

/* A name that only its SRV records were waited for has its own addresses. */
static const struct job *best_of(struct work *work)
{
	struct job *host = &work->jobs[JOB_HOST], *services = &work->jobs[JOB_SERVICES];

	if (is_done(services) && services->found.result == NATSONDE_RESOLVED)
		return services;
	return is_pending(host) ? NULL : host;
}

static void collect(struct work *work)
{
	const struct job *best = best_of(work);
	struct natsonde_io_name *name = work->name;

	name->result = best ? best->found.result : unanswered(work->jobs[JOB_HOST].batch);
	if (best) {
		memcpy(name->n, best->found.n, sizeof(name->n));
		memcpy(name->addrs, best->found.addrs, sizeof(name->addrs));
	}
	for (unsigned k = 0; k < JOBS; k++)
		if (work->jobs[k].is_started && is_done(&work->jobs[k]))
			pthread_join(work->jobs[k].thread, NULL);
		else if (work->jobs[k].is_started)
			pthread_detach(work->jobs[k].thread);
}

/* True if no name is left that needs a resolver. */
static bool read_numeric(struct natsonde_io_name *names, unsigned n)
{
	struct natsonde_addr addr;
	bool is_all = true;

	for (unsigned i = 0; i < n; i++) {
		names[i].n[0] = names[i].n[1] = 0;
		names[i].result = NATSONDE_RESOLVE_FAILED;
		if (natsonde_addr_parse_ip(names[i].host, &addr)) {
			addr.port = names[i].port;
			keep(&names[i], &addr);
		}
		is_all &= names[i].result == NATSONDE_RESOLVED;
	}
	return is_all;
}

void natsonde_io_resolve(struct natsonde_io_name *names, unsigned n, natsonde_us until)
{
	struct batch *batch = read_numeric(names, n) ? NULL : create(names, n, until);

	if (!batch)
		return;
	start_all(batch);
	wait_for(batch);
	for (unsigned i = 0; i < batch->n; i++)
		collect(&batch->works[i]);
	disown(batch);
}
