#!/bin/bash
# The lwIP lane: the component, with the project's own socket files over Debian's lwIP on a TAP device, behind the laboratory's
# NATs, against coturn. It must find what the kernel's stack finds in the same place. usage: lwip_lane.sh kernel|natbox
#
#   lwIP 10.0.1.2, 2001:db8:5::2 ---- tap0 10.0.1.1, 2001:db8:5::1 in a namespace of the laboratory (tests/netns/lib.sh) ----
. "${0%/*}/../netns/lib.sh"
kernel=$BUILD/embedded/firmware-kernel lwip=$BUILD/embedded/firmware-lwip
limits=(LANE_SOCKETS=3 LANE_MAILBOX=6) # as ESP-IDF's defaults leave them to one diagnosis

# tap NAMESPACE: the device there, as a router has it.
tap() {
	set_in "$1" net/ipv4/ip_forward 1
	set_in "$1" net/ipv6/conf/all/forwarding 1
	ip -n "$1" tuntap add dev tap0 mode tap || broken "no TAP device"
	ip -n "$1" -batch - <<-END || broken "no addresses for the TAP device"
		addr add 10.0.1.1/24 dev tap0
		addr add 2001:db8:5::1/64 dev tap0 nodad
		link set tap0 up
	END
	ip netns exec "$1" python3 "${0%/*}/advertise.py" tap0 2001:db8:5:: &
	pids+=($!)
	tap_space=$1
}

# firmware COMMAND...: a run; leaves its report as ask does.
firmware() {
	report=$(timeout "${patience:-30}" ip netns exec "$@" 2>"$work/complaints")
	status=$?
	stderr=$(<"$work/complaints")
}
over_kernel() { firmware "$CLIENT" "$kernel" "$@"; }
over_lwip() { firmware "$tap_space" env PRECONFIGURED_TAPIF=tap0 "${settings[@]}" "$lwip" "$@"; }

# same NAME IPV4 IPV6 SERVER ...: verdicts over both stacks; IPV6 empty: not asked for.
same() {
	local name=$1 want4=$2 want6=$3 ip6=- ip6_lwip=-
	shift 3
	[ -n "$want6" ] && ip6=2001:db8:1::2 ip6_lwip=2001:db8:5::2
	over_kernel 10.0.0.2 $ip6 "$@"
	is "kernel IPv4" "$(verdicts ipv4)" "$want4"
	[ -z "$want6" ] || is "kernel IPv6" "$(verdicts ipv6)" "$want6"
	settings=(LANE_NAP_MS=0)
	over_lwip 10.0.1.2 $ip6_lwip "$@"
	is "lwIP exit" "$status" 0
	is "lwIP IPv4" "$(verdicts ipv4)" "$want4"
	[ -z "$want6" ] || is "lwIP IPv6" "$(verdicts ipv6)" "$want6"
	settings=("${limits[@]}")
	over_lwip 10.0.1.2 $ip6_lwip "$@"
	is "limited IPv4" "$(verdicts ipv4)" "$want4"
	[ -z "$want6" ] || is "limited IPv6" "$(verdicts ipv6)" "$want6"
	says "three sockets do" "$stderr" "at most [123] sockets at once, 0 refused.* 0 datagrams dropped; 0 left open"
	finish "lwip-$name"
}

# The tests with packets of their own: with three sockets, one after the other. What lwIP cannot do is said, not guessed.
further_behind_the_kernel() {
	settings=("${limits[@]}" LANE_TESTS=intercept,tcp,fragments,ports,hairpin)
	over_lwip 10.0.1.2 - $A1
	is "further: exit" "$status" 0
	is intercept "$(field .ipv4.intercept.verdict)" none
	is tcp "$(field .ipv4.tcp.verdict)" endpoint-independent
	is fragments "$(field .ipv4.fragments.verdict)" local-stack
	is ports "$(field .ipv4.ports.verdict)" preserved
	is hairpin "$(field .ipv4.hairpin.verdict)" unknown
	says "further: three sockets do" "$stderr" "at most [123] sockets at once, 0 refused.* 0 datagrams dropped; 0 left open"
	finish lwip-further
	set_in "$ROUTER" net/netfilter/nf_conntrack_udp_timeout 2
	set_in "$ROUTER" net/netfilter/nf_conntrack_udp_timeout_stream 2
	settings=("${limits[@]}" LANE_LIFETIME=5 LANE_TESTS=lifetime)
	patience=90 over_lwip 10.0.1.2 - $A1
	set_in "$ROUTER" net/netfilter/nf_conntrack_udp_timeout 30
	set_in "$ROUTER" net/netfilter/nf_conntrack_udp_timeout_stream 120
	is lifetime "$(field .ipv4.lifetime.verdict)" measured
	is "lifetime begins" "$(field '.ipv4.lifetime.exchange_s[0] >= 1')" true
	is "lifetime ends" "$(field '.ipv4.lifetime.exchange_s[1] <= 3.2')" true
	says "lifetime: three sockets do" "$stderr" "at most [123] sockets at once, 0 refused.* 0 datagrams dropped; 0 left open"
	finish lwip-lifetime
}

behind_the_kernel() {
	local home="present/verified endpoint-independent/verified address-and-port-dependent/verified"
	local strict="present/verified address-and-port-dependent/verified address-and-port-dependent/verified"
	local open="none/verified endpoint-independent/verified endpoint-independent/verified"
	topology
	tap "$ROUTER"
	ip -n "$SERVER" route add 10.0.1.0/24 via 198.51.100.2
	ip -n "$SERVER" route add 2001:db8:5::/64 via 2001:db8:2::2
	coturn $A1 $A2 $A1_6 $A2_6
	same no-nat "$open" "$open" $A1 "[$A1_6]"
	nat masquerade
	same masquerade "$home" "$open" $A1 "[$A1_6]"
	# A busy application keeps the task waiting: what comes in meanwhile must fit into the mailbox.
	settings=("${limits[@]}" LANE_NAP_MS=20)
	over_lwip 10.0.1.2 2001:db8:5::2 $A1 "[$A1_6]"
	is "napping IPv4" "$(verdicts ipv4)" "$home"
	is "napping IPv6" "$(verdicts ipv6)" "$open"
	says "nothing lost to the mailbox" "$stderr" " 0 datagrams dropped"
	finish lwip-napping
	# Wi-Fi that is busy has no buffer: the same packet leaves a little later, and counts for no loss.
	settings=("${limits[@]}" LANE_NO_BUFFER=5)
	over_lwip 10.0.1.2 2001:db8:5::2 $A1 "[$A1_6]"
	is "no buffer IPv4" "$(verdicts ipv4)" "$home"
	is "no buffer IPv6" "$(verdicts ipv6)" "$open"
	is "no buffer: unsent" "$(field '[.probes[] | select(.outcome == "unsent")] | length')" 0
	says "buffers were missing" "$stderr" "; [1-9][0-9]+ times no buffer"
	finish lwip-no-buffer
	further_behind_the_kernel
	in_router nft flush ruleset
	nat "masquerade fully-random"
	same fully-random "$strict" "" $A1
	settings=("${limits[@]}" LANE_TESTS=ports,tcp)
	over_lwip 10.0.1.2 - $A1
	is "random ports" "$(field .ipv4.ports.verdict)" random
	is "random TCP" "$(field .ipv4.tcp.verdict)" address-and-port-dependent
	finish lwip-further-fully-random
	in_router nft flush ruleset
	forbid "meta l4proto udp drop"
	settings=("${limits[@]}")
	over_lwip 10.0.1.2 - $A1
	is "UDP dropped: outcome" "$(field .outcome)" unreachable
	is "UDP dropped: p2p" "$(field .ipv4.p2p.verdict)" blocked
	says "UDP dropped: sockets" "$stderr" "at most [123] sockets at once, 0 refused.*; 0 left open"
	finish lwip-udp-blocked
}

behind_natbox() {
	local mapping filtering
	local -A long=([ei]=endpoint-independent [ad]=address-dependent [apd]=address-and-port-dependent)
	natbox mapping=eim,filtering=eif,rtt=20
	tap "$CLIENT"
	ip -n "$SERVER" route add 10.0.1.0/24 dev outside 2>/dev/null
	coturn $A1 $A2
	settings=("${limits[@]}")
	for mapping in ei ad apd; do
		for filtering in ei ad apd; do
			natbox "mapping=${mapping}m,filtering=${filtering}f,rtt=60,jitter=20"
			over_lwip 10.0.1.2 - $A1
			is "${mapping}m ${filtering}f" "$(verdicts ipv4)" "present/verified ${long[$mapping]}/verified ${long[$filtering]}/verified"
			is interface "$(field .ipv4.interface)" sta
			says "limits" "$stderr" "at most [123] sockets at once, 0 refused.* 0 datagrams dropped; 0 left open"
		done
	done
	finish lwip-natbox
	# Wi-Fi power saving hands over all that came in at once, three times a second; replies from everywhere are the most.
	settings=("${limits[@]}" LANE_BEACON_MS=300)
	for filtering in ei apd; do
		natbox "mapping=eim,filtering=${filtering}f,rtt=60"
		over_lwip 10.0.1.2 - $A1
		is "${filtering}f" "$(verdicts ipv4)" "present/verified endpoint-independent/verified ${long[$filtering]}/verified"
		says "nothing lost to the mailbox" "$stderr" "mailboxes held at most [1-6], 0 datagrams dropped"
	done
	finish lwip-power-saving
}

case ${1:-} in
kernel) behind_the_kernel ;;
natbox) behind_natbox ;;
*) broken "usage: lwip_lane.sh kernel|natbox" ;;
esac
