/* Lifetime's ladder: sockets that fall silent, each to be asked after a longer time than the one before whether its mapping is still
 * there. This is its evidence, rung by rung; what to ask and what follows is in behaviour/lifetime.c. */
#ifndef NATSONDE_CORE_LADDER_H
#define NATSONDE_CORE_LADDER_H

#include <natsonde/evidence.h>
#include <natsonde/judge.h>

#define NATSONDE_RUNGS_MAX 96 /* up to an hour in steps of a tenth */

/* RFC 4787 section 4.3 knows one timer; NATs in the field have two: for a single exchange, and for a flow that lasts. */
enum natsonde_ladder_kind { NATSONDE_LADDER_EXCHANGE, NATSONDE_LADDER_STREAM, NATSONDE_LADDERS };

/* The socket of a rung is found by its instance. */
static inline uint8_t natsonde_rung_instance(enum natsonde_ladder_kind kind, unsigned rung)
{
	return (uint8_t)(1 + rung + kind * 100u);
}
enum { NATSONDE_RUNG_PREFLIGHT = 201, /* and one more for each server */ NATSONDE_RUNG_KEPT = 211, NATSONDE_RUNG_REACHED };

/* After how many seconds of silence a rung is asked: a second apart, then a tenth of what they are. The last one is max_s; 0 beyond. */
unsigned natsonde_rung_seconds(unsigned rung, unsigned max_s);

struct natsonde_rung {
	uint8_t  server, socket; /* socket 0: not begun */
	uint8_t  kind;           /* enum natsonde_ladder_kind: what its exchanges have made of its mapping */
	uint8_t  run;            /* exchanges, none of them long after the one before it */
	uint8_t  sets;           /* its exchanges: answered ... */
	uint8_t  sets_silent;    /* ... and not, since the last that was */
	uint8_t  asked, pending; /* times that the server was asked to send to it; of them not yet waited for */
	bool     is_alive;       /* an answer came in */
	bool     is_elsewhere;   /* its external address is another one than the asker's */
	natsonde_addr_id mapped;
	uint32_t first_us, last_us; /* the first and last exchange of the run; when the answers came */
	uint32_t sent_us;           /* its last request */
	uint32_t asked_us, first_asked_us; /* last and first time asked; 0 never */
	uint32_t alive_us;          /* when the first answer came in after the silence */
};

/* For how long a socket was silent between an answer and its next request. That may have left before a late answer came. */
static inline uint32_t natsonde_silence_us(uint32_t sent_us, uint32_t last_us)
{
	return sent_us > last_us ? sent_us - last_us : 0;
}

/* One rung, by its instance. asker: the external address of who asks. */
struct natsonde_rung natsonde_rung_look(const struct natsonde_evidence *ev, unsigned instance);
/* Whether silence after a packet of the asker, sent then, is a rung's own: a plain request beside it was answered, and to the external
 * address that the rung has, which is where the server sends. is_hopeful: or may yet be. */
#define NATSONDE_BESIDE_US 300000u
bool natsonde_ladder_was_open(const struct natsonde_evidence *ev, unsigned server, uint32_t at_us, natsonde_addr_id mapped,
			      bool is_hopeful);
/* Where the asker of that server is seen outside: by its last exchange, and since when; 0 if it had none. */
natsonde_addr_id natsonde_ladder_asker(const struct natsonde_evidence *ev, unsigned server, uint32_t *answered_us);

/* What the whole evidence says, whoever asked and why. Judged by age alone, so that saved evidence says the same. */
struct natsonde_ladder_age {
	uint32_t alive_us;   /* the longest silence that a mapping outlived */
	uint32_t dead_us;    /* the shortest, beyond that, that it did not; 0 none */
	unsigned dead_rungs; /* sockets that were dead after that or longer */
	unsigned silent;     /* packets that say so */
	bool     is_erratic; /* one was dead after a shorter silence, and not by chance */
	bool     is_by_port; /* seen by another port, not by RESPONSE-PORT */
};
struct natsonde_ladder_age natsonde_ladder_age(const struct natsonde_evidence *ev, enum natsonde_ladder_kind kind);
/* Whether inbound packets alone, or outbound ones, kept a mapping alive that had to die of old age (dead_us). "No" takes silence that
 * it had to outlive (alive_us). */
enum natsonde_answer natsonde_ladder_refreshed(const struct natsonde_evidence *ev, bool by_inbound, const struct natsonde_ladder_age *age);
/* Plain exchanges of these sockets, and how many of them were lost: what the path loses. */
void natsonde_ladder_controls(const struct natsonde_evidence *ev, unsigned *controls, unsigned *lost);

#endif
