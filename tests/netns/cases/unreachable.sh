#!/bin/bash
# Nothing there: exit 3, and the report says in which way.
. "${0%/*}/../lib.sh"
topology
nat masquerade

# No process on the port: the server's kernel answers with ICMP.
ask -4 $A1
is exit "$status" 3
is outcome "$(field .outcome)" unreachable
says reason "$(field .reason)" refused
is ICMP "$(field '[.probes[] | select(.outcome == "unreachable")] | length > 0')" true
finish refused

ask -6 "[$A1_6]"
is exit "$status" 3
says reason "$(field .reason)" refused
finish refused-ipv6

ip -n "$CLIENT" route del default
ask -4 $A1
is exit "$status" 3
is outcome "$(field .outcome)" unreachable
is unavailable "$(field .ipv4.unavailable)" no-route
says reason "$(field .reason)" route
finish no-route

# This host's own firewall: a fault of the host, of which the network knows nothing.
ip -n "$CLIENT" route add default via 10.0.0.1
in_client nft "table inet filter { chain output { type filter hook output priority filter; meta l4proto udp drop; }; }"
ask -4 $A1
is exit "$status" 5
is outcome "$(field .outcome)" failed
says reason "$(field .reason)" "own firewall"
says stderr "$stderr" "^natsonde: .*own firewall"
finish own-firewall-forbids
