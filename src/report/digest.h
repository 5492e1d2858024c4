/* Numbers and addresses that reports draw from the evidence: counting, no judging. */
#ifndef NATSONDE_REPORT_DIGEST_H
#define NATSONDE_REPORT_DIGEST_H

#include <natsonde/report.h>

/* This host's own address, as the sockets were bound; the empty address if none was. */
struct natsonde_addr natsonde_digest_local(const struct natsonde_evidence *ev);

/* The distinct IP addresses (ports 0) that servers saw over UDP, in the order of sending; no more than fit. */
#define NATSONDE_EXTERNALS_MAX 16
struct natsonde_externals { unsigned n; struct natsonde_addr ip[NATSONDE_EXTERNALS_MAX]; };
struct natsonde_externals natsonde_digest_externals(const struct natsonde_evidence *ev);

/* How one socket was mapped (over TCP: one local port): the one of those in basis that spoke to most destinations. All 0 without any. */
struct natsonde_spread { unsigned destinations, ips, ports; };
struct natsonde_spread natsonde_digest_spread(const struct natsonde_evidence *ev, const struct natsonde_basis *basis);

/* Over both families. A server is a name, however many addresses of it were tried. */
#define NATSONDE_PORTS_MAX 6
struct natsonde_totals {
	unsigned packets;     /* UDP datagrams sent */
	unsigned servers;     /* names spoken to */
	unsigned tcp_servers; /* names that answered over TCP */
	bool is_refused;      /* an ICMP error came back over UDP */
	unsigned n_ports;
	uint16_t ports[NATSONDE_PORTS_MAX]; /* destination ports over UDP; no more than fit */
};
struct natsonde_totals natsonde_digest_totals(const struct natsonde_report *report);

#endif
