#!/bin/bash
# IPv6 is configured and leads nowhere: the answer over IPv4 does not wait for it longer than it must.
. "${0%/*}/../lib.sh"
topology
nat masquerade
forbid "meta nfproto ipv6 drop"
coturn $A1 $A2 $A1_6 $A2_6

ask $A1 "[$A1_6]"
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "present/verified endpoint-independent/verified address-and-port-dependent/verified"
is unavailable "$(field .ipv6.unavailable)" no-answer
is "within 3.5 s, not 4" "$(field '.elapsed_ms | if . < 3500 then "yes" else . end')" yes
finish dead-ipv6
