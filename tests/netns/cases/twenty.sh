#!/bin/bash
# Twenty runs in a row, each in the state that the others have left in the NAT: twenty equal verdicts, and none has waited for
# anything that takes seconds.
. "${0%/*}/../lib.sh"
topology
coturn $A1 $A2

# twenty NAT VERDICTS NAME
twenty() {
	local i
	nat "$1"
	for ((i = 1; i <= 20; i++)); do
		ask -4 $A1
		is "verdicts of run $i" "$(verdicts ipv4)" "$2"
		is "run $i within 2 s" "$(field '.elapsed_ms | if . < 2000 then "yes" else . end')" yes
	done
	fresh_router
	finish "$3"
}

twenty masquerade "present/verified endpoint-independent/verified address-and-port-dependent/verified" twenty-runs
twenty "masquerade fully-random" \
	"present/verified address-and-port-dependent/verified address-and-port-dependent/verified" twenty-runs-symmetric
