#!/bin/bash
# Every destination gets a port of its own; only RESPONSE-PORT can control the filtering test here.
. "${0%/*}/../lib.sh"
topology
nat "masquerade fully-random"
coturn $A1 $A2

ask -4 $A1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" \
	"present/verified address-and-port-dependent/verified address-and-port-dependent/verified"
is p2p "$(field .ipv4.p2p.verdict)" too-hard
is "RESPONSE-PORT used" "$(field '[.probes[] | select(.response_port and .outcome == "answered")] | length > 0')" true
finish fully-random
