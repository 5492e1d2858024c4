#include "servers.h"

#include <string.h>
#include <strings.h>

#define SEPARATORS " ,\t\n"

/* Public servers, each run by somebody else at their own cost. None is believed before it is vetted (design section 5).
 * Left out: those that are gone, and stun.sipgate.net, whose operator asked not to be listed. */
struct builtin {
	const char *host;
	uint16_t port;
};

/* Two addresses and RFC 5780, as last seen from outside in August 2026. */
static const struct builtin capable[] = {
	{ "stun.nextcloud.com", 3478 }, { "stun.voipgate.com", 3478 }, { "stun.pure-ip.com", 3478 },  { "stun.dus.net", 3478 },
	{ "stun.sip.us", 3478 },        { "stun.bethesda.net", 3478 }, { "stun.m-online.net", 3478 },
};
#define N_CAPABLE ((unsigned)(sizeof(capable) / sizeof(capable[0])))
_Static_assert(sizeof(capable) / sizeof(capable[0]) == NATSONDE_SERVERS_MAX - 1, "and one plain one fill the list");

/* Binding alone, but well kept and near everywhere: another destination for the mapping. */
static const struct builtin plain[] = {
	{ "stun.cloudflare.com", 3478 },
	{ "stun.l.google.com", 19302 },
};
#define N_PLAIN ((unsigned)(sizeof(plain) / sizeof(plain[0])))

bool natsonde_servers_parse(const char *list, struct natsonde_target targets[NATSONDE_SERVERS_MAX], unsigned *n,
			    struct natsonde_complaint *complaint)
{
	char word[NATSONDE_TARGET_HOST + 32]; /* "turn:", "[]", ":65535", "?transport=tcp" */

	*n = 0;
	for (list += strspn(list, SEPARATORS); *list; list += strspn(list, SEPARATORS)) {
		size_t len = strcspn(list, SEPARATORS);

		if (len >= sizeof(word))
			return natsonde_complain(complaint, "NATSONDE_SERVERS: '%.*s' is too long for a server", (int)len, list);
		if (*n == NATSONDE_SERVERS_MAX)
			return natsonde_complain(complaint, "NATSONDE_SERVERS: '%.*s' is one too many: at most %d are used",
						 (int)len, list, NATSONDE_SERVERS_MAX);
		memcpy(word, list, len);
		word[len] = '\0';
		if (!natsonde_target_parse(word, &targets[*n], complaint)) {
			struct natsonde_complaint inner = *complaint;

			return natsonde_complain(complaint, "NATSONDE_SERVERS: %s", inner.text);
		}
		++*n;
		list += len;
	}
	return true;
}

static bool lists(const struct builtin *list, unsigned n, const char *host)
{
	for (unsigned i = 0; i < n; i++)
		if (strcasecmp(list[i].host, host) == 0)
			return true;
	return false;
}

bool natsonde_servers_is_builtin(const char *host)
{
	return lists(capable, N_CAPABLE, host) || lists(plain, N_PLAIN, host);
}

static void take(const struct builtin *server, struct natsonde_target *target)
{
	*target = (struct natsonde_target){ .port = server->port, .has_port = true };
	strncpy(target->host, server->host, sizeof(target->host) - 1);
}

void natsonde_servers_builtin(const uint32_t draws[NATSONDE_BUILTIN_DRAWS], struct natsonde_target targets[NATSONDE_SERVERS_MAX])
{
	struct builtin shuffled[N_CAPABLE];

	memcpy(shuffled, capable, sizeof(shuffled));
	for (unsigned i = 0; i < N_CAPABLE; i++) {
		unsigned chosen = i + draws[i] % (N_CAPABLE - i);
		struct builtin first = shuffled[chosen];

		shuffled[chosen] = shuffled[i];
		shuffled[i] = first;
	}
	take(&shuffled[0], &targets[0]);
	take(&shuffled[1], &targets[1]);
	take(&plain[draws[N_CAPABLE] % N_PLAIN], &targets[2]);
	for (unsigned i = 2; i < N_CAPABLE; i++)
		take(&shuffled[i], &targets[i + 1]);
}
