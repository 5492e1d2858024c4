#!/bin/bash
# How long the kernel's NAT remembers: 6 s after one exchange, 12 s once packets have gone both ways for more than two seconds.
# It forgets later with every packet, whichever way that goes.
. "${0%/*}/../lib.sh"
topology
nat masquerade
conntrack_timeouts "$ROUTER" 6 12
coturn $A1 $A2
second_server

ask -4 -t lifetime --max-lifetime 30 $A1 $B1
is exit "$status" 0
is lifetime "$(finding lifetime)" measured/verified
is exchange_s "$(brackets exchange_s 6)" yes
is stream_s "$(brackets stream_s 12)" yes
is refreshed "$(field '.ipv4.lifetime | "in \(.refresh_in) out \(.refresh_out)"')" "in true out true"
is keepalive_s "$(field '.ipv4.lifetime | .keepalive_s > 0 and .keepalive_s < 6')" true
# Where a packet was lost, other than those to rungs that are dead, it is asked for again, and takes the longer.
is "no longer than the lifetimes" "$(field '
	([.probes[] | select((.role == "rung" or .role == "asker") and .response_port == null and .outcome != "answered")] | length) as $lost
	| if $lost > 0 or .elapsed_ms < 35000 then "yes" else .elapsed_ms end')" yes
finish lifetime

# Ended by the user: what has outlived its silence by then is there.
ask_interrupted 4.5 -4 -t lifetime --max-lifetime 30 $A1 $B1
is exit "$status" 4
is outcome "$(field .outcome)" interrupted
is lifetime "$(finding lifetime)" unknown/none
is exchange_s "$(field '(.ipv4.ended_ms / 1000) as $ended | .ipv4.lifetime.exchange_s |
	if .[0] >= 1 and .[0] <= $ended and .[1] == null then "yes" else "\(.) after \($ended) s" end')" yes
is stream_s "$(field '.ipv4.lifetime.stream_s | "\(.)"')" "[null,null]"
finish lifetime-interrupted
