#!/bin/bash
# All nine classes of RFC 4787, each over a path of 20 ms: right, verified, and within half a second, if not every time that a busy
# machine is asked.
. "${0%/*}/../lib.sh"
declare -A long=([ei]=endpoint-independent [ad]=address-dependent [apd]=address-and-port-dependent)
natbox mapping=eim,filtering=eif,rtt=20
coturn $A1 $A2

for mapping in ei ad apd; do
	for filtering in ei ad apd; do
		natbox "mapping=${mapping}m,filtering=${filtering}f,rtt=20"
		for ((i = 1; i <= 3; i++)); do
			ask -4 $A1
			is exit "$status" 0
			is verdicts "$(verdicts ipv4)" "present/verified ${long[$mapping]}/verified ${long[$filtering]}/verified"
			quick=$(field '.elapsed_ms | if . < 500 then "yes" else . end')
			[ "$quick" = yes ] && break
		done
		is "under 500 ms at the best of three times" "$quick" yes
		is external "$(field '.ipv4.external | join(" ")')" 198.51.100.7
		finish "natbox-${mapping}m-${filtering}f"
	done
done
