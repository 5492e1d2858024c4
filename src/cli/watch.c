#include "watch.h"

/* The driver asks for the time before every step: that is where nothing is half done. */
static natsonde_us watch_now(void *ctx)
{
	struct natsonde_watch *w = ctx;
	natsonde_us now = w->inner.now(w->inner.ctx);

	(void)w->look(w->ctx, now);
	return now;
}

static void watch_random(void *ctx, uint8_t *out, size_t n)
{
	struct natsonde_watch *w = ctx;

	w->inner.random(w->inner.ctx, out, n);
}

static enum natsonde_fault watch_open(void *ctx, unsigned slot, enum natsonde_transport transport,
				      const struct natsonde_addr *toward, uint16_t port, struct natsonde_addr *local)
{
	struct natsonde_watch *w = ctx;

	return w->inner.open(w->inner.ctx, slot, transport, toward, port, local);
}

static void watch_close(void *ctx, unsigned slot)
{
	struct natsonde_watch *w = ctx;

	w->inner.close(w->inner.ctx, slot);
}

static enum natsonde_fault watch_send(void *ctx, unsigned slot, const struct natsonde_addr *to, const uint8_t *bytes, size_t len)
{
	struct natsonde_watch *w = ctx;

	return w->inner.send(w->inner.ctx, slot, to, bytes, len);
}

static void watch_wait(void *ctx, natsonde_us until, struct natsonde_event *event)
{
	struct natsonde_watch *w = ctx;
	natsonde_us now;

	do {
		now = w->inner.now(w->inner.ctx);
		if (!w->look(w->ctx, now)) {
			*event = (struct natsonde_event){ .kind = NATSONDE_EVENT_INTERRUPT };
			return;
		}
		w->inner.wait(w->inner.ctx, w->slice && until - now > w->slice ? now + w->slice : until, event);
	} while (event->kind == NATSONDE_EVENT_NONE && w->inner.now(w->inner.ctx) < until);
}

struct natsonde_door natsonde_watch_door(struct natsonde_watch *watch, const struct natsonde_door *inner)
{
	struct natsonde_door door = *inner;

	watch->inner = *inner;
	door.ctx = watch;
	door.now = watch_now;
	door.random = watch_random;
	door.open = watch_open;
	door.close = watch_close;
	door.send = watch_send;
	door.wait = watch_wait;
	return door;
}
