#!/bin/bash
# Domains: SRV records lead to another host and port; a domain without any is a host; a name server that does not answer.
. "${0%/*}/../lib.sh"
NAME_SERVER=203.0.113.53
mkdir -p "/etc/netns/$CLIENT"
echo "nameserver $NAME_SERVER" >"/etc/netns/$CLIENT/resolv.conf"
echo "hosts: files dns" >"/etc/netns/$CLIENT/nsswitch.conf"
topology
nat masquerade
ip -n "$SERVER" addr add $NAME_SERVER/32 dev lo
ip -n "$SERVER" route add blackhole 203.0.113.99/32
PORT=3490 coturn $A1 $A2
coturn $A1 $A2
cat >"$work/zone" <<-END
	_stun-behavior._udp.both.test SRV 10 0 3490 one.test
	_stun._udp.both.test SRV 0 0 3478 two.test
	both.test A 203.0.113.99
	_stun._udp.plain.test SRV 0 0 3490 one.test
	order.test A 203.0.113.99
	_stun._udp.order.test SRV 20 100 3490 one.test
	_stun._udp.order.test SRV 10 0 3478 dead.test
	one.test A $A1
	two.test A $A1
	dead.test A 203.0.113.99
	host.test A $A1
	_stun._udp.root.test SRV 0 0 3490 .
	root.test A $A1
	_stun-behavior._udp.slow.test SRV drop
	_stun._udp.slow.test SRV drop
	slow.test A $A1
	_stun._udp.closed.test SRV 0 0 3490 nowhere.test
	closed.test A $A1
	_turn._tcp.turn.test SRV 0 0 3490 one.test
END
in_server python3 tests/netns/dns.py $NAME_SERVER "$work/zone" "$work/ready" &
pids+=($!)
wait_for 10 test -e "$work/ready" || broken "no name server"

# leads_to NAME ADDRESS: where the server of that name is.
leads_to() {
	ask -4 "$1"
	is "exit of $1" "$status" 0
	is "server of $1" "$(field '[.servers[] | select(.verdict == "rfc5780") | .name + " " + .address] | join(", ")')" "${1#stun:} $2"
}
if ! ldd "$NATSONDE" | grep -q libcares; then
	# Built without c-ares: a domain is a host, and nothing else is asked for.
	leads_to host.test $A1:3478
	leads_to root.test $A1:3478
	finish without-c-ares
	exit
fi
leads_to both.test $A1:3490
leads_to stun:plain.test $A1:3490
finish services
leads_to host.test $A1:3478
leads_to root.test $A1:3478
leads_to closed.test $A1:3478
finish no-services
leads_to order.test $A1:3490
is "lowest priority first" "$(field '.servers[0] | .address + " " + .verdict')" "203.0.113.99:3478 silent"
finish service-order

# A port, and no SRV record is asked for.
leads_to both.test:3478 "" 2>/dev/null
complaints=()
is "with a port" "$(field '.servers[0].address')" 203.0.113.99:3478
finish port-given

leads_to slow.test $A1:3478
is "half a second for services" "$(field '.elapsed_ms | if . > 450 and . < 3000 then "yes" else . end')" yes
finish services-unanswered

report=$(in_client "$NATSONDE" check --json "turn:turn.test?transport=tcp" 2>"$work/complaints")
is "TURN by SRV" "$(field '.checks[0].address')" $A1:3490
finish turn-service

# The name server is gone.
kill "${pids[-1]}"
in_server ip route add blackhole $NAME_SERVER/32 2>/dev/null
ip -n "$SERVER" addr del $NAME_SERVER/32 dev lo
ip -n "$SERVER" route add blackhole $NAME_SERVER/32 2>/dev/null
began=$SECONDS
ask -w 3 both.test
is exit "$status" 3
is server "$(field '.servers[0].verdict')" unresolved
is "within the timeout" $((SECONDS - began <= 5)) 1 # not the 10 s of a resolver
finish name-server-dead
ask_interrupted 0.5 both.test
is exit "$status" 4
is outcome "$(field .outcome)" interrupted
is "ended at once" "$(field '.elapsed_ms | if . < 3000 then "yes" else . end')" yes
finish name-server-dead-interrupted
