/* cJSON's header, where each platform keeps it. */
#ifndef NATSONDE_REPORT_JSON_LIBRARY_H
#define NATSONDE_REPORT_JSON_LIBRARY_H

#ifdef ESP_PLATFORM
#include <cJSON.h>
#else
#include <cjson/cJSON.h>
#endif

#endif
