/* Climbing a ladder of lifetime (ladder.h): which rung is begun, which is asked, and when it is enough. rung.c has what one rung wants,
 * climb.c the ladder. */
#ifndef NATSONDE_CORE_CLIMB_H
#define NATSONDE_CORE_CLIMB_H

#include "ladder.h"
#include "want.h"

enum natsonde_rung_state {
	NATSONDE_RUNG_NOT_BEGUN,
	NATSONDE_RUNG_EXCHANGING,  /* its mapping is being made */
	NATSONDE_RUNG_STANDING,    /* silent */
	NATSONDE_RUNG_BEING_ASKED, /* and nothing came in yet */
	NATSONDE_RUNG_ALIVE,       /* from here on nothing more is to be learnt of it */
	NATSONDE_RUNG_DEAD,
	NATSONDE_RUNG_OF_NO_USE
};

struct natsonde_climb {
	struct natsonde_want *w;
	enum natsonde_ladder_kind kind;
	bool by_port;            /* without RESPONSE-PORT: the rung's next exchange is what asks */
	uint8_t  servers[NATSONDE_SERVERS_MAX]; /* that the rungs are shared out to */
	unsigned n_servers;
	unsigned n_rungs, first; /* where to begin */
	unsigned asks;           /* packets in vain until a rung is dead */
	unsigned spare;          /* packets to each server that something else will take */
	/* The rest is natsonde_climb's. */
	uint8_t  state[NATSONDE_RUNGS_MAX]; /* enum natsonde_rung_state */
	unsigned standing;       /* rungs that hold a socket */
	uint8_t  owed[NATSONDE_SERVERS_MAX]; /* packets that they still take, by server */
	uint32_t began_us;       /* when the first of them did; 0 not yet */
};

/* Packets of a plain question until its silence is believed. */
#define NATSONDE_CLIMB_COPIES 4u

/* Whether there are so few sockets that rungs are climbed one at a time. */
bool natsonde_climb_is_few(const struct natsonde_want *w);
unsigned natsonde_climb_count_rungs(unsigned max_s);

/* Offers what the ladder wants. True once there is nothing left to do. */
bool natsonde_climb(struct natsonde_climb *c);
/* After that: the highest rung that lived, -1 without any. */
int natsonde_climb_alive(const struct natsonde_climb *c);
/* The server that has the most packets left. */
unsigned natsonde_climb_server(const struct natsonde_climb *c);
/* Gives back the sockets of rungs that have told what they can (is_climbed: of all). */
void natsonde_climb_release(struct natsonde_climb *c, bool is_climbed);

/* A rung with its evidence. */
struct natsonde_rung natsonde_climb_look(const struct natsonde_climb *c, unsigned rung);
enum natsonde_rung_state natsonde_climb_state(const struct natsonde_climb *c, const struct natsonde_rung *r, unsigned instance);
/* Packets that a rung takes until it has been asked once. */
unsigned natsonde_climb_owed(const struct natsonde_climb *c, const struct natsonde_rung *r);
/* Offers what a rung in that state wants next. */
void natsonde_climb_ask_rung(struct natsonde_climb *c, unsigned rung);
/* Offers to ask a rung from that time on until an answer came or the silence is enough, with plain requests beside. */
void natsonde_climb_ask_until_sure(struct natsonde_climb *c, const struct natsonde_rung *r, uint32_t due_us);
/* Offers to have the server send to a rung. */
void natsonde_climb_offer_ask(struct natsonde_want *w, const struct natsonde_rung *r, uint32_t when_us);
void natsonde_climb_offer(struct natsonde_want *w, enum natsonde_question q, unsigned server, unsigned instance, uint32_t when_us);

#endif
