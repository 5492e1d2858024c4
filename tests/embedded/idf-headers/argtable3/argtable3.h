/* Stand-in: see README.md. Debian's argtable2 has these functions and structures just so. */
#pragma once

#include <argtable2.h>
