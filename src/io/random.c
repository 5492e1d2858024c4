#define _DEFAULT_SOURCE
#include "host.h"

#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/random.h>
#endif

static bool read_random_device(uint8_t *out, size_t n)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	ssize_t got = 1;

	if (fd < 0)
		return false;
	while (n > 0 && got > 0) {
		got = read(fd, out, n);
		if (got > 0) {
			out += got;
			n -= (size_t)got;
		}
	}
	close(fd);
	return n == 0;
}

bool natsonde_io_random(uint8_t *out, size_t n)
{
#ifdef __linux__
	/* Up to 256 bytes come whole and uninterrupted, once the kernel has been seeded. */
	while (n > 0) {
		size_t part = n < 256 ? n : 256;

		if (getrandom(out, part, 0) != (ssize_t)part)
			break;
		out += part;
		n -= part;
	}
#endif
	return n == 0 || read_random_device(out, n);
}
