#include "esp.h"

#include <string.h>

#define SEPARATORS " ,\t\n"
#define WORD_MAX (NATSONDE_TARGET_HOST + 16) /* "stun:", "[]", ":65535" */

bool natsonde_esp_servers_parse(const char *list, struct natsonde_esp_servers *servers)
{
	char word[WORD_MAX];

	servers->n = 0;
	for (list += strspn(list, SEPARATORS); *list; list += strspn(list, SEPARATORS)) {
		size_t len = strcspn(list, SEPARATORS);

		if (len >= sizeof(word))
			return natsonde_complain(&servers->complaint, "'%.*s' is too long for a server", (int)len, list);
		if (servers->n == NATSONDE_SERVERS_MAX)
			return natsonde_complain(&servers->complaint, "'%.*s' is one too many: at most %d servers", (int)len, list,
						 NATSONDE_SERVERS_MAX);
		memcpy(word, list, len);
		word[len] = '\0';
		if (!natsonde_target_parse(word, &servers->targets[servers->n], &servers->complaint))
			return false;
		if (servers->targets[servers->n].is_turn)
			return natsonde_complain(&servers->complaint, "'%s' is a TURN server: give STUN servers", word);
		servers->n++;
		list += len;
	}
	servers->n_wanted = servers->n;
	return true;
}
