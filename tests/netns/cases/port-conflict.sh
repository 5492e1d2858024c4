#!/bin/bash
# Another host of the LAN holds the port of the mapping socket toward one endpoint of the server: the kernel's masquerade then
# takes another port from there on, which RFC 5780 would call address-dependent, or overlook.
. "${0%/*}/../lib.sh"
topology
nat masquerade
coturn $A1 $A2

# The other host: its own SNAT gives its packets the source port that they are to have.
OTHER=natsonde-$$-other
spaces $OTHER
trap 'ended=$?; ip netns delete $OTHER; cleanup; exit $((failed > 0 ? 1 : ended))' EXIT
ip -n $OTHER link add eth0 type veth peer name lan1 netns "$ROUTER"
ip -n $OTHER addr add 10.0.1.2/24 dev eth0
ip -n "$ROUTER" addr add 10.0.1.1/24 dev lan1
ip -n "$ROUTER" link set lan1 up
ip -n $OTHER link set eth0 up
ip -n $OTHER route add default via 10.0.1.1

# hold LOCAL-PORT IP PORT: the other host sends from that port to that endpoint.
hold() {
	ip netns exec $OTHER nft -f - <<-END || broken "the other host's SNAT"
		flush ruleset
		table ip nat { chain post { type nat hook postrouting priority srcnat; meta l4proto udp snat to 10.0.1.2:$1; }; }
	END
	ip netns exec $OTHER bash -c 'exec 3<>"/dev/udp/$0/$1" && printf "\0\1\0\0\x21\x12\xa4\x42natsonde-lab" >&3 &&
		timeout 1 head -c 1 <&3 | grep -q .' "$2" "$3" || broken "the other host has no answer from $2:$3"
}

# With a port of the caller's choice there is no fresh one to go to: then it is unstable, and never a dependence.
conflict() {
	ask -4 --local-port "$1" $A1
	is "ports seen" "$(field '[.probes[] | select(.test == "mapping" and .mapped) | .mapped] | unique | length | . > 1')" true
	is nat "$(field '.ipv4.nat.verdict')" present
	is mapping "$(field '.ipv4.mapping.verdict')" unstable
	is p2p "$(field '.ipv4.p2p.verdict')" unknown
	is exit "$status" 4
	finish "$2"
}

hold 40000 $A2 3478
conflict 40000 conflict-a2p1
hold 41000 $A2 3479
conflict 41000 conflict-a2p2
ask -4 $A1
is mapping "$(field '.ipv4.mapping | .verdict + "/" + .certainty')" endpoint-independent/verified
finish conflict-fresh-port
