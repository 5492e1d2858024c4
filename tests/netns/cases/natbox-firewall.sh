#!/bin/bash
# A firewall that the kernel cannot play, in both families: no NAT, and who has been spoken to may answer from any port.
. "${0%/*}/../lib.sh"
natbox mapping=none,filtering=adf,rtt=20
coturn $A1 $A2 $A1_6 $A2_6

spoken_to="none/verified endpoint-independent/verified address-dependent/verified"
ask $A1 "[$A1_6]"
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$spoken_to"
is "verdicts IPv6" "$(verdicts ipv6)" "$spoken_to"
finish natbox-firewall-adf
