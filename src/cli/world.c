#include "world.h"

#include <stdio.h>
#include <string.h>

#include <natsonde/names.h>

#include "shared/servers.h"

static bool open_simulation(struct natsonde_world *world, const struct natsonde_sim_spec *spec)
{
	world->spec = spec;
	world->sim = natsonde_sim_start(spec);
	world->door = natsonde_sim_door(world->sim);
	world->system = "simulation";
	snprintf(world->started, sizeof(world->started), "%s", NATSONDE_SIM_STARTED);
	return true;
}

/* -I and -b as they were given. */
static void format_place(const struct natsonde_options *options, char *out, size_t cap)
{
	char ip[NATSONDE_ADDR_TEXT];
	int len = options->interface ? snprintf(out, cap, "-I %s", options->interface) : 0;

	for (unsigned f = 0; f < 2; f++) {
		if (!options->bind[f].family || (size_t)len >= cap)
			continue;
		natsonde_addr_format_ip(&options->bind[f], ip, sizeof(ip));
		len += snprintf(out + len, cap - (size_t)len, "%s-b %s", len ? " " : "", ip);
	}
}

static bool complain_about_place(const struct natsonde_options *options,
			 struct natsonde_complaint *complaint)
{
	char place[256] = "";

	format_place(options, place, sizeof(place));
	return natsonde_complain(complaint, "%s: no such %s on this host; 'ip addr' lists what there is", place,
				 options->interface ? "interface or address" : "address");
}

bool natsonde_world_open(struct natsonde_world *world, const struct natsonde_options *options,
			 struct natsonde_complaint *complaint)
{
	struct natsonde_io_config config = { options->interface, { options->bind[0], options->bind[1] } };
	enum natsonde_fault fault = NATSONDE_OK;

	*world = (struct natsonde_world){ .sim = NULL };
	if (options->simulate)
		return open_simulation(world, &options->sim);
	if (!natsonde_io_start(&config, &world->door, &fault))
		return fault == NATSONDE_FAULT_NO_INTERFACE ? complain_about_place(options, complaint)
							    : natsonde_complain(complaint, "%s", natsonde_fault_sentence(fault));
	world->system = natsonde_io_system();
	natsonde_io_stamp(world->started);
	return true;
}

void natsonde_world_close(struct natsonde_world *world)
{
	if (!world->sim)
		natsonde_io_stop();
}

/* As many as the spec describes: "stun.example.org", "stun2.example.org", ... */
static unsigned simulated_servers(unsigned n, struct natsonde_target *targets)
{
	for (unsigned i = 0; i < n; i++) {
		char number[12] = "";

		if (i)
			snprintf(number, sizeof(number), "%u", i + 1);
		targets[i] = (struct natsonde_target){ .port = NATSONDE_STUN_PORT };
		snprintf(targets[i].host, sizeof(targets[i].host), "stun%s.example.org", number);
	}
	return n;
}

unsigned natsonde_world_servers(const struct natsonde_world *world, struct natsonde_target targets[NATSONDE_SERVERS_MAX],
				unsigned *wanted)
{
	uint32_t draws[NATSONDE_BUILTIN_DRAWS];
	uint8_t bytes[sizeof(draws)];

	if (world->sim) {
		*wanted = world->spec->n_servers ? world->spec->n_servers : 1;
		return simulated_servers(*wanted, targets);
	}
	world->door.random(world->door.ctx, bytes, sizeof(bytes));
	memcpy(draws, bytes, sizeof(draws));
	natsonde_servers_builtin(draws, targets);
	*wanted = NATSONDE_BUILTIN;
	return NATSONDE_SERVERS_MAX;
}

void natsonde_world_resolve(const struct natsonde_world *world, struct natsonde_io_name *names, unsigned n, natsonde_us until)
{
	if (!world->sim) {
		natsonde_io_resolve(names, n, until);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		names[i].n[0] = natsonde_sim_resolve(world->sim, i, NATSONDE_IPV4, names[i].port, &names[i].addrs[0][0]);
		names[i].n[1] = natsonde_sim_resolve(world->sim, i, NATSONDE_IPV6, names[i].port, &names[i].addrs[1][0]);
		names[i].result = NATSONDE_RESOLVED;
	}
}

const char *natsonde_world_why(enum natsonde_resolution result)
{
	static const char *const why[] = {
		[NATSONDE_RESOLVED] = "it is resolved",
		[NATSONDE_RESOLVE_NO_SUCH_NAME] = "there is no such name, or it has no address",
		[NATSONDE_RESOLVE_FAILED] = "no name server answered, or it failed",
		[NATSONDE_RESOLVE_TIMEOUT] = "the name servers did not answer in time",
		[NATSONDE_RESOLVE_INTERRUPTED] = "interrupted",
		[NATSONDE_RESOLVE_NOT_NEEDED] = "it was not needed",
	};

	return why[result];
}

bool natsonde_world_has_route(const struct natsonde_world *world, enum natsonde_family family,
			      const struct natsonde_addr *toward)
{
	/* Documentation addresses (RFC 5737, RFC 3849) take the default route, like most of the Internet. */
	static const struct natsonde_addr anywhere[2] = {
		{ .family = NATSONDE_IPV4, .port = NATSONDE_STUN_PORT, .ip = { 192, 0, 2, 1 } },
		{ .family = NATSONDE_IPV6, .port = NATSONDE_STUN_PORT, .ip = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
	};

	if (world->sim)
		return family == NATSONDE_IPV4 ? world->spec->has_ipv4 : world->spec->has_ipv6;
	return natsonde_io_has_route(family, toward ? toward : &anywhere[family == NATSONDE_IPV6]);
}

void natsonde_world_interface(const struct natsonde_world *world, const struct natsonde_addr *local,
			      struct natsonde_io_interface *interface)
{
	if (!world->sim) {
		natsonde_io_interface_of(local, interface);
		return;
	}
	*interface = (struct natsonde_io_interface){ .is_tunnel = false };
	snprintf(interface->name, sizeof(interface->name), "%s", NATSONDE_SIM_INTERFACE);
}
