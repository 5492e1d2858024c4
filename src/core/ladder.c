#include "ladder.h"

#include "history.h"
#include "silence.h"

#define STREAM_EXCHANGES 3u
#define STREAM_SPAN_US 3000000u
#define STREAM_GAP_US 2500000u /* after a longer silence it may be another mapping */
#define SILENT_MEANS_DEAD 3u /* packets: fewer are chance */
#define TOGETHER_US 1000000u /* packets that tell of the same age */

unsigned natsonde_rung_seconds(unsigned rung, unsigned max_s)
{
	unsigned seconds = 1;

	for (unsigned r = 0; r < rung && seconds < max_s; r++)
		seconds += seconds < 20 ? 1 : seconds / 10;
	if (seconds < max_s)
		return seconds;
	/* The one that reaches the end stands at the end; those beyond are not. */
	for (unsigned r = 0, before = 1; r < rung; r++) {
		if (before >= max_s)
			return 0;
		before += before < 20 ? 1 : before / 10;
	}
	return max_s;
}

natsonde_addr_id natsonde_ladder_asker(const struct natsonde_evidence *ev, unsigned server, uint32_t *answered_us)
{
	for (unsigned i = ev->n_probes; i-- > 0;) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->question == NATSONDE_Q_LIFE_PLAIN && p->server == server && natsonde_probe_is_good(ev, p)) {
			*answered_us = p->answered_us;
			return p->mapped;
		}
	}
	return 0;
}

bool natsonde_ladder_was_open(const struct natsonde_evidence *ev, unsigned server, uint32_t at_us, natsonde_addr_id mapped,
			      bool is_hopeful)
{
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->question != NATSONDE_Q_LIFE_PLAIN || p->server != server || p->sent_us + NATSONDE_BESIDE_US <= at_us ||
		    at_us + NATSONDE_BESIDE_US <= p->sent_us)
			continue;
		if (natsonde_probe_is_good(ev, p) &&
		    natsonde_addr_same_ip(natsonde_evidence_addr(ev, p->mapped), natsonde_evidence_addr(ev, mapped)))
			return true;
		if (is_hopeful && p->outcome == NATSONDE_SILENT && ev->now_us - p->sent_us < natsonde_history_wait_us(ev, server))
			return true;
	}
	return false;
}

static enum natsonde_ladder_kind kind_of(unsigned run, uint32_t span_us)
{
	return run >= STREAM_EXCHANGES && span_us > STREAM_SPAN_US ? NATSONDE_LADDER_STREAM : NATSONDE_LADDER_EXCHANGE;
}

static bool is_exchange(const struct natsonde_probe *p)
{
	return p->question == NATSONDE_Q_LIFE_SET;
}

static void look_at_set(const struct natsonde_evidence *ev, const struct natsonde_probe *p, struct natsonde_rung *r)
{
	r->server = p->server;
	r->socket = p->socket;
	r->sent_us = p->sent_us;
	if (!natsonde_probe_is_good(ev, p)) {
		r->sets_silent++;
		return;
	}
	r->sets_silent = 0;
	if (r->sets++ == 0 || natsonde_silence_us(p->sent_us, r->last_us) > STREAM_GAP_US) {
		r->first_us = p->answered_us;
		r->run = 0;
	}
	r->run++;
	r->last_us = p->answered_us;
	r->kind = (uint8_t)kind_of(r->run, r->last_us - r->first_us);
	r->mapped = p->mapped;
}

static void look_at_ask(const struct natsonde_evidence *ev, const struct natsonde_probe *p, struct natsonde_rung *r)
{
	if (p->outcome == NATSONDE_UNSENT)
		return;
	if (r->asked++ == 0)
		r->first_asked_us = p->sent_us;
	r->asked_us = p->sent_us;
	if (natsonde_probe_is_good(ev, p)) {
		if (!r->is_alive)
			r->alive_us = p->answered_us;
		r->is_alive = true;
	} else if (p->outcome == NATSONDE_SILENT && ev->now_us - p->sent_us < natsonde_history_wait_us(ev, p->server)) {
		r->pending++;
	}
}

struct natsonde_rung natsonde_rung_look(const struct natsonde_evidence *ev, unsigned instance)
{
	struct natsonde_rung r = {0};
	natsonde_addr_id asker;
	uint32_t answered_us;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (is_exchange(p) && p->instance == instance && p->outcome != NATSONDE_UNSENT)
			look_at_set(ev, p, &r);
		else if (p->question == NATSONDE_Q_LIFE_ASK && r.socket != 0 && p->target == r.socket)
			look_at_ask(ev, p, &r);
	}
	asker = natsonde_ladder_asker(ev, r.server, &answered_us);
	r.is_elsewhere = r.mapped != 0 && asker != 0 &&
			 !natsonde_addr_same_ip(natsonde_evidence_addr(ev, r.mapped), natsonde_evidence_addr(ev, asker));
	return r;
}

/* One socket's life as it is read from its packets in their order. */
struct life {
	unsigned exchanges;         /* answered */
	unsigned run;               /* of these the last ones, none of them long after the one before it */
	uint32_t first_us, last_us; /* of these */
	uint32_t out_us, in_us;     /* the last packets that went out without an answer, and that came in unasked; 0 none */
	natsonde_addr_id local, mapped;
	unsigned silent;            /* asked for in vain, the last times together */
	uint32_t silent_us;         /* when the first of these would have come */
};

static bool keeps_port(const struct natsonde_evidence *ev, const struct life *l)
{
	return natsonde_evidence_addr(ev, l->local)->port == natsonde_evidence_addr(ev, l->mapped)->port;
}

/* What was learnt of a mapping after some silence. */
struct sample {
	uint32_t age_us;
	bool is_alive, is_by_port;
	unsigned silent; /* dead: packets that did not come in */
	uint32_t at_us;  /* dead: when the last of them would have */
};

/* The exchange after a silence: on a NAT that does not keep ports, another one outside is another mapping. */
static bool sample_by_port(const struct natsonde_evidence *ev, const struct life *l, const struct natsonde_probe *p, struct sample *s)
{
	if (l->exchanges == 0 || l->out_us != 0 || l->in_us != 0 || keeps_port(ev, l) || p->sent_us <= l->last_us)
		return false;
	*s = (struct sample){.age_us = p->sent_us - l->last_us, .is_alive = p->mapped == l->mapped, .is_by_port = true};
	return true;
}

static void live_through_exchange(struct life *l, const struct natsonde_probe *p)
{
	if (l->exchanges++ == 0 || natsonde_silence_us(p->sent_us, l->last_us) > STREAM_GAP_US) {
		l->first_us = p->answered_us;
		l->run = 0;
	}
	l->run++;
	l->last_us = p->answered_us;
	l->local = p->local;
	l->mapped = p->mapped;
	l->out_us = l->in_us = l->silent_us = 0;
	l->silent = 0;
}

/* Whether p is the server's packet to this socket, or one that was to be. */
static bool is_asked_for(const struct natsonde_probe *p, unsigned socket)
{
	return p->question == NATSONDE_Q_LIFE_ASK && p->target == socket && p->outcome != NATSONDE_UNSENT;
}

typedef void visit(void *ctx, const struct life *before, const struct sample *s);

/* Walks through the life of a socket, and reports what is learnt after each silence. What came in after it was given up for dead is
 * reported as alive as well, and outweighs it. */
static void walk(const struct natsonde_evidence *ev, unsigned socket, visit *report, void *ctx)
{
	struct life l = {0};
	struct sample s;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		uint32_t wait_us;

		if (p->socket == socket && is_exchange(p) && natsonde_probe_is_good(ev, p)) {
			if (sample_by_port(ev, &l, p, &s))
				report(ctx, &l, &s);
			live_through_exchange(&l, p);
		} else if (p->socket == socket && p->question == NATSONDE_Q_LIFE_KEEP && p->outcome != NATSONDE_UNSENT) {
			l.out_us = p->sent_us;
		} else if (l.exchanges > 0 && is_asked_for(p, socket) && natsonde_probe_is_good(ev, p)) {
			s = (struct sample){.age_us = p->answered_us - l.last_us, .is_alive = true};
			report(ctx, &l, &s);
			l.in_us = p->answered_us;
			l.silent_us = 0;
			l.silent = 0;
		} else if (l.exchanges > 0 && is_asked_for(p, socket) && p->outcome == NATSONDE_SILENT) {
			wait_us = natsonde_history_wait_us(ev, p->server);
			if (ev->now_us - p->sent_us < wait_us)
				continue;
			if (l.silent_us == 0 || p->sent_us - l.silent_us > TOGETHER_US) {
				l.silent_us = p->sent_us + natsonde_evidence_traffic(ev, p->server).rtt_us;
				l.silent = 0;
			}
			l.silent += natsonde_ladder_was_open(ev, p->server, p->sent_us, l.mapped, false);
			s = (struct sample){.age_us = natsonde_silence_us(l.silent_us, l.last_us), .silent = l.silent, .at_us = p->sent_us};
			report(ctx, &l, &s);
		}
	}
}

static unsigned last_socket(const struct natsonde_evidence *ev)
{
	unsigned last = 0;

	for (unsigned i = 0; i < ev->n_probes; i++)
		last = ev->probes[i].socket > last ? ev->probes[i].socket : last;
	return last;
}

enum pass { FIND_ALIVE, FIND_DEAD, COUNT_DEAD };

struct age_walk {
	enum natsonde_ladder_kind kind;
	enum pass pass;
	struct natsonde_ladder_age age;
	bool is_asked;        /* some sample came by RESPONSE-PORT */
	unsigned this_silent; /* of the socket under the eye: packets in vain when it was found dead */
	uint32_t this_us;     /* at that age */
};

static void see_age(void *ctx, const struct life *before, const struct sample *s)
{
	struct age_walk *w = ctx;

	if (kind_of(before->run, before->last_us - before->first_us) != w->kind || before->out_us != 0 || before->in_us != 0)
		return;
	if (w->pass == FIND_ALIVE) {
		if (s->is_alive && s->age_us > w->age.alive_us)
			w->age.alive_us = s->age_us;
		w->is_asked = w->is_asked || !s->is_by_port;
		w->age.is_by_port = !w->is_asked;
		return;
	}
	if (s->is_alive) {
		w->this_silent = 0;
	} else if (w->this_silent < SILENT_MEANS_DEAD || s->age_us == w->this_us) {
		w->this_silent = s->is_by_port ? SILENT_MEANS_DEAD : s->silent;
		w->this_us = s->age_us;
	}
}

/* Too few packets in vain are chance, and one that lived through a longer silence outweighs them. How sure it is that mappings were
 * dead at an age, those tell that were dead not much later. */
static void note_dead(struct age_walk *w)
{
	struct natsonde_ladder_age *age = &w->age;

	if (w->this_silent < SILENT_MEANS_DEAD)
		return;
	if (w->this_us <= age->alive_us) {
		age->is_erratic = true;
	} else if (w->pass == FIND_DEAD) {
		if (age->dead_us == 0 || w->this_us < age->dead_us)
			age->dead_us = w->this_us;
	} else if (w->this_us - age->dead_us <= age->dead_us / 2 + TOGETHER_US) {
		age->dead_rungs++;
		age->silent += w->this_silent;
	}
}

struct natsonde_ladder_age natsonde_ladder_age(const struct natsonde_evidence *ev, enum natsonde_ladder_kind kind)
{
	struct age_walk w = {.kind = kind};
	unsigned last = last_socket(ev);

	for (w.pass = FIND_ALIVE; w.pass <= COUNT_DEAD; w.pass++)
		for (unsigned socket = 1; socket <= last; socket++) {
			w.this_silent = 0;
			w.this_us = 0;
			walk(ev, socket, see_age, &w);
			note_dead(&w);
		}
	return w.age;
}

struct refresh_walk {
	bool by_inbound;
	uint32_t alive_us, dead_us;
	unsigned controls, lost;
	unsigned silent; /* packets that did not come in, so soon after the refreshing one that they had to */
	enum natsonde_answer answer;
};

static void see_refresh(void *ctx, const struct life *before, const struct sample *s)
{
	struct refresh_walk *w = ctx;
	uint32_t refreshed_us = w->by_inbound ? before->in_us : before->out_us;

	if (refreshed_us == 0 || (w->by_inbound ? before->out_us : before->in_us) != 0 || s->is_by_port || s->age_us < w->dead_us)
		return;
	if (s->silent <= 1)
		w->silent = 0;
	if (!s->is_alive && s->at_us - refreshed_us < w->alive_us)
		w->silent++;
	if (s->is_alive)
		w->answer = NATSONDE_ANSWER_YES;
	else if (natsonde_silence_convinces(w->silent, w->lost, w->controls, NATSONDE_DOUBT_DEAD) && w->answer == NATSONDE_UNSAID)
		w->answer = NATSONDE_ANSWER_NO;
}

enum natsonde_answer natsonde_ladder_refreshed(const struct natsonde_evidence *ev, bool by_inbound, const struct natsonde_ladder_age *age)
{
	struct refresh_walk w = {.by_inbound = by_inbound, .alive_us = age->alive_us, .dead_us = age->dead_us};
	unsigned last = last_socket(ev);

	natsonde_ladder_controls(ev, &w.controls, &w.lost);
	for (unsigned socket = 1; socket <= last && age->dead_us != 0; socket++)
		walk(ev, socket, see_refresh, &w);
	return w.answer;
}

void natsonde_ladder_controls(const struct natsonde_evidence *ev, unsigned *controls, unsigned *lost)
{
	*controls = *lost = 0;
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		bool is_lost = p->outcome == NATSONDE_SILENT && ev->now_us - p->sent_us >= natsonde_history_wait_us(ev, p->server);

		if (!is_exchange(p) && p->question != NATSONDE_Q_LIFE_PLAIN)
			continue;
		*controls += is_lost || natsonde_probe_is_good(ev, p);
		*lost += is_lost;
	}
}
