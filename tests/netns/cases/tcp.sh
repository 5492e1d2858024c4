#!/bin/bash
# TCP behind the kernel's NAT: one local port, several connections.
. "${0%/*}/../lib.sh"
topology
coturn $A1 $A2

# tcp RULE VERDICT NAME
tcp() {
	fresh_router
	nat "$1"
	ask -4 -t tcp $A1
	is exit "$status" 0
	is tcp "$(finding tcp)" "$2/verified"
	is "four endpoints" "$(field '[.probes[] | select(.test == "tcp" and .mapped) | .endpoint] | unique | length')" 4
	finish "$3"
}

tcp masquerade endpoint-independent tcp-masquerade
tcp "masquerade fully-random" address-and-port-dependent tcp-fully-random

# UDP and TCP are two things: what one meets, the other need not.
fresh_router
nat "meta l4proto tcp masquerade fully-random"
nat "masquerade"
ask -4 -t mapping,tcp $A1
is exit "$status" 0
is mapping "$(finding mapping)" endpoint-independent/verified
is tcp "$(finding tcp)" address-and-port-dependent/verified
finish tcp-unlike-udp

forbid "meta l4proto tcp drop"
ask -4 -t mapping,tcp $A1
is exit "$status" 4
is mapping "$(finding mapping)" endpoint-independent/verified
is tcp "$(finding tcp)" unknown/none
says reason "$(field .ipv4.tcp.reason)" "no server answered over TCP"
finish tcp-dropped
