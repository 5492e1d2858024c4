#!/bin/bash
# NATs that treat TCP in another way than UDP.
. "${0%/*}/../lib.sh"
natbox rtt=10
coturn $A1 $A2

# tcp SPEC MAPPING TCP NAME
tcp() {
	natbox "filtering=apdf,rtt=10,$1"
	ask -4 -t mapping,tcp $A1
	is exit "$status" 0
	is mapping "$(finding mapping)" "$2/verified"
	is tcp "$(finding tcp)" "$3/verified"
	finish "$4"
}

tcp mapping=eim,tcp-mapping=adm endpoint-independent address-dependent tcp-adm
tcp mapping=apdm,tcp-mapping=eim address-and-port-dependent endpoint-independent tcp-eim
tcp mapping=eim,tcp-mapping=apdm,nats=2 endpoint-independent address-and-port-dependent tcp-two-nats
