# shellcheck shell=bash
# The laboratory: network namespaces of our own, a real router and a real RFC 5780 server. Sourced by the cases.
#
#   client ---- eth0  LAN  lan0 ---- router ---- wan0  WAN  eth0 ---- server
#   10.0.0.2            10.0.0.1            198.51.100.2    198.51.100.1   203.0.113.10 and .11 on lo
#   2001:db8:1::2   2001:db8:1::1         2001:db8:2::2   2001:db8:2::1   2001:db8:3::10 and ::11 on lo
#
# Only documentation ranges and one private LAN, and those only inside the namespaces: nothing leaves this machine.
# A case is: topology, what the router does, a server, ask, is ..., finish NAME.
set -uo pipefail

NATSONDE=$(realpath "${NATSONDE:-./natsonde}")
BUILD=$(realpath "${BUILD:-build}")
A1=203.0.113.10 A2=203.0.113.11 A1_6=2001:db8:3::10 A2_6=2001:db8:3::11
B1=203.0.113.20 B2=203.0.113.21 # of a second server, see second_server
CLIENT=natsonde-$$-client ROUTER=natsonde-$$-router CARRIER=natsonde-$$-carrier SERVER=natsonde-$$-server
work=$(mktemp -d "${TMPDIR:-/tmp}/natsonde.XXXXXX")
pids=() complaints=() failed=0

# Whatever happens, no namespace, process or file of ours stays behind.
cleanup() {
	trap '' INT TERM HUP
	local pid space
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	for space in $CLIENT $ROUTER $CARRIER $SERVER; do
		[ -e "/run/netns/$space" ] || continue
		for pid in $(ip netns pids "$space"); do kill -KILL "$pid" 2>/dev/null; done
		ip netns delete "$space"
	done
	wait
	rm -rf "$work" "/etc/netns/$CLIENT"
}
trap 'ended=$?; cleanup; exit $((failed > 0 ? 1 : ended))' EXIT
trap 'exit 1' INT TERM HUP

broken() { echo "FAIL ${0##*/}: the laboratory itself failed: $*"; failed=1; exit 1; }

in_client() { ip netns exec "$CLIENT" "$@"; }
in_router() { ip netns exec "$ROUTER" "$@"; }
in_server() { ip netns exec "$SERVER" "$@"; }

# set_in NAMESPACE KEY VALUE: one of the kernel's settings there (sysctl, without needing that program).
set_in() { ip netns exec "$1" bash -c 'echo "$1" >"/proc/sys/$0"' "$2" "$3" || broken "$2 cannot be set"; }

spaces() {
	local space
	for space in "$@"; do
		{ ip netns add "$space" && ip -n "$space" link set lo up; } || broken "no namespace $space"
		# Link-local addresses that are still being checked for duplicates hold up neighbour discovery for seconds.
		set_in "$space" net/ipv6/conf/default/accept_dad 0
	done
}

# The server's four addresses, and the way to it.
server_space() {
	spaces "$SERVER"
	ip -n "$SERVER" -batch - <<-END || broken "server addresses"
		addr add $A1/32 dev lo
		addr add $A2/32 dev lo
		addr add $A1_6/128 dev lo nodad
		addr add $A2_6/128 dev lo nodad
	END
}

# topology [LAN]: client, router and server as drawn above; LAN is the first three numbers of the client's network. The
# router forwards and does nothing else, the server knows the way back: no NAT, unless the case adds one.
topology() {
	local lan=${1:-10.0.0}
	server_space
	spaces "$CLIENT" "$ROUTER"
	ip -n "$CLIENT" link add eth0 type veth peer name lan0 netns "$ROUTER" || broken "no LAN"
	ip -n "$ROUTER" link add wan0 type veth peer name eth0 netns "$SERVER" || broken "no WAN"
	set_in "$ROUTER" net/ipv4/ip_forward 1
	set_in "$ROUTER" net/ipv6/conf/all/forwarding 1
	ip -n "$CLIENT" -batch - <<-END || broken "client addresses"
		addr add $lan.2/24 dev eth0
		addr add 2001:db8:1::2/64 dev eth0 nodad
		link set eth0 up
		route add default via $lan.1
		route add ::/0 via 2001:db8:1::1
	END
	ip -n "$ROUTER" -batch - <<-END || broken "router addresses"
		addr add $lan.1/24 dev lan0
		addr add 2001:db8:1::1/64 dev lan0 nodad
		addr add 198.51.100.2/24 dev wan0
		addr add 2001:db8:2::2/64 dev wan0 nodad
		link set lan0 up
		link set wan0 up
		route add 203.0.113.0/24 via 198.51.100.1
		route add 2001:db8:3::/64 via 2001:db8:2::1
	END
	ip -n "$SERVER" -batch - <<-END || broken "server routes"
		addr add 198.51.100.1/24 dev eth0
		addr add 2001:db8:2::1/64 dev eth0 nodad
		link set eth0 up
		route add $lan.0/24 via 198.51.100.2
		route add 2001:db8:1::/64 via 2001:db8:2::2
	END
}

# nat RULE: the kernel's NAT on the router's WAN side, as an nftables statement ("masquerade fully-random").
nat() {
	in_router nft -f - <<-END || broken "nft: $1"
		table ip nat { chain post { type nat hook postrouting priority srcnat; oifname "wan0" $1; }; }
	END
}

# fresh_router: no rules, and nothing remembered of what they did: a port that an earlier run had would meet the NAT of that time.
fresh_router() {
	in_router nft flush ruleset && in_router conntrack -F 2>/dev/null || broken "the router cannot be cleared"
}

# carrier: another router between ours and the server, with NAT of its own: our router's address outside is not the last one.
carrier() {
	spaces "$CARRIER"
	ip -n "$SERVER" link set eth0 netns "$CARRIER" name sub0 || broken "no link to the carrier"
	ip -n "$CARRIER" link add wan0 type veth peer name eth0 netns "$SERVER" || broken "no link from the carrier"
	set_in "$CARRIER" net/ipv4/ip_forward 1
	ip -n "$CARRIER" -batch - <<-END || broken "carrier addresses"
		addr add 198.51.100.1/24 dev sub0
		addr add 192.0.2.2/24 dev wan0
		link set sub0 up
		link set wan0 up
		route add 203.0.113.0/24 via 192.0.2.1
	END
	ip -n "$SERVER" -batch - <<-END || broken "server behind the carrier"
		addr add 192.0.2.1/24 dev eth0
		link set eth0 up
	END
	ip netns exec "$CARRIER" nft -f - <<-END || broken "the carrier's NAT"
		table ip nat { chain post { type nat hook postrouting priority srcnat; oifname "wan0" masquerade; }; }
	END
}

# conntrack_timeouts NAMESPACE EXCHANGE STREAM: how many seconds the kernel's NAT there remembers UDP.
conntrack_timeouts() {
	set_in "$1" net/netfilter/nf_conntrack_udp_timeout "$2"
	set_in "$1" net/netfilter/nf_conntrack_udp_timeout_stream "$3"
}

# firewall: the router lets in only what answers something from inside, in IPv4 and IPv6, for itself as for the LAN.
firewall() {
	in_router nft -f - <<-END || broken "nft firewall"
		table inet filter {
			chain forward {
				type filter hook forward priority filter
				iifname "wan0" ct state != { established, related } drop
			}
			chain input {
				type filter hook input priority filter
				iifname "wan0" meta l4proto != ipv6-icmp ct state != { established, related } drop
			}
		}
	END
}

# forbid RULE: what the router does not forward ("meta l4proto udp drop").
forbid() {
	in_router nft -f - <<-END || broken "nft: $1"
		table inet forbid { chain forward { type filter hook forward priority filter; $1; }; }
	END
}

# answers IP PORT: whether a STUN server answers there, asked from beside it.
answers() {
	in_server bash -c 'exec 3<>"/dev/udp/$0/$1" &&
		printf "\0\1\0\0\x21\x12\xa4\x42natsonde-lab" >&3 && timeout 0.2 head -c 1 <&3 | grep -q .' "$1" "$2" 2>/dev/null
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt "$end" ] || return 1
		sleep 0.02
	done
}

# [PORT=N] [OPTION=--fingerprint] coturn IP [IP ...]: a STUN server on port 3478 or N and the one after it. With two addresses of a family it does
# RFC 5780, else plain STUN on the first port alone.
coturn() {
	local ip options=() name=coturn-$1 port=${PORT:-3478}
	for ip in "$@"; do options+=(--listening-ip "$ip"); done
	# From 4.7 on, RFC 5780 must be asked for.
	if turnserver --help 2>&1 | grep -q -- ' --rfc5780'; then options+=(--rfc5780); fi
	options+=(--simple-log --log-file "$work/$name.log" --pidfile "$work/$name.pid" --userdb "$work/$name.db")
	options+=(-p "$port" --alt-listening-port $((port + 1)) ${OPTION:+"$OPTION"})
	in_server turnserver -n --stun-only --no-tls --no-dtls --no-cli "${options[@]}" >"$work/$name.out" 2>&1 &
	pids+=($!)
	for ip in "$@"; do
		wait_for 10 answers "$ip" "$port" || broken "coturn does not answer on $ip: $(tail -n 3 "$work/$name.log" 2>&1)"
	done
}

# second_server: one more for RFC 5780, on addresses of its own: two may be sent twice as many packets as one.
second_server() {
	{ ip -n "$SERVER" addr add $B1/32 dev lo && ip -n "$SERVER" addr add $B2/32 dev lo; } || broken "no second server"
	coturn $B1 $B2
}

# liar FAULT: a server with that fault on the four endpoints, in the place of the last one. It ends like natbox.
liar() {
	local word="" third
	if [ -n "${LIAR_PID:-}" ]; then
		kill "$LIAR_PID" && wait "$LIAR_PID" 2>/dev/null
	fi
	# What the fault third-address answers from.
	for third in 203.0.113.138 203.0.113.139; do ip -n "$SERVER" addr replace $third/32 dev lo || broken "no $third"; done
	coproc LIAR { exec ip netns exec "$SERVER" "$BUILD/liar" "$1" $A1 $A2 3478; }
	pids+=("$LIAR_PID")
	read -r -t 10 word <&"${LIAR[0]}"
	[ "$word" = ready ] || broken "liar $1 did not get ready"
}

# natbox SPEC: instead of topology: client and server joined by the simulator's NAT. 10.0.0.2 becomes 198.51.100.7, and
# 2001:db8:1::2 becomes 2001:db8:4::7. Called again, it puts another NAT in the place of the last one. natbox ends at the
# latest when this shell lets go of its stdin.
natbox() {
	local word=""
	if [ -e "/run/netns/$ROUTER" ]; then
		kill "$BOX_PID" && wait "$BOX_PID" 2>/dev/null
	else
		server_space
		spaces "$CLIENT" "$ROUTER"
	fi
	coproc BOX { exec ip netns exec "$ROUTER" "$BUILD/natbox" "$1" inside outside 198.51.100.7 2001:db8:4::7; }
	pids+=("$BOX_PID")
	read -r -t 10 word <&"${BOX[0]}"
	[ "$word" = ready ] || broken "natbox $1 did not get ready"
	ip -n "$ROUTER" link set inside netns "$CLIENT" || broken "no inside TUN device"
	ip -n "$ROUTER" link set outside netns "$SERVER" || broken "no outside TUN device"
	ip -n "$CLIENT" -batch - <<-END || broken "client behind natbox"
		addr add 10.0.0.2/32 dev inside
		addr add 2001:db8:1::2/128 dev inside nodad
		link set inside up
		route add default dev inside
		route add ::/0 dev inside
	END
	ip -n "$SERVER" -batch - <<-END || broken "server before natbox"
		link set outside up
		route add 198.51.100.7/32 dev outside
		route add 10.0.0.2/32 dev outside
		route add 2001:db8:4::7/128 dev outside
		route add 2001:db8:1::2/128 dev outside
	END
}

# ask ARGUMENT...: runs natsonde in the client's namespace; leaves its exit code, its JSON report and its complaints.
ask() { ask_as "$NATSONDE" "$@"; }

# ask_as COMMAND... ARGUMENT...: the same with another command in front.
ask_as() {
	report=$(in_client "$@" --json 2>"$work/complaints")
	status=$?
	stderr=$(<"$work/complaints")
}

# is_ready PID: natsonde runs there, and has a handler for SIGINT (signal 2).
is_ready() { [ "$(<"/proc/$1/comm")" = natsonde ] && grep -q '^SigCgt:.*[2367abef]$' "/proc/$1/status"; }

# ask_interrupted SECONDS ARGUMENT...: the same, and SIGINT so long after natsonde is there; a busy machine may take its time to start it.
ask_interrupted() {
	local pid
	ip netns exec "$CLIENT" env --default-signal=INT "$NATSONDE" "${@:2}" --json >"$work/report" 2>"$work/complaints" &
	pid=$!
	wait_for 20 is_ready $pid || broken "natsonde does not start"
	sleep "$1"
	kill -INT $pid
	wait $pid
	status=$?
	report=$(<"$work/report")
	stderr=$(<"$work/complaints")
}

# field FILTER: something of the report, with jq.
field() { jq -r "$1" <<<"$report" 2>&1; }

# verdicts FAMILY: "present/verified endpoint-independent/verified address-and-port-dependent/verified": nat, mapping, filtering.
# Of a family that was not measured: why.
verdicts() {
	jq -r --arg family "$1" '.[$family] | .unavailable //
		([.nat, .mapping, .filtering | "\(.verdict)/\(.certainty)"] | join(" "))' <<<"$report" 2>&1
}

# finding BEHAVIOUR [FAMILY]: "preserved/verified".
finding() { field ".${2:-ipv4}.$1 | .verdict + \"/\" + .certainty"; }

# brackets SPAN SECONDS: "yes" if exchange_s or stream_s holds those seconds, within a step of one second; else what it is. A machine
# that stands still for a moment asks the rung late whose silence ends the bracket. Rungs are due after whole seconds: what is beyond
# them at the end is taken off, unless most rungs were as late, which would be no moment.
brackets() {
	field '
		# How many milliseconds late each rung of that ladder was asked: by others, or by its own next exchange.
		def late($ladder):
			[.probes[] | select(.test == "lifetime")] as $all
			| [$all[] | select(.role == "rung" and .instance > $ladder and .instance < $ladder + 100 and .rtt_ms)]
			| group_by(.socket)
			| map(((.[0].instance - $ladder) * 1000) as $due
				| . as $own
				| (.[-1].sent_ms[0] + .[-1].rtt_ms) as $last
				| [$all[] | select(.answer_to == $own[0].socket) | .sent_ms[0] | select(. > $last)] as $asks
				| if $asks != [] then $asks[0] - $last - $due
				else [range(1; $own | length) as $i | $own[$i].sent_ms[0] - $own[$i - 1].sent_ms[0] - $own[$i - 1].rtt_ms]
					| max // empty | . - $due end)
			| map(select(. > -500)) # the others have not been silent so long, as nobody wanted to know
			| sort;
		late('"$([ "$1" = stream_s ] && echo 100 || echo 0)"') as $late
		| .ipv4.lifetime.'"$1"' as $s
		| if ($s | all(. != null)) and $s[0] <= '"$2"' and '"$2"' <= $s[1] and ($s[1] + 0.1 | floor) - $s[0] <= 1.2
			and $late != [] and $late[$late | length / 2 | floor] <= 200
		then "yes" else "\($s), asked so many ms late: \($late)" end'
}

# spell WORD: a short word as verdicts writes it: "eim" is verified, "eim?" likely, "-" unknown.
spell() {
	local -A long=([eim]=endpoint-independent [adm]=address-dependent [apdm]=address-and-port-dependent
		[eif]=endpoint-independent [adf]=address-dependent [apdf]=address-and-port-dependent)
	case $1 in
	-) echo unknown/none ;;
	*\?) echo "${long[${1%\?}]:-${1%\?}}/likely" ;;
	*) echo "${long[$1]:-$1}/verified" ;;
	esac
}

# is WHAT GOT WANT: one assertion of the case.
is() { [ "$2" = "$3" ] || complaints+=("$1: got $2 want $3"); }

# says WHAT TEXT PATTERN: the text matches an extended regular expression, whatever the case of letters.
says() { grep -qiE -- "$3" <<<"$2" || complaints+=("$1: got \"$2\" want /$3/"); }

# liars NAME ARGUMENT...: reads a fault a line, with the server's verdict, nat, mapping and filtering as spell reads them, and the
# milliseconds that it may take; asks each such server.
liars() {
	local name=$1 fault verdict nat mapping filtering limit_ms
	shift
	while read -r fault verdict nat mapping filtering limit_ms; do
		liar "$fault"
		ask -4 "$@" $A1
		is server "$(field '.servers[0].verdict')" "$verdict"
		is verdicts "$(verdicts ipv4)" "$(spell "$nat") $(spell "$mapping") $(spell "$filtering")"
		is "within $limit_ms ms" "$(field ".elapsed_ms | if . < $limit_ms then \"yes\" else . end")" yes
		finish "$name-$fault"
	done
}

# finish NAME: says how the assertions since the last finish went, and keeps the evidence of a failure.
finish() {
	if [ ${#complaints[@]} -eq 0 ]; then
		echo "ok $1"
	else
		mkdir -p "$BUILD/netns-failed"
		printf '%s\n' "${report:-}" >"$BUILD/netns-failed/$1.json"
		local all
		printf -v all '%s; ' "${complaints[@]}" "stderr \"${stderr:-}\""
		echo "FAIL $1: ${all//$'\n'/ | }see $BUILD/netns-failed/$1.json"
		failed=$((failed + 1))
	fi
	complaints=()
}
