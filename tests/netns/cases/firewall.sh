#!/bin/bash
# Routed addresses behind a stateful firewall: no NAT, and yet strangers are kept out.
. "${0%/*}/../lib.sh"
topology 192.0.2
firewall
coturn $A1 $A2 $A1_6 $A2_6

kept_out="none/verified endpoint-independent/verified address-and-port-dependent/verified"
ask $A1 "[$A1_6]"
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$kept_out"
is "verdicts IPv6" "$(verdicts ipv6)" "$kept_out"
is p2p "$(field '.ipv4.p2p.verdict + " " + .ipv6.p2p.verdict')" "easy easy"
says reason "$(field .ipv4.filtering.reason)" firewall
finish firewall

# The same by a firewall on this very host, as most distributions have it.
fresh_router
in_client nft -f - <<-END
	table inet filter {
		chain input {
			type filter hook input priority filter
			meta l4proto udp ct state != { established, related } drop
		}
	}
END
ask $A1 "[$A1_6]"
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$kept_out"
is "verdicts IPv6" "$(verdicts ipv6)" "$kept_out"
finish own-firewall
