#!/bin/bash
# natsonde check: what real servers can be used for, STUN and TURN.
. "${0%/*}/../lib.sh"
topology
nat masquerade
coturn $A1 $A2 $A1_6 $A2_6
TURN=203.0.113.30 PLAIN=203.0.113.20
for ip in $TURN $PLAIN; do ip -n "$SERVER" addr add $ip/32 dev lo; done
coturn $PLAIN
in_server turnserver -n --lt-cred-mech --user natsonde:secret --realm example.org --no-tls --no-dtls --no-cli --simple-log \
	--log-file "$work/turn.log" --pidfile "$work/turn.pid" --userdb "$work/turn.db" --listening-ip $TURN -p 3478 >"$work/turn.out" 2>&1 &
pids+=($!)
wait_for 10 answers $TURN 3478 || broken "no TURN server: $(tail -n 3 "$work/turn.log" 2>&1)"

# check ARGUMENT...: like ask.
check() {
	report=$(in_client "$NATSONDE" check --json "$@" 2>"$work/complaints")
	status=$?
	stderr=$(<"$work/complaints")
}

# uses INDEX: what that row can be used for.
uses() { field ".checks[$1] | [.verdict, .mapping.usable, .filtering.usable, .lifetime.usable, .tcp.usable] | join(\" \")"; }

check $A1 "[$A1_6]"
is exit "$status" 0
is IPv4 "$(uses 0)" "rfc5780 yes yes yes yes"
is IPv6 "$(uses 1)" "rfc5780 yes yes yes yes"
is families "$(field '[.checks[].family] | join(" ")')" "ipv4 ipv6"
finish check-rfc5780

check $A1 $PLAIN
is exit "$status" 4
is plain "$(field '.checks[1] | .verdict + " " + .mapping.usable + " " + .filtering.usable + " " + .tcp.usable')" \
	"binding-only with-others no yes"
says lifetime "$(field '.checks[1].lifetime.usable')" "yes|no"
finish check-plain

# Behind a symmetric NAT a server that honours RESPONSE-PORT is checked all the same.
fresh_router
nat "masquerade fully-random"
check $A1
is exit "$status" 0
is uses "$(uses 0)" "rfc5780 yes yes yes yes"
finish check-behind-symmetric
fresh_router
nat masquerade

check turn:$TURN "turn:$TURN?transport=tcp"
is exit "$status" 0
is UDP "$(field '.checks[0] | [.verdict, .usable, .code, .realm, .transport] | join(" ")')" "turn yes 401 example.org udp"
is TCP "$(field '.checks[1] | [.verdict, .usable, .code, .realm, .transport] | join(" ")')" "turn yes 401 example.org tcp"
finish check-turn

# The STUN server of RFC 5780 is no TURN server, and nobody is nobody.
check turn:$A1
is exit "$status" 4
says "no TURN" "$(field '.checks[0] | .verdict + " " + .usable')" "^(stun-only|error) no$"
check turn:$A1:9 "turn:$A1:9?transport=tcp"
is exit "$status" 3
is "nobody" "$(field '[.checks[] | .verdict + " " + .usable] | join(", ")')" "refused no, refused no"
finish check-no-turn

# A TURN server can be a STUN server, too: what it cannot is told.
check $TURN
is mapping "$(field '.checks[0].mapping.usable')" with-others
is filtering "$(field '.checks[0].filtering.usable')" no
finish check-turn-as-stun

forbid "meta l4proto tcp drop"
check $A1
is exit "$status" 0
is uses "$(uses 0)" "rfc5780 yes yes yes no"
says reason "$(field '.checks[0].tcp.reason')" "something on the way"
finish check-tcp-blocked
