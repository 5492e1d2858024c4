/* Test inputs, each in a heap block of just its size, so that the sanitizers see any byte read beyond it. */
#ifndef TESTS_VECTORS_BYTES_H
#define TESTS_VECTORS_BYTES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The bytes that hexadecimal digits say. The caller frees. */
static inline uint8_t *from_hex(const char *hex, size_t *len)
{
	char byte[3] = "";
	uint8_t *bytes;

	*len = strlen(hex) / 2;
	bytes = malloc(*len > 0 ? *len : 1);
	if (!bytes)
		abort();
	for (size_t i = 0; i < *len; i++) {
		memcpy(byte, hex + 2 * i, 2);
		bytes[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return bytes;
}

/* The caller frees. */
static inline uint8_t *copy(const uint8_t *bytes, size_t len)
{
	uint8_t *block = malloc(len > 0 ? len : 1);

	if (!block)
		abort();
	if (len > 0)
		memcpy(block, bytes, len);
	return block;
}

#endif
