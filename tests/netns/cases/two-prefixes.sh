#!/bin/bash
# A client with addresses in two IPv6 prefixes: the source address that suits one destination best is not the one that suits
# another. All probes must leave from one, or a routed host looks like one behind a NAT that depends on the destination.
. "${0%/*}/../lib.sh"
topology
A2_6=2001:db8:7::11
ip -n "$SERVER" -batch - <<-END
	addr add $A2_6/128 dev lo nodad
	route add 2001:db8:6::/64 via 2001:db8:2::2
END
ip -n "$CLIENT" addr add 2001:db8:6::2/64 dev eth0 nodad
ip -n "$ROUTER" -batch - <<-END
	addr add 2001:db8:6::1/64 dev lan0 nodad
	route add 2001:db8:7::/64 via 2001:db8:2::1
END
coturn $A1_6 $A2_6

source_toward() { in_client ip -6 route get "$1" | sed -n 's/.* src \([^ ]*\) .*/\1/p'; }
is "two sources" "$(source_toward $A1_6) $(source_toward $A2_6)" "2001:db8:1::2 2001:db8:6::2"
ask -6 "[$A1_6]"
is exit "$status" 0
is verdicts "$(verdicts ipv6)" "none/verified endpoint-independent/verified endpoint-independent/verified"
is "one source" "$(field '[.probes[].local | split("]")[0]] | unique | join(" ")')" "[2001:db8:1::2"
finish two-prefixes
