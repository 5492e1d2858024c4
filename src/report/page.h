/* Text for people: words filled into lines of at most 80 columns. */
#ifndef NATSONDE_REPORT_PAGE_H
#define NATSONDE_REPORT_PAGE_H

#include <stdio.h>

#define NATSONDE_PAGE_COLUMNS 80
#define NATSONDE_PAGE_MAX 1024 /* longer text is cut */

/* Writes lead as it is, then the words of the formatted text behind it; what does not fit goes to further lines, indented
 * by hang columns. Ends the line, leaves no blanks at its end. */
__attribute__((format(printf, 4, 5)))
void natsonde_page_put(FILE *out, const char *lead, unsigned hang, const char *format, ...);

/* Appends formatted text to the len bytes that out holds, cutting what does not fit. Returns the new length. */
__attribute__((format(printf, 4, 5)))
size_t natsonde_page_append(char *out, size_t cap, size_t len, const char *format, ...);

#endif
