#!/bin/bash
# Where to send from: a second uplink without NAT, a second address, a fixed port.
. "${0%/*}/../lib.sh"
topology
nat masquerade
coturn $A1 $A2
ip -n "$CLIENT" link add eth1 type veth peer name eth1 netns "$SERVER"
ip -n "$CLIENT" -batch - <<-END
	addr add 10.0.0.3/24 dev eth0
	addr add 192.0.2.2/24 dev eth1
	link set eth1 up
	route add default via 192.0.2.1 metric 900
END
ip -n "$SERVER" addr add 192.0.2.1/24 dev eth1
ip -n "$SERVER" link set eth1 up

home="present/verified endpoint-independent/verified address-and-port-dependent/verified"
ask -4 $A1
is "default" "$(verdicts ipv4)" "$home"
ask -4 --interface eth1 $A1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "none/verified endpoint-independent/verified endpoint-independent/verified"
is interface "$(field .ipv4.interface)" eth1
finish interface

ask -4 --bind 10.0.0.3 $A1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$home"
is local "$(field '[.probes[].local | split(":")[0]] | unique | join(" ")')" 10.0.0.3
finish bind

ask -4 --local-port 20000 $A1
is exit "$status" 0
is ports "$(field '[.probes[].local | split(":")[1]] | unique | join(" ")')" "20000 20001 20002"
is verdicts "$(verdicts ipv4)" "present/verified endpoint-independent/likely address-and-port-dependent/likely"
finish local-port

ask -4 --interface eth9 $A1
is exit "$status" 5
is stdout "$report" ""
says stderr "$stderr" eth9
finish no-such-interface
