#!/bin/bash
# NATs that drop fragments, IPv4 and IPv6.
. "${0%/*}/../lib.sh"
natbox rtt=10
coturn $A1 $A2 $A1_6 $A2_6

# fragments SPEC VERDICT NAME
fragments() {
	natbox "rtt=10,fragments=$1"
	ask -t fragments $A1 "[$A1_6]"
	is exit "$status" 0
	is fragments "$(finding fragments)" "$2"
	is "fragments IPv6" "$(finding fragments ipv6)" "$2"
	is "large answers" "$(field '[.probes[] | select(.test == "fragments-in" and .padded) | .length] | all(. > 1472)')" true
	finish "$3"
}

fragments pass pass/verified natbox-fragments-pass
fragments drop dropped/likely natbox-fragments-drop
fragments drop-outbound outbound-dropped/likely natbox-fragments-drop-outbound
fragments drop-inbound inbound-dropped/likely natbox-fragments-drop-inbound
fragments pass,nats=2 pass/verified natbox-fragments-two-nats
