#!/bin/bash
# A NAT that turns packets round, with the address outside or inside as their source, or not at all; to a host that takes packets
# with its own address, and to one that does not.
. "${0%/*}/../lib.sh"
natbox rtt=10
coturn $A1 $A2

# turn ACCEPT_LOCAL SPEC VERDICT NAME: "?" as verdict is unknown, for a reason that says what to change.
turn() {
	natbox "filtering=apdf,rtt=10,$2"
	set_in "$CLIENT" net/ipv4/conf/all/accept_local "$1"
	ask -4 -t hairpin $A1
	if [ "$3" = "?" ]; then
		is exit "$status" 4
		is hairpin "$(finding hairpin)" unknown/none
		says reason "$(field .ipv4.hairpin.reason)" accept_local
	else
		is exit "$status" 0
		is hairpin "$(finding hairpin)" "$3/verified"
	fi
	finish "$4"
}

turn 1 hairpin=no no hairpin-no
turn 1 hairpin=external external hairpin-external
turn 1 hairpin=internal internal hairpin-internal
turn 0 hairpin=no "?" hairpin-no-deaf
turn 0 hairpin=external external hairpin-external-deaf
turn 0 hairpin=internal "?" hairpin-internal-deaf
turn 1 hairpin=external,nats=2 external hairpin-external-two-nats
turn 1 hairpin=no,nats=2 no hairpin-no-two-nats
