/* Stand-in: see README.md. */
#pragma once

typedef enum {
	ESP_LOG_NONE,
	ESP_LOG_ERROR,
	ESP_LOG_WARN,
} esp_log_level_t;

void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define ESP_LOGW(tag, format, ...) esp_log_write(ESP_LOG_WARN, tag, format, ##__VA_ARGS__)
