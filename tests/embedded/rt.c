/* What Debian's libgcc for xtensa-lx106 lacks: division and wide multiplication of integers. The simulator needs them; the
 * core does not divide 64-bit numbers (make lint). Slow and plain: this is for tests. */
#include <stdint.h>

uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);
int32_t __divsi3(int32_t a, int32_t b);
int32_t __modsi3(int32_t a, int32_t b);
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
int64_t __divdi3(int64_t a, int64_t b);
int64_t __moddi3(int64_t a, int64_t b);
int64_t __muldi3(int64_t a, int64_t b);

/* Bit by bit, as on paper. Returns the quotient. */
static uint64_t divide(uint64_t a, uint64_t b, uint64_t *rest)
{
	uint64_t quotient = 0, r = 0;

	for (int i = 63; i >= 0; i--) {
		r = r << 1 | (a >> i & 1);
		quotient <<= 1;
		if (r >= b) {
			r -= b;
			quotient |= 1;
		}
	}
	*rest = r;
	return quotient;
}

static uint64_t magnitude(int64_t a)
{
	return a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
}

uint64_t __udivdi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	return divide(a, b, &rest);
}

uint64_t __umoddi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	(void)divide(a, b, &rest);
	return rest;
}

int64_t __divdi3(int64_t a, int64_t b)
{
	uint64_t quotient = __udivdi3(magnitude(a), magnitude(b));

	return (int64_t)((a < 0) != (b < 0) ? 0 - quotient : quotient);
}

int64_t __moddi3(int64_t a, int64_t b)
{
	uint64_t rest = __umoddi3(magnitude(a), magnitude(b));

	return (int64_t)(a < 0 ? 0 - rest : rest);
}

uint32_t __udivsi3(uint32_t a, uint32_t b)
{
	return (uint32_t)__udivdi3(a, b);
}

uint32_t __umodsi3(uint32_t a, uint32_t b)
{
	return (uint32_t)__umoddi3(a, b);
}

int32_t __divsi3(int32_t a, int32_t b)
{
	return (int32_t)__divdi3(a, b);
}

int32_t __modsi3(int32_t a, int32_t b)
{
	return (int32_t)__moddi3(a, b);
}

/* From 16-bit digits, whose products fit 32 bits. */
int64_t __muldi3(int64_t a, int64_t b)
{
	const uint64_t x = (uint64_t)a, y = (uint64_t)b;
	uint64_t sum = 0;

	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; i + k < 4; k++) {
			uint32_t product = (uint32_t)(uint16_t)(x >> 16 * i) * (uint32_t)(uint16_t)(y >> 16 * k);

			sum += (uint64_t)product << 16 * (i + k);
		}
	return (int64_t)sum;
}
