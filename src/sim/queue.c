#include "queue.h"

#include <string.h>

void natsonde_queue_init(struct natsonde_queue *q)
{
	q->n = 0;
	q->next_offset = 0;
	for (unsigned i = 0; i < NATSONDE_QUEUE_PACKETS; i++)
		q->order[i] = (uint8_t)i;
}

/* A waiting packet whose bytes lie in [offset, offset + len), NULL if that room is free. */
static const struct natsonde_packet *holder_of(const struct natsonde_queue *q, size_t offset, size_t len)
{
	for (unsigned i = 0; i < q->n; i++) {
		const struct natsonde_packet *p = &q->packets[q->order[i]];

		if (p->len && p->offset < offset + len && offset < (size_t)p->offset + p->len)
			return p;
	}
	return NULL;
}

/* Finds room for len bytes. Mostly packets leave as they came, so that the room after the newest is free; a slow one is
 * stepped over. */
static bool find_room(const struct natsonde_queue *q, size_t len, size_t *offset)
{
	*offset = q->next_offset;
	for (unsigned tries = 0; tries <= q->n + 1u; tries++) {
		const struct natsonde_packet *holder;

		if (*offset + len > NATSONDE_QUEUE_BYTES)
			*offset = 0;
		holder = holder_of(q, *offset, len);
		if (!holder)
			return true;
		*offset = (size_t)holder->offset + holder->len;
	}
	return false;
}

bool natsonde_queue_push(struct natsonde_queue *q, const struct natsonde_packet *packet, const uint8_t *bytes)
{
	unsigned place = q->n;
	struct natsonde_packet *p;
	uint8_t index;
	size_t offset;

	if (q->n == NATSONDE_QUEUE_PACKETS || packet->len > NATSONDE_QUEUE_BYTES || !find_room(q, packet->len, &offset))
		return false;
	index = q->order[q->n];
	p = &q->packets[index];
	*p = *packet;
	p->offset = (uint16_t)offset;
	if (p->len)
		memcpy(q->bytes + offset, bytes, p->len);
	q->next_offset = (uint16_t)(offset + p->len);
	for (; place > 0 && q->packets[q->order[place - 1]].at <= p->at; place--)
		q->order[place] = q->order[place - 1];
	q->order[place] = index;
	q->n++;
	return true;
}

const struct natsonde_packet *natsonde_queue_pop(struct natsonde_queue *q, natsonde_us until)
{
	const struct natsonde_packet *first;

	if (!q->n)
		return NULL;
	first = &q->packets[q->order[q->n - 1]];
	if (first->at > until)
		return NULL;
	q->n--;
	return first;
}

const uint8_t *natsonde_queue_bytes(const struct natsonde_queue *q, const struct natsonde_packet *packet)
{
	return q->bytes + packet->offset;
}
