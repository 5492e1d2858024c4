#!/bin/bash
# Every example of the man page, typed as it stands there, on a host behind a NAT.
. "${0%/*}/../lib.sh"
mkdir -p "/etc/netns/$CLIENT"
TURN=203.0.113.30
printf '%s\n' "$A1 stun.example.org" "$A1_6 stun.example.org" "$TURN turn.example.org" >"/etc/netns/$CLIENT/hosts"
echo "hosts: files" >"/etc/netns/$CLIENT/nsswitch.conf"
topology
nat masquerade
ip -n "$CLIENT" link set eth0 down
ip -n "$CLIENT" link set eth0 name wlan0
ip -n "$CLIENT" -batch - <<-END || broken "client addresses"
	link set wlan0 up
	addr add 2001:db8:1::2/64 dev wlan0 nodad
	route replace default via 10.0.0.1
	route replace ::/0 via 2001:db8:1::1
END
ip -n "$SERVER" addr add $TURN/32 dev lo
ip -n "$SERVER" addr add 2001:db8::1/128 dev lo nodad
coturn $A1 $A2 $A1_6 $A2_6
in_server turnserver -n --lt-cred-mech --user natsonde:secret --realm example.org --no-tls --no-dtls --no-cli --simple-log \
	--log-file "$work/turn.log" --pidfile "$work/turn.pid" --userdb "$work/turn.db" --listening-ip $TURN -p 3478 >"$work/turn.out" 2>&1 &
pids+=($!)
wait_for 10 answers $TURN 3478 || broken "no TURN server: $(tail -n 3 "$work/turn.log" 2>&1)"

# The examples, one a line; a block of several lines is one command.
examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' docs/natsonde.1 | awk '
		/^\.Dl \$ / { print substr($0, 7) }
		/^\.Bd/ { inside = 1; block = ""; next }
		/^\.Ed/ { inside = 0; print block }
		inside { block = block (block == "" || block ~ /(then|in)$/ ? " " : "; ") $0 }' | sed 's/;;;/;;/g'
}

mkdir "$work/bin"
# What waits for mappings to end takes minutes here: that example has its minutes in the simulated network.
cat >"$work/bin/natsonde" <<-END
	#!/bin/sh
	case "\$*" in *lifetime*) exec "$NATSONDE" --simulate lifetime=30 "\$@" ;; esac
	exec "$NATSONDE" "\$@"
END
chmod +x "$work/bin/natsonde"
printf '#!/bin/sh\n' >"$work/start-game"
chmod +x "$work/start-game"
# What a device on the same network printed: its report has the same form.
in_client "$NATSONDE" --json stun.example.org >"$work/device.json" 2>"$work/complaints" || broken "no report: $(cat "$work/complaints")"
count=0
while read -r line; do
	count=$((count + 1))
	printf '%s\n' "$line" >"$work/example"
	in_client env PATH="$work/bin:$PATH" NATSONDE_SERVERS=stun.example.org bash -c 'cd "$0" && . ./example' "$work" \
		>"$work/out" 2>"$work/complaints" </dev/null
	is "exit of: $line" $? 0
	is "complaints of: $line" "$(cat "$work/complaints")" ""
	[ -s "$work/out" ] || [ -s "$work/nat.json" ] || complaints+=("$line says nothing")
done < <(examples)
is "number of examples at least 9" $((count >= 9)) 1
finish examples
