/* How deep the stack gets: what lies below is painted, and later searched for the first byte that has lost its colour. */
#ifndef NATSONDE_TESTS_STACK_H
#define NATSONDE_TESTS_STACK_H

#include <stddef.h>
#include <stdint.h>

#define STACK_PAINTED 8192u /* bytes looked at; deeper than anything here may go */
#define STACK_OWN 256u      /* just below the caller: the frames of these functions */
#define STACK_COLOUR 0xA5u

/* About where the caller's frame ends: what it calls goes deeper than this. */
__attribute__((noipa)) static uintptr_t stack_here(void)
{
	return (uintptr_t)__builtin_frame_address(0);
}

__attribute__((noipa)) static void stack_paint(uintptr_t here)
{
	volatile uint8_t *at = (volatile uint8_t *)(here - STACK_PAINTED);

	for (size_t i = 0; i < STACK_PAINTED - STACK_OWN; i++)
		at[i] = STACK_COLOUR;
}

/* Bytes below here that were written to since the painting; STACK_OWN if fewer. */
__attribute__((noipa)) static unsigned stack_depth(uintptr_t here)
{
	const volatile uint8_t *at = (const volatile uint8_t *)(here - STACK_PAINTED);
	unsigned clean = 0;

	while (clean < STACK_PAINTED - STACK_OWN && at[clean] == STACK_COLOUR)
		clean++;
	return STACK_PAINTED - clean;
}

#endif
