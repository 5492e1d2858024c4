#!/bin/bash
# The built-in list: three of its servers at a time, and others in the place of those that fail.
. "${0%/*}/../lib.sh"
mkdir -p "/etc/netns/$CLIENT"
echo "hosts: files" >"/etc/netns/$CLIENT/nsswitch.conf"
unset NATSONDE_SERVERS
topology
nat masquerade
ip -n "$SERVER" route add blackhole 203.0.113.96/28
coturn $A1 $A2
# Servers of their own, each on one address: they answer, and can do no more.
for last in 20 21 22; do ip -n "$SERVER" addr add 203.0.113.$last/32 dev lo; done
PORT=3478 coturn 203.0.113.20
PORT=3478 coturn 203.0.113.21

mapfile -t names < <(sed -n '/^static const struct builtin capable/,/^};/p' src/shared/servers.c | grep -o '"[^"]*"' | tr -d '"')
mapfile -t plain < <(sed -n '/^static const struct builtin plain/,/^};/p' src/shared/servers.c | grep -o '"[^"]*"' | tr -d '"')
is "names of the list" "${#names[@]} ${#plain[@]}" "7 2"

# hosts ADDRESS ...: the addresses of the capable ones; further ones, and the plain ones, are dead.
hosts() {
	local i dead=96
	for i in "${!names[@]}"; do
		echo "${1:-203.0.113.$((dead++))} ${names[i]}"
		[ $# -eq 0 ] || shift
	done
	for i in "${plain[@]}"; do echo "203.0.113.$((dead++)) $i"; done
} >"/etc/netns/$CLIENT/hosts"

# Two that are alive among nine: whichever three come first, those two are found.
hosts $A1 203.0.113.20
for run in 1 2 3 4; do
	ask -4
	is "exit of run $run" "$status" 0
	is "answering in run $run" "$(field '[.servers[] | select(.verdict != "silent")] | length | if . <= 3 and . >= 1 then "some" else . end')" some
	is "filtering in run $run" "$(field '.ipv4.filtering | .verdict + "/" + .certainty')" address-and-port-dependent/verified
done
finish built-in-failover

# All alive: three take part, whatever else there is.
for last in 0 1 2 3 4 5 6 7 8; do echo "203.0.113.2$((last % 2)) ${names[last]:-${plain[last - 7]}}"; done >"/etc/netns/$CLIENT/hosts"
sed -i "s/^203.0.113.2[01] \(${plain[0]}\|${plain[1]}\)/$A1 \1/" "/etc/netns/$CLIENT/hosts"
ask -4
is "at most three" "$(field '[.servers[] | select(.sent > 0)] | length | if . <= 3 then "yes" else . end')" yes
finish built-in-three

# Names that are gone: others are asked, and only the chosen ones are reported.
sed -n 1,2p <(hosts $A1 203.0.113.20; cat "/etc/netns/$CLIENT/hosts") >"$work/two"
cp "$work/two" "/etc/netns/$CLIENT/hosts"
ask -4
is exit "$status" 0
is "unresolved at most three" "$(field '[.servers[] | select(.verdict == "unresolved")] | length | if . <= 3 then "yes" else . end')" yes
is filtering "$(field '.ipv4.filtering | .verdict + "/" + .certainty')" address-and-port-dependent/verified
finish built-in-unresolved

# Nobody: that is said after four seconds.
hosts
ask -4
is exit "$status" 3
is outcome "$(field .outcome)" unreachable
is "within 6 s, not 10" "$(field '.elapsed_ms | if . < 6000 then "yes" else . end')" yes
finish built-in-nobody
