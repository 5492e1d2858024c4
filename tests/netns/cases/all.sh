#!/bin/bash
# "-t all" finds the mapping and the filtering that the default tests find, behind each of the kernel's NATs, and no server is
# sent more than 60 packets in two minutes. That makes it wait so long; so all NATs are tried at once, each in a laboratory of its
# own.
if [ $# -eq 0 ]; then
	running=()
	for way in masquerade fully-random firewall open; do
		bash "$0" $way &
		running+=($!)
	done
	failed=0
	for pid in "${running[@]}"; do wait "$pid" || failed=1; done
	exit $failed
fi

. "${0%/*}/../lib.sh"
case $1 in
masquerade) topology && nat masquerade ;;
fully-random) topology && nat "masquerade fully-random" ;;
firewall) topology 192.0.2 && firewall ;;
open) topology 192.0.2 ;;
esac
conntrack_timeouts "$ROUTER" 6 12
coturn $A1 $A2
second_server

# The most packets that one server was sent in two minutes: those to other sockets here and to nobody are not sent to it.
busiest='[.probes[] | select(.outcome != "unsent" and .endpoint != "own" and .endpoint != "nobody")] | group_by(.server) |
	map(map(.sent_ms[0]) | . as $all | map(. as $from | $all | map(select(. >= $from and . < $from + 120000)) | length) | max) | max'

ask -4 $A1 $B1
is "exit of the default" "$status" 0
default=$(verdicts ipv4)
ask -4 -t all --max-lifetime 10 $A1 $B1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$default"
is "60 packets in 120 s" "$(field "$busiest | if . <= 60 then \"yes\" else . end")" yes
is "all tests" "$(field '.tests - (.ipv4 | keys) | join(" ")')" ""
finish "all-$1"
