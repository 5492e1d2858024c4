#!/bin/bash
# Routed addresses, nothing in between.
. "${0%/*}/../lib.sh"
topology 192.0.2
coturn $A1 $A2 $A1_6 $A2_6

open="none/verified endpoint-independent/verified endpoint-independent/verified"
ask $A1 "[$A1_6]"
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$open"
is "verdicts IPv6" "$(verdicts ipv6)" "$open"
is p2p "$(field '.ipv4.p2p.verdict + " " + .ipv6.p2p.verdict')" "open open"
is local "$(field .ipv4.local)" 192.0.2.2
finish no-nat

ask -6 "[$A1_6]:3478"
is exit "$status" 0
is verdicts "$(verdicts ipv6)" "$open"
is ipv4 "$(field .ipv4.unavailable)" not-asked
finish no-nat-ipv6-alone
