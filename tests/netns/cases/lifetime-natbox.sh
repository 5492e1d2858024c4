#!/bin/bash
# Lifetimes as the kernel does not have them: only packets that go out prolong a mapping (RFC 4787 section 4.3), behind two NATs,
# and with a port of its own for each destination.
. "${0%/*}/../lib.sh"
short="filtering=apdf,lifetime=8,stream-lifetime=12,refresh=outbound,rtt=20"
natbox "$short,nats=2"
coturn $A1 $A2
second_server

# measure NAME
measure() {
	ask -4 -t lifetime --max-lifetime 20 $A1 $B1
	is exit "$status" 0
	is lifetime "$(finding lifetime)" measured/verified
	is exchange_s "$(brackets exchange_s 8)" yes
	is stream_s "$(brackets stream_s 12)" yes
	is refreshed "$(field '.ipv4.lifetime | "in \(.refresh_in) out \(.refresh_out)"')" "in false out true"
	finish "$1"
}

measure lifetime-two-nats
natbox "$short,mapping=apdm,ports=random"
measure lifetime-symmetric
