/* Stand-in: see README.md. Debian keeps libcjson's header in a folder, ESP-IDF does not. */
#pragma once

#include <cjson/cJSON.h>
