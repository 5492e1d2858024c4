/* Stand-in: see README.md. */
#pragma once

#include <stddef.h>

#include "esp_err.h"
#include "esp_event_base.h"
#include "freertos/FreeRTOS.h"

esp_err_t esp_event_post(esp_event_base_t event_base, int32_t event_id, const void *event_data, size_t event_data_size,
			 TickType_t ticks_to_wait);
