/* The JSON report piece by piece, for those who have no memory for all of it. */
#ifndef NATSONDE_REPORT_JSON_PIECES_H
#define NATSONDE_REPORT_JSON_PIECES_H

#include <natsonde/report.h>

/* Takes the next piece of the text; false if it cannot. */
typedef bool natsonde_json_taker(void *ctx, const char *text, size_t len);

enum natsonde_json_result { NATSONDE_JSON_DONE, NATSONDE_JSON_NO_MEMORY, NATSONDE_JSON_NOT_TAKEN };

/* The same report as natsonde_json_tree makes, without indentation, each server and each probe on a line of its own. Of the heap it
 * takes what the largest piece needs: a verdict with its basis, or the head. */
enum natsonde_json_result natsonde_json_pieces(const struct natsonde_report *report, natsonde_json_taker *take, void *ctx);

#endif
