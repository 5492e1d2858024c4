#!/bin/bash
# Who meddles with what servers say: a gateway that rewrites addresses in answers, or something near that answers in the servers'
# place.
. "${0%/*}/../lib.sh"
natbox rtt=10
coturn $A1 $A2
{ ip -n "$SERVER" addr add $B1/32 dev lo && ip -n "$SERVER" addr add $B2/32 dev lo; } || broken "no second server"

# meddler SPEC ALG INTERCEPT NAME
meddler() {
	natbox "rtt=10,$1"
	ask -4 -t nat,alg,intercept $A1
	is exit "$status" 0
	is alg "$(finding alg)" "$2"
	is intercept "$(finding intercept)" "$3"
	finish "$4"
}

meddler alg=none none/verified none/verified meddlers-none
meddler alg=rewrites rewrites/likely none/verified alg-rewrites
meddler alg=rewrites,nats=2 rewrites/likely none/verified alg-two-nats
natbox "rtt=10,intercept=yes"
ask -4 -t intercept $A1
is exit "$status" 0
is intercept "$(finding intercept)" suspected/verified
finish intercept-suspected

# A server that signs its answers with a FINGERPRINT: what was rewritten does not fit it any more, and is no answer.
OPTION=--fingerprint coturn $B1 $B2
natbox "rtt=10,alg=rewrites"
ask -4 -t nat,alg $B1
is exit "$status" 3
is alg "$(finding alg)" rewrites/likely
is server "$(field '.servers[0] | .verdict')" silent
says reason "$(field '.servers[0].reason')" FINGERPRINT
says outcome "$(field .reason)" "came back over UDP"
finish fingerprint-broken

ask -4 -t nat,alg $A1 $B1
is exit "$status" 0
is alg "$(finding alg)" rewrites/verified
is nat "$(finding nat)" present/verified
finish fingerprint-second-witness
