#include <natsonde/names.h>

#include <stddef.h>

static const char *look_up(const char *const *table, size_t rows, unsigned value)
{
	return value < rows && table[value] ? table[value] : "invalid";
}
#define LOOK_UP(table, value) look_up(table, sizeof(table) / sizeof((table)[0]), (unsigned)(value))

/* Two rules: where the verdict is unknown, the sentence names the cure; and whoever reads about filtering, or about a
 * silence that may be filtering, reads that a NAT or a firewall, maybe this host's own, does it. */
static const char *const reasons[NATSONDE_REASONS] = {
	[NATSONDE_WHY_NONE] = "this was not tested",
	[NATSONDE_WHY_LOCAL_FAULT] = "this host itself could not send: see what it says of the fault",
	[NATSONDE_WHY_INTERRUPTED] = "the run was interrupted before an answer came: run again",
	[NATSONDE_WHY_NO_ANSWER] =
		"no usable answer came back over UDP: this host is offline, a NAT or firewall (maybe this host's own) "
		"stops it, or the servers are at fault; try another server or network",

	[NATSONDE_WHY_MAPPED_IS_LOCAL] = "servers see this host's own address and port: nothing translates on the way",
	[NATSONDE_WHY_MAPPED_DIFFERS] =
		"servers see another address or port than this host's own: a NAT translates on the way",
	[NATSONDE_WHY_MAPPED_MIXED] =
		"some destinations see this host's own address and port, others do not: a NAT translates part of the "
		"traffic",

	[NATSONDE_WHY_MAPPED_UNPROTECTED] =
		"servers see this host's own address and port, but say so in MAPPED-ADDRESS alone, which a router may rewrite: a "
		"server that knows XOR-MAPPED-ADDRESS would make it certain",
	[NATSONDE_WHY_MAPPED_UNTRUE] =
		"what the servers report as this host's external address cannot all be true: give another server",

	[NATSONDE_WHY_NOT_TRANSLATED] = "nothing translates: every destination saw this host's own address and port",
	[NATSONDE_WHY_SAME_EVERYWHERE] = "every destination saw the same external address and port",
	[NATSONDE_WHY_SAME_ON_ONE_PORT] =
		"destinations at several addresses saw the same external address and port, but all of them on the same "
		"destination port: a server on another port would make it certain",
	[NATSONDE_WHY_SAME_AFTER_CONFLICT] =
		"every destination saw the same external address and port on a fresh local port, and two sockets agree; "
		"the first port was taken by another host toward some destinations",
	[NATSONDE_WHY_SEVERAL_EGRESS] =
		"every destination saw the same for one socket, but sockets have different external addresses: several "
		"uplinks or an address pool",
	[NATSONDE_WHY_PER_ADDRESS] =
		"each destination address saw another external address or port, whatever the destination port",
	[NATSONDE_WHY_PER_ADDRESS_AND_PORT] = "each destination address and port saw another external address or port",
	[NATSONDE_WHY_PER_PORT] =
		"each destination port saw another external address or port, whatever the destination address: RFC 4787 "
		"has no name for this",
	[NATSONDE_WHY_PER_DESTINATION] =
		"destinations saw different external addresses or ports, too few of them to say by which part: a server "
		"with an alternate address (RFC 5780) can tell",
	[NATSONDE_WHY_ONE_DESTINATION] = "only one destination answered: give a second server",
	[NATSONDE_WHY_ONE_ADDRESS] = "all destinations that answered share one IP address: give a server at another address",
	[NATSONDE_WHY_IP_VARIES] =
		"the external IP address varies from destination to destination: several uplinks or an address pool; choose "
		"one uplink with --interface where this host has several",
	[NATSONDE_WHY_NO_PATTERN] =
		"the external port differs from one socket or one moment to the next, without a pattern: run again, and "
		"choose one uplink with --interface where this host has several",
	[NATSONDE_WHY_SOCKETS_DISAGREE] =
		"two sockets of this host met different behaviour: run again, and choose one uplink with --interface "
		"where this host has several",

	[NATSONDE_WHY_CHANGED_BOTH_CAME] =
		"a reply from an address and port never spoken to came in: neither a NAT nor a firewall (this host's own "
		"included) stops strangers",
	[NATSONDE_WHY_CHANGED_PORT_CAME] =
		"a reply from another port of the address spoken to came in, one from another address did not: a NAT or "
		"firewall (maybe this host's own) stops it",
	[NATSONDE_WHY_NOTHING_CHANGED_CAME] =
		"only replies from the very address and port spoken to came in: a NAT or firewall (maybe this host's own) "
		"stops all others",
	[NATSONDE_WHY_NO_CONTROL] =
		"replies from elsewhere did not come in: a NAT or firewall (maybe this host's own) stops them, unless the "
		"server never sent them; no control is possible with it behind this mapping, a second server may help",
	[NATSONDE_WHY_CAME_LATE] =
		"a reply from elsewhere came in, but only after this host had spoken there: a packet was lost, or a NAT "
		"or firewall (maybe this host's own) looks at the host alone; a second server can confirm it",
	[NATSONDE_WHY_HOST_KEYED] =
		"replies from elsewhere came in only after this host had spoken there from another port: a NAT or "
		"firewall (maybe this host's own) looks at the host alone, not at its port",
	[NATSONDE_WHY_TOO_FEW_COPIES] =
		"too many packets were lost to tell loss from filtering by a NAT or firewall (maybe this host's own): run "
		"again, on a better link if there is one",
	[NATSONDE_WHY_SERVER_CANNOT] =
		"no server here can test filtering by a NAT or firewall (maybe this host's own): add one that can, or "
		"give none",
	[NATSONDE_WHY_SERVERS_DISAGREE] =
		"servers disagree on what a NAT or firewall (maybe this host's own) lets in: run again, or with one "
		"server at a time",
	[NATSONDE_WHY_NOT_FINISHED] =
		"the run ended before it was known what a NAT or firewall (maybe this host's own) does here: run again, "
		"with a longer --timeout",

	[NATSONDE_WHY_STRANGERS_REACH] = "anyone who knows the external address and port can reach this socket",
	[NATSONDE_WHY_ONE_MAPPING_FOR_ALL] =
		"all peers can use one external address and port: a direct connection works once both sides send",
	[NATSONDE_WHY_MAPPING_PER_PEER] = "each peer meets another external port, which cannot be told to it beforehand",
	[NATSONDE_WHY_MAPPING_PER_PEER_PORT] =
		"each address and port of a peer meets another external port, which cannot be told to it beforehand",
	[NATSONDE_WHY_UDP_BLOCKED] = "UDP is stopped on the way: the same servers answer over TCP",
	[NATSONDE_WHY_MAPPING_UNKNOWN] = "it depends on the mapping, which is not known: do as the reason given there says",

	[NATSONDE_WHY_MAPPED_ALIKE] =
		"MAPPED-ADDRESS and XOR-MAPPED-ADDRESS say the same: nothing on the way rewrites addresses inside of packets",
	[NATSONDE_WHY_MAPPED_REWRITTEN] =
		"MAPPED-ADDRESS says something else than XOR-MAPPED-ADDRESS: something on the way, such as a router's ALG, "
		"rewrites addresses inside of packets",
	[NATSONDE_WHY_FINGERPRINT_BROKEN] =
		"answers came with another content than they were sent with, and with a FINGERPRINT that does not fit it: "
		"something on the way, such as a router's ALG, rewrites addresses inside of packets",
	[NATSONDE_WHY_NO_MAPPED] =
		"no server sent both MAPPED-ADDRESS and XOR-MAPPED-ADDRESS, which would have to agree: add a server that does",

	[NATSONDE_WHY_NOBODY_ANSWERED] = "an address where no server can be did not answer, as it should be",
	[NATSONDE_WHY_NOBODY_WAS_ANSWERED_FOR] =
		"an answer came in the name of an address where no server can be: something near, such as a transparent proxy, "
		"answers for the servers",
	[NATSONDE_WHY_FAKE_ADDRESS] =
		"the server's name leads to an address of 198.18.0.0/15, which is nobody's: a proxy's resolver makes it up, and the "
		"proxy stands between; give a server by its IP address",

	[NATSONDE_WHY_TCP_NO_ANSWER] =
		"no server answered over TCP: they do not listen there, or something on the way stops TCP; give a server that does",
	[NATSONDE_WHY_TCP_TOO_FEW] =
		"too few destinations answered over TCP: give a server that answers over TCP at two addresses and two ports",
	[NATSONDE_WHY_TCP_PORT_TAKEN] = "this host cannot open several TCP connections from one local port: run again",

	[NATSONDE_WHY_LARGE_PASS] = "packets that are sent in fragments came through both ways",
	[NATSONDE_WHY_LARGE_OUT_SILENT] =
		"large requests, sent in fragments, were not answered, small ones beside them were: a NAT, a firewall or a network "
		"on the way out drops fragments",
	[NATSONDE_WHY_LARGE_IN_SILENT] =
		"large answers, sent in fragments, did not come in, small ones beside them did: a NAT, a firewall (maybe this host's "
		"own) or a network on the way in drops fragments",
	[NATSONDE_WHY_LARGE_SILENT] =
		"packets sent in fragments came through neither way, small ones beside them did: a NAT, a firewall (maybe this "
		"host's own) or a network on the way drops fragments",
	[NATSONDE_WHY_NOT_TAKEN] =
		"no server here answers a request that fills one packet, either, so fragments may not be to blame: the servers take "
		"none so large, or packets on this way are smaller; add a server that takes them, or give none",
	[NATSONDE_WHY_NOT_PADDED] =
		"no server here is seen to make its answers large when asked to (PADDING): add one that can, or give none",
	[NATSONDE_WHY_NO_REASSEMBLY] = "this host cannot put fragments together, whatever the network does",
	[NATSONDE_WHY_LARGE_UNSENT] = "this host did not send a packet in fragments: its own stack or firewall forbids it",

	[NATSONDE_WHY_PORTS_KEPT] = "sockets have the same port outside as inside",
	[NATSONDE_WHY_PORTS_IN_STEPS] = "each new mapping is given the next port, or the next but a few",
	[NATSONDE_WHY_PORTS_SCATTERED] = "ports outside are scattered over the range without a pattern",
	[NATSONDE_WHY_PORTS_IN_BLOCK] = "ports outside are all drawn from one short range: a carrier shares an address by blocks",
	[NATSONDE_WHY_PORTS_IN_SETS] =
		"ports outside are drawn from short ranges that lie equally far apart: a carrier shares an address by port sets "
		"(MAP-E)",
	[NATSONDE_WHY_PORTS_MIXED] = "some sockets keep their port outside, others do not",
	[NATSONDE_WHY_TOO_FEW_SOCKETS] = "too few sockets were answered to tell how ports are given: run again",

	[NATSONDE_WHY_LIFE_BRACKETED] =
		"after the shorter silence an answer still came in through the mapping, after the longer one it did not",
	[NATSONDE_WHY_LIFE_BRACKETED_BY_PORT] =
		"after the shorter silence a socket still had the same port outside, after the longer one another",
	[NATSONDE_WHY_LIFE_BEYOND] =
		"the mapping was still there after the longest silence that was tried: --max-lifetime takes longer ones",
	[NATSONDE_WHY_NOTHING_TO_DIE] = "nothing translates and nothing filters here: there is nothing that could end",
	[NATSONDE_WHY_NO_RESPONSE_PORT] =
		"no server here answers to another port when asked to (RESPONSE-PORT), and this NAT gives the same port again: add a "
		"server that can; natsonde check tells which",
	[NATSONDE_WHY_TOO_SLOW] = "the servers answer more than a second late, too late to tell how old a mapping is: add one that is faster",
	[NATSONDE_WHY_ADDRESSES_DIFFER] =
		"sockets have different external addresses, so that one cannot ask for another: choose one uplink with --interface "
		"where this host has several",
	[NATSONDE_WHY_LIFE_ERRATIC] =
		"some mappings ended earlier than others that were left silent for longer: run again; a NAT that is short of ports "
		"may end them at any time",

	[NATSONDE_WHY_HAIR_EXTERNAL] =
		"a packet to another socket's address outside came in there, from the sender's address outside",
	[NATSONDE_WHY_HAIR_INTERNAL] =
		"a packet to another socket's address outside came in there, but from the sender's address inside: a peer that looks "
		"for the address outside will not take it",
	[NATSONDE_WHY_HAIR_SILENT] = "packets to another socket's address outside did not come in, though this host would have seen them",
	[NATSONDE_WHY_HAIR_REFUSED] = "packets to another socket's address outside were refused: an ICMP error came back",
	[NATSONDE_WHY_HAIR_UNSEEN] =
		"packets to another socket's address outside were not seen to come in, but this host drops packets that bear its own "
		"address: allow them (Linux: sysctl net.ipv4.conf.INTERFACE.accept_local=1), or try with two hosts",
	[NATSONDE_WHY_HAIR_SHUT] =
		"packets to another socket's address outside did not come in, but that is another address for each sender here: two "
		"devices behind this NAT need their addresses inside, or a relay",
	[NATSONDE_WHY_HAIR_NO_NAT] = "the address outside is the one inside: packets to it need not be turned round by anything",
	[NATSONDE_WHY_HAIR_UNPROVEN] = "too many packets were lost to tell: run again, on a better link if there is one",
};

/* For whoever runs the server, too: what it does, then what follows. */
static const char *const server_reasons[NATSONDE_SERVER_REASONS] = {
	[NATSONDE_SERVER_WHY_NONE] = "it was not asked",
	[NATSONDE_SERVER_WHY_NO_ANSWER] = "it does not answer",
	[NATSONDE_SERVER_WHY_REFUSED] =
		"an ICMP error came back instead of an answer: nothing listens there, or something refuses UDP",
	[NATSONDE_SERVER_WHY_TCP_ONLY] = "it answers over TCP, but not over UDP",
	[NATSONDE_SERVER_WHY_ERROR] = "it answers a plain Binding request with an error",
	[NATSONDE_SERVER_WHY_GARBLED] =
		"what comes from it answers no question: it is cut short, or bears an unknown transaction id or a broken FINGERPRINT",
	[NATSONDE_SERVER_WHY_MAPPED_SHARED] =
		"it reports one and the same mapped address to different sockets: a proxy stands before it, or it makes it up",
	[NATSONDE_SERVER_WHY_MAPPED_CHANGES] =
		"it reports another mapped address each time to one and the same socket: it, or a NAT, keeps to none",
	[NATSONDE_SERVER_WHY_NO_OTHER_ADDRESS] = "it gives no OTHER-ADDRESS: good for the mapping, it cannot test filtering",
	[NATSONDE_SERVER_WHY_OTHER_SAME_IP] = "its OTHER-ADDRESS has the same IP address as itself: it needs a second one",
	[NATSONDE_SERVER_WHY_OTHER_SAME_PORT] = "its OTHER-ADDRESS has the same port as itself: it needs a second one",
	[NATSONDE_SERVER_WHY_OTHER_FAMILY] = "its OTHER-ADDRESS is of another address family",
	[NATSONDE_SERVER_WHY_OTHER_PRIVATE] =
		"its OTHER-ADDRESS is private: it stands behind a NAT and does not know its public address",
	[NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST] = "its OTHER-ADDRESS is not the address of a host",
	[NATSONDE_SERVER_WHY_ORIGIN_DIFFERS] =
		"its RESPONSE-ORIGIN is not where its replies come from: a NAT stands before it",
	[NATSONDE_SERVER_WHY_ALTERNATE_SILENT] = "its alternate address does not answer",
	[NATSONDE_SERVER_WHY_PORT_SILENT] = "its alternate port does not answer",
	[NATSONDE_SERVER_WHY_CR_SAME_SOURCE] = "it answers a CHANGE-REQUEST from the unchanged address",
	[NATSONDE_SERVER_WHY_CR_WRONG_SOURCE] = "it answers a CHANGE-REQUEST from an address that it never named",
	[NATSONDE_SERVER_WHY_CR_DROPPED] = "it does not answer a CHANGE-REQUEST, even where nothing filters the reply",
	[NATSONDE_SERVER_WHY_CR_ERROR] = "it answers a CHANGE-REQUEST with an error",
	[NATSONDE_SERVER_WHY_FELL_SILENT] =
		"it answered and then fell silent: it limits how many packets it answers, or the path was interrupted",
	[NATSONDE_SERVER_WHY_PROVEN] = "its changed replies were seen",
	[NATSONDE_SERVER_WHY_CLAIMED] = "it offers an alternate address, and nothing contradicts it",
	[NATSONDE_SERVER_WHY_UNRESOLVED] = "its name has no address",

	[NATSONDE_SERVER_WHY_FOUR_ENDPOINTS] = "it answers at two addresses and two ports",
	[NATSONDE_SERVER_WHY_FEW_ENDPOINTS] = "it does not answer at two addresses and two ports: use it beside other servers",
	[NATSONDE_SERVER_WHY_UNPROVEN] =
		"it offers an alternate address, but behind this NAT no changed reply can be seen: check it from elsewhere",
	[NATSONDE_SERVER_WHY_RP_HONOURED] = "its answer came to the port that RESPONSE-PORT named",
	[NATSONDE_SERVER_WHY_RP_REFUSED] = "it answers RESPONSE-PORT with an error",
	[NATSONDE_SERVER_WHY_RP_OVERLOOKED] = "it overlooks RESPONSE-PORT: its answer came to the port that asked",
	[NATSONDE_SERVER_WHY_RP_SILENT] = "no answer came to the port that RESPONSE-PORT named, though the way was open",
	[NATSONDE_SERVER_WHY_RP_UNSEEN] =
		"this host has several external addresses: an answer to another port would go astray",
	[NATSONDE_SERVER_WHY_TCP_ANSWERS] = "it answers over TCP, too",
	[NATSONDE_SERVER_WHY_TCP_CLOSED] = "the TCP connection is refused, or ends without an answer",
	[NATSONDE_SERVER_WHY_TCP_SILENT] =
		"no answer over TCP: it does not listen there, or something on the way stops TCP",
	[NATSONDE_SERVER_WHY_NOT_FINISHED] = "the run ended before this was known",
};

static const char *const faults[NATSONDE_FAULTS] = {
	[NATSONDE_OK] = "no fault",
	[NATSONDE_FAULT_BUSY] = "this host has no buffer free now",
	[NATSONDE_FAULT_PORT_TAKEN] = "the local port is in use",
	[NATSONDE_FAULT_NO_SOCKET] = "no socket or memory left",
	[NATSONDE_FAULT_NO_ROUTE] = "this host has no route to that address",
	[NATSONDE_FAULT_DENIED] = "this host's own firewall or the lack of rights forbids it",
	[NATSONDE_FAULT_NO_INTERFACE] = "no such interface or address on this host",
	[NATSONDE_FAULT_OTHER] = "the system refused, for a reason that it does not tell",
};

const char *natsonde_reason_sentence(enum natsonde_reason r)
{
	return LOOK_UP(reasons, r);
}

const char *natsonde_server_reason_sentence(enum natsonde_server_reason r)
{
	return LOOK_UP(server_reasons, r);
}

const char *natsonde_fault_sentence(enum natsonde_fault f)
{
	return LOOK_UP(faults, f);
}
