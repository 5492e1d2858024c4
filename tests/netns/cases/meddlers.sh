#!/bin/bash
# Who meddles with what servers say: a gateway that rewrites addresses in answers, or something near that answers in the servers'
# place.
. "${0%/*}/../lib.sh"
natbox rtt=10
coturn $A1 $A2

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
