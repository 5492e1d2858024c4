#!/bin/bash
# Two uplinks, here two external addresses: a hash over each flow, or over its destination, says which. The port is kept. That is
# no mapping that depends on the destination, and nobody can promise a peer one address.
. "${0%/*}/../lib.sh"
topology
ip -n "$ROUTER" addr add 198.51.100.3/24 dev wan0
coturn $A1 $A2

# uplinks HASHED NAME: several runs, for which endpoint gets which uplink is chance for each source port.
uplinks() {
	local i seen=""
	nat "snat ip to jhash $1 mod 2 seed 0x5eed map { 0 : 198.51.100.2, 1 : 198.51.100.3 }"
	for ((i = 1; i <= 6; i++)); do
		ask -4 $A1
		seen+=$(field '.ipv4.mapping | .verdict + "/" + .certainty')" "
		says "run $i" "$(field .ipv4.mapping.verdict)" "^(unstable|endpoint-independent)\$"
		is "nat of run $i" "$(field '.ipv4.nat | .verdict + "/" + .certainty')" present/verified
		says "filtering of run $i" "$(field .ipv4.filtering.verdict)" "^(unknown|address-and-port-dependent)\$"
	done
	says "seen as what it is" "$seen" unstable
	fresh_router
	finish "$2"
}

uplinks "ip saddr . udp sport . ip daddr . udp dport" uplinks-per-flow
uplinks "ip daddr" uplinks-per-destination
