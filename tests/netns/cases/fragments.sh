#!/bin/bash
# The kernel's NAT puts fragments together and cuts them again. A rule before that drops them, on the way out, in, or both.
. "${0%/*}/../lib.sh"
topology
nat masquerade
coturn $A1 $A2 $A1_6 $A2_6

# fragments VERDICT NAME
fragments() {
	ask -t fragments $A1 "[$A1_6]"
	is exit "$status" 0
	is fragments "$(finding fragments)" "$1"
	is "fragments IPv6" "$(finding fragments ipv6)" "$1"
	finish "$2"
}

# drop_from INTERFACES: before conntrack sees them (priority -400).
drop_from() {
	in_router nft -f - <<-END || broken "nft drop fragments"
		table inet pieces
		delete table inet pieces
		table inet pieces {
			chain pre {
				type filter hook prerouting priority -450
				iifname { $1 } ip frag-off & 0x3fff != 0 drop
				iifname { $1 } exthdr frag exists drop
			}
		}
	END
}

fragments pass/verified fragments-masquerade
# One server cannot tell whose network it is that drops them.
drop_from lan0
fragments outbound-dropped/likely fragments-outbound
drop_from wan0
fragments inbound-dropped/likely fragments-inbound

# Two can.
second_server
drop_from "lan0, wan0"
ask -4 -t fragments $A1 $B1
is exit "$status" 0
is fragments "$(finding fragments)" dropped/verified
finish fragments-dropped
