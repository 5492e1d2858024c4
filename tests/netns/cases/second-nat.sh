#!/bin/bash
# A home router behind a carrier's: the verdicts are those of the whole way, and nothing is taken for something else.
. "${0%/*}/../lib.sh"
topology
nat masquerade
carrier
conntrack_timeouts "$CARRIER" 4 8
coturn $A1 $A2
second_server

ask -4 $A1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "present/verified endpoint-independent/verified address-and-port-dependent/verified"
is external "$(field '.ipv4.external | join(" ")')" 192.0.2.2
is kind "$(field .ipv4.nat.kind)" napt
finish second-nat

ask -4 -t alg,intercept,tcp,fragments,hairpin $A1
is exit "$status" 0
is alg "$(finding alg)" none/verified
is intercept "$(finding intercept)" none/verified
is tcp "$(finding tcp)" endpoint-independent/verified
is fragments "$(finding fragments)" pass/verified
is hairpin "$(finding hairpin)" no/verified
finish second-nat-further

ask -4 -t ports $A1
is exit "$status" 0
is ports "$(finding ports)" preserved/verified
finish second-nat-ports

# The outer one forgets first.
ask -4 -t lifetime --max-lifetime 20 $A1 $B1
is exit "$status" 0
is lifetime "$(finding lifetime)" measured/verified
is exchange_s "$(brackets exchange_s 4)" yes
is stream_s "$(brackets stream_s 8)" yes
finish second-nat-lifetime

# One of the two draws ports.
fresh_router
nat "masquerade fully-random"
ask -4 -t mapping,filtering,tcp $A1
is exit "$status" 0
is mapping "$(finding mapping)" address-and-port-dependent/verified
is filtering "$(finding filtering)" address-and-port-dependent/verified
is tcp "$(finding tcp)" address-and-port-dependent/verified
finish second-nat-symmetric
