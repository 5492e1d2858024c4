#!/bin/bash
# A host without IPv6: nothing wrong by default, an answer all the same when asked for IPv6.
. "${0%/*}/../lib.sh"
topology
nat masquerade
set_in "$CLIENT" net/ipv6/conf/all/disable_ipv6 1
coturn $A1 $A2 $A1_6 $A2_6

ask $A1 "[$A1_6]"
is exit "$status" 0
is outcome "$(field .outcome)" complete
is ipv4 "$(field .ipv4.mapping.verdict)" endpoint-independent
is ipv6 "$(verdicts ipv6)" no-route
finish without-ipv6

ask -6 "[$A1_6]"
is exit "$status" 3
is outcome "$(field .outcome)" unreachable
is ipv6 "$(verdicts ipv6)" no-route
says reason "$(field .reason)" "route|IPv6"
finish without-ipv6-asked
