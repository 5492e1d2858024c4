#!/bin/bash
# A static port forward (DNAT) on the probed ports: there, and only there, strangers do get in. They are below 32768, from where up
# natsonde draws its ports: it comes upon them only when it is told to.
. "${0%/*}/../lib.sh"
topology
nat masquerade
coturn $A1 $A2
in_router nft -f - <<-END || broken "nft port forward"
	table ip forward {
		chain pre { type nat hook prerouting priority dstnat; iifname "wan0" udp dport 20000-20002 dnat to 10.0.0.2; }
	}
END

ask -4 --local-port 20000 $A1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "present/verified endpoint-independent/likely endpoint-independent/likely"
is p2p "$(field .ipv4.p2p.verdict)" open
finish port-forward
ask -4 $A1
is verdicts "$(verdicts ipv4)" "present/verified endpoint-independent/verified address-and-port-dependent/verified"
finish port-forward-elsewhere
