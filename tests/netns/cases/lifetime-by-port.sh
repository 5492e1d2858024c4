#!/bin/bash
# Servers that do not know RESPONSE-PORT: a NAT that keeps ports gives nothing away; one that draws them does, after its death a
# mapping is another one.
. "${0%/*}/../lib.sh"
short="filtering=apdf,lifetime=2,stream-lifetime=4,rtt=20"
natbox "$short"
liar no-response-port

ask -4 -t lifetime --max-lifetime 5 $A1
is exit "$status" 4
is lifetime "$(finding lifetime)" unknown/none
says reason "$(field .ipv4.lifetime.reason)" "RESPONSE-PORT"
finish lifetime-no-response-port

natbox "$short,ports=random"
ask -4 -t lifetime --max-lifetime 5 $A1
is exit "$status" 0
is lifetime "$(finding lifetime)" measured/likely
is exchange_s "$(brackets exchange_s 2)" yes
is stream_s "$(brackets stream_s 4)" yes
finish lifetime-by-port
