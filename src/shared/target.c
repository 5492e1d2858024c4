#include "target.h"

#include <string.h>
#include <strings.h>

#include "number.h"

#define ACCEPTED "SERVER is HOST[:PORT], [IPV6]:PORT or stun:HOST[:PORT]"
#define ACCEPTED_TURN "a TURN server is turn:HOST[:PORT][?transport=udp|tcp]"
#define LABEL_MAX 63 /* RFC 1035 section 2.3.4 */

static bool starts_with(const char *text, const char *prefix)
{
	return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static const char *unsupported_scheme(const char *text)
{
	static const char *const schemes[] = { "stuns:", "turns:" };

	for (unsigned i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (starts_with(text, schemes[i]))
			return schemes[i];
	return NULL;
}

/* Letters, digits, hyphens; underscores too, because real names have them. */
static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* The last label of a name is not a number (RFC 1123 section 2.1): "1.2.3" or "3478" is a slip, though getaddrinfo takes it. */
static bool is_name(const char *host)
{
	size_t label = 0;
	bool has_letter = false;

	for (const char *c = host; *c; c++) {
		if (*c == '.') {
			if (!label)
				return false;
			if (c[1])
				has_letter = false;
			label = 0;
			continue;
		}
		/* No name begins with a hyphen (RFC 952), but a misplaced option does. */
		if (!is_label_char(*c) || (*c == '-' && !label) || ++label > LABEL_MAX)
			return false;
		has_letter |= *c < '0' || *c > '9';
	}
	return has_letter;
}

static const char *check_host(const char *text, bool is_bracketed, struct natsonde_target *target)
{
	struct natsonde_addr addr;

	if (natsonde_addr_parse_ip(target->host, &addr)) {
		if (is_bracketed != (addr.family == NATSONDE_IPV6))
			return "only IPv6 addresses go in brackets";
		if (natsonde_addr_is_not_unicast(&addr))
			return "that is not the address of a single host";
		target->family = addr.family;
		return NULL;
	}
	if (is_bracketed)
		return "what is in brackets is not an IPv6 address";
	if (strchr(text, '/'))
		return "there is no / in a server";
	return is_name(target->host) ? NULL : "that is neither a host name nor an IPv4 address";
}

/* Splits rest into host and port text; NULL or what is wrong. */
static const char *split(const char *rest, bool is_bracketed, struct natsonde_target *target, const char **port)
{
	const char *end = is_bracketed ? strchr(rest, ']') : strchr(rest, ':');
	size_t len = end ? (size_t)(end - rest) : strlen(rest);

	*port = NULL;
	if (is_bracketed && !end)
		return "the ] is missing";
	if (!is_bracketed && end && strchr(end + 1, ':'))
		return "an IPv6 address goes in brackets, as in [2001:db8::1]:3478";
	if (!len)
		return "the host is missing";
	if (len >= sizeof(target->host))
		return "the host name is too long";
	memcpy(target->host, rest, len);
	target->host[len] = '\0';
	if (is_bracketed)
		end++;
	if (!end || !*end)
		return NULL;
	if (*end != ':')
		return "only :PORT may follow the ]";
	*port = end + 1;
	return NULL;
}

/* The host and port of a server, whatever stands before. rest is the caller's. */
static const char *parse_place(const char *rest, struct natsonde_target *target)
{
	bool is_bracketed = *rest == '[';
	unsigned number = NATSONDE_STUN_PORT;
	const char *port, *wrong = split(rest + is_bracketed, is_bracketed, target, &port);

	if (!wrong)
		wrong = check_host(rest, is_bracketed, target);
	if (!wrong && port && !natsonde_number_parse(port, 1, UINT16_MAX, &number))
		wrong = "the port is a number from 1 to 65535";
	target->port = (uint16_t)number;
	target->has_port = port != NULL;
	return wrong;
}

/* RFC 7064 and RFC 7065, section 3.1: the schemes are not hierarchical. */
static const char *parse_stun(const char *text, struct natsonde_target *target)
{
	bool is_uri = starts_with(text, "stun:");
	const char *rest = is_uri ? text + strlen("stun:") : text;

	if (!*text)
		return "it is empty";
	return is_uri && strncmp(rest, "//", 2) == 0 ? "stun: URIs have no //" : parse_place(rest, target);
}

static const char *parse_turn(const char *text, struct natsonde_target *target)
{
	char place[NATSONDE_TARGET_HOST + 16]; /* "[]", ":65535" */
	const char *rest = text + strlen("turn:"), *query = strchr(rest, '?');
	size_t len = query ? (size_t)(query - rest) : strlen(rest);

	if (strncmp(rest, "//", 2) == 0)
		return "turn: URIs have no //";
	if (query && strcasecmp(query, "?transport=tcp") != 0 && strcasecmp(query, "?transport=udp") != 0)
		return "only ?transport=udp or ?transport=tcp may follow";
	if (len >= sizeof(place))
		return "the host name is too long";
	memcpy(place, rest, len);
	place[len] = '\0';
	target->is_turn = true;
	target->transport = query && strcasecmp(query, "?transport=tcp") == 0 ? NATSONDE_TCP : NATSONDE_UDP;
	return parse_place(place, target);
}

bool natsonde_target_parse(const char *text, struct natsonde_target *target, struct natsonde_complaint *complaint)
{
	const char *scheme = unsupported_scheme(text);
	const bool is_turn = starts_with(text, "turn:");
	const char *wrong;

	if (scheme)
		return natsonde_complain(complaint, "server '%s': %s is not supported yet; " ACCEPTED, text, scheme);
	*target = (struct natsonde_target){ .port = NATSONDE_STUN_PORT };
	wrong = is_turn ? parse_turn(text, target) : parse_stun(text, target);
	if (wrong)
		return natsonde_complain(complaint, "server '%s': %s; %s", text, wrong, is_turn ? ACCEPTED_TURN : ACCEPTED);
	return true;
}

void natsonde_target_name(const struct natsonde_target *target, struct natsonde_io_name *name)
{
	const bool is_domain = !target->has_port && !target->family && strchr(target->host, '.');

	*name = (struct natsonde_io_name){ .host = target->host, .port = target->port };
	if (is_domain && target->is_turn) {
		name->services[0] = target->transport == NATSONDE_TCP ? "_turn._tcp" : "_turn._udp";
	} else if (is_domain) {
		name->services[0] = "_stun-behavior._udp";
		name->services[1] = "_stun._udp";
	}
}
