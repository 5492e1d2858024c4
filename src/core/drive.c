/* The driver: engines on one side, a door to the world on the other. */
#include <natsonde/engine.h>

#define SOCKETS_EACH 3u /* enough for one family */
#define DRAIN_MAX 64 /* whoever is flooded must still get on */

static void perform(struct natsonde_engine *e, const struct natsonde_door *door, unsigned base, const struct natsonde_action *action)
{
	struct natsonde_addr local = {0};
	enum natsonde_fault fault;

	switch (action->what) {
	case NATSONDE_DO_OPEN:
		fault = door->open(door->ctx, base + action->slot, action->transport, &action->to, action->port, &local);
		natsonde_engine_on_open(e, action->slot, fault, &local);
		break;
	case NATSONDE_DO_SEND:
		fault = door->send(door->ctx, base + action->slot, &action->to, action->bytes, action->len);
		if (fault != NATSONDE_OK)
			natsonde_engine_on_unsent(e, fault);
		break;
	case NATSONDE_DO_CLOSE:
		door->close(door->ctx, base + action->slot);
		break;
	}
}

/* The door's slots are shared out alike. */
static unsigned slots_each(unsigned n)
{
	return NATSONDE_DOOR_SLOTS / n;
}

/* How many sockets each of so many engines may have at a time. */
static void share_sockets(struct natsonde_engine *const *engines, unsigned n, const struct natsonde_door *door)
{
	unsigned share = door->max_open / n;

	for (unsigned i = 0; i < n; i++)
		engines[i]->plan.max_sockets = (uint8_t)(share < NATSONDE_ENGINE_SLOTS ? share : NATSONDE_ENGINE_SLOTS);
}

static void deliver(struct natsonde_engine *const *engines, unsigned n, const struct natsonde_door *door, const struct natsonde_event *ev)
{
	natsonde_us now = door->now(door->ctx);
	unsigned slot = ev->slot % slots_each(n), which = ev->slot / slots_each(n);

	if (ev->kind == NATSONDE_EVENT_INTERRUPT)
		for (unsigned i = 0; i < n; i++)
			natsonde_engine_stop(engines[i], now);
	if (which >= n)
		return;
	switch (ev->kind) {
	case NATSONDE_EVENT_RECEIVED:
		natsonde_engine_on_received(engines[which], now, slot, &ev->peer, ev->bytes, ev->len);
		break;
	case NATSONDE_EVENT_ICMP:
		natsonde_engine_on_icmp(engines[which], now, slot, &ev->peer, ev->icmp_type, ev->icmp_code, ev->bytes, ev->len);
		break;
	case NATSONDE_EVENT_CLOSED:
		natsonde_engine_on_closed(engines[which], now, slot);
		break;
	default:
		break;
	}
}

/* An address family that leads nowhere must not hold up the answer of the one that works. */
static void hurry_others(struct natsonde_engine *const *engines, unsigned n)
{
	for (unsigned i = 0; i < n * n; i++)
		if (engines[i / n]->ev.end == NATSONDE_END_DECIDED)
			natsonde_engine_hurry(engines[i % n]);
}

static void drive_together(struct natsonde_engine *const *engines, unsigned n, const struct natsonde_door *door)
{
	for (;;) {
		natsonde_us wake = NATSONDE_NEVER;
		struct natsonde_event event;
		struct natsonde_action action;
		uint8_t buf[NATSONDE_SEND_MAX];

		for (unsigned i = 0; i < n; i++) {
			while (natsonde_engine_next(engines[i], door->now(door->ctx), buf, sizeof(buf), &action))
				perform(engines[i], door, i * slots_each(n), &action);
			if (natsonde_engine_deadline(engines[i]) < wake)
				wake = natsonde_engine_deadline(engines[i]);
		}
		if (wake == NATSONDE_NEVER)
			return;
		hurry_others(engines, n);
		/* What has come already is taken in before anything else is sent: a changed reply that lay beside the plain one came
		 * before this host spoke to the alternate, and must be seen to. */
		for (unsigned i = 0; i < DRAIN_MAX; i++) {
			door->wait(door->ctx, i == 0 ? wake : door->now(door->ctx), &event);
			deliver(engines, n, door, &event);
			if (event.kind == NATSONDE_EVENT_NONE || event.kind == NATSONDE_EVENT_INTERRUPT)
				break;
		}
	}
}

void natsonde_drive(struct natsonde_engine *const *engines, unsigned n, const struct natsonde_door *door)
{
	unsigned together = door->max_open >= n * SOCKETS_EACH ? n : 1;

	for (unsigned i = 0; i < n; i += together) {
		share_sockets(&engines[i], together, door);
		drive_together(&engines[i], together, door);
		for (unsigned k = i + together; k < n && natsonde_engine_evidence(engines[i])->end == NATSONDE_END_INTERRUPTED; k++)
			natsonde_engine_stop(engines[k], door->now(door->ctx));
	}
}
