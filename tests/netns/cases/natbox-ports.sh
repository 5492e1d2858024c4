#!/bin/bash
# Ports that the kernel's NAT does not give: in steps, with the parity kept, out of a block, or out of sets as with MAP-E.
. "${0%/*}/../lib.sh"
natbox rtt=10
coturn $A1 $A2

# box SPEC VERDICT FACTS WANT NAME
box() {
	natbox "$1,rtt=10"
	ask -4 -t ports $A1
	is exit "$status" 0
	is ports "$(finding ports)" "$2/verified"
	is facts "$(field ".ipv4.ports | $3")" "$4"
	finish "$5"
}

box ports=sequential sequential '"\(.step) \(.guess) \(.high - .low) \(.parity)"' "1 1 15 false" ports-sequential
box ports=sequential,step=2,parity=yes sequential '"\(.step) \(.parity)"' "2 true" ports-sequential-parity
box ports=random,parity=yes random '"\(.preserved_percent < 20) \(.parity) \(.contiguity)"' "true true false" ports-parity
box ports=random,block=512 block '"\(.high - .low < 512) \(.guess > 100 and .guess < 512)"' "true true" ports-block-of-512
box ports=set set '"\(.high - .low > 4096) \(.guess)"' "true 120" ports-set
box ports=overloaded preserved '"\(.preserved_percent) \(.pooling)"' "100 single" ports-overloaded-alone
box ports=sequential,nats=2 sequential '"\(.step) \(.guess)"' "1 1" ports-two-nats
