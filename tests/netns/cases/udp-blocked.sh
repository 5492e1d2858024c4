#!/bin/bash
# A company network: UDP vanishes, TCP goes through.
. "${0%/*}/../lib.sh"
topology
nat masquerade
forbid "meta l4proto udp drop"
coturn $A1 $A2

ask -4 $A1
is exit "$status" 3
is outcome "$(field .outcome)" unreachable
is p2p "$(field .ipv4.p2p.verdict)" blocked
says reason "$(field .reason)" "UDP is blocked|over TCP"
finish udp-blocked

# The same, told at once by ICMP.
fresh_router
nat masquerade
forbid "meta l4proto udp reject with icmpx type admin-prohibited"
ask -4 $A1
is exit "$status" 3
is p2p "$(field .ipv4.p2p.verdict)" blocked
finish udp-rejected
