#!/bin/bash
# Names: one with a dead address before the living one, and a network without name service.
. "${0%/*}/../lib.sh"
mkdir -p "/etc/netns/$CLIENT"
printf '%s\n' "203.0.113.99 stun.example.org" "$A1 stun.example.org" >"/etc/netns/$CLIENT/hosts"
echo "nameserver 203.0.113.53" >"/etc/netns/$CLIENT/resolv.conf"
echo "hosts: files dns" >"/etc/netns/$CLIENT/nsswitch.conf"
topology
nat masquerade
ip -n "$SERVER" route add blackhole 203.0.113.99/32
ip -n "$SERVER" route add blackhole 203.0.113.53/32
coturn $A1 $A2

ask -4 stun:stun.example.org
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "present/verified endpoint-independent/verified address-and-port-dependent/verified"
is server "$(field '[.servers[] | select(.verdict == "rfc5780") | .name + " " + .address] | join(", ")')" \
	"stun.example.org $A1:3478"
finish second-address

began=$SECONDS
ask -w 3 stun.example.net
is exit "$status" 3
is outcome "$(field .outcome)" unreachable
is server "$(field '.servers[0].verdict')" unresolved
says reason "$(field .reason)" "names?"
is "within the timeout" $((SECONDS - began <= 5)) 1 # not the 10 s of a resolver
finish no-name-service
