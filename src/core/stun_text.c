#include "stun_wire.h"

/* Bytes of the character at s, of which len are there; 0 if none begins there. The rows are the grammar of RFC 3629 section 4:
 * overlong forms, surrogates and what lies beyond U+10FFFF fall between them. */
static size_t character_length(const uint8_t *s, size_t len)
{
	static const struct { uint8_t first_low, first_high, second_low, second_high, length; } rows[] = {
		{0x01, 0x7f, 0x00, 0x00, 1},
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4}
	};
	size_t row = 0;

	while (s[0] < rows[row].first_low || s[0] > rows[row].first_high)
		if (++row == sizeof(rows) / sizeof(rows[0]))
			return 0;
	if (rows[row].length > len)
		return 0;
	if (rows[row].length > 1 && (s[1] < rows[row].second_low || s[1] > rows[row].second_high))
		return 0;
	for (size_t i = 2; i < rows[row].length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return rows[row].length;
}

bool natsonde_stun_is_text(const char *text, size_t len)
{
	const uint8_t *s = (const uint8_t *)text;

	while (len > 0) {
		const size_t n = character_length(s, len);

		if (n == 0)
			return false;
		s += n;
		len -= n;
	}
	return true;
}
