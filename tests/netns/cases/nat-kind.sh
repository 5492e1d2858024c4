#!/bin/bash
# What kind of NAT it is, from the kernel's kinds.
. "${0%/*}/../lib.sh"
topology
coturn $A1 $A2 $A1_6 $A2_6
ip -n "$SERVER" route add 2001:db8:4::/48 via 2001:db8:2::2

# kind NAME IPV4 IPV6
kind() {
	ask $A1 "[$A1_6]"
	is exit "$status" 0
	is kind "$(field '.ipv4.nat | "\(.kind)/\(.kind_certainty)"')" "$2"
	is "kind IPv6" "$(field '.ipv6.nat | "\(.kind)/\(.kind_certainty)"')" "$3"
	fresh_router
	finish "$1"
}

# nat6 RULE
nat6() {
	in_router nft -f - <<-END || broken "nft IPv6: $1"
		table ip6 nat { chain post { type nat hook postrouting priority srcnat; oifname "wan0" $1; }; }
	END
}

kind kind-none none/verified none/verified
firewall
kind kind-firewall firewall/verified firewall/verified

# With one host behind it, a NAT that keeps ports looks like one for addresses alone.
nat masquerade
ip -n "$ROUTER" addr add 2001:db8:2::ffff/64 dev wan0 nodad
nat6 "snat to 2001:db8:2::ffff"
kind kind-napt napt/likely nat66/likely

nat "masquerade fully-random"
nat6 "masquerade fully-random"
kind kind-napt-random napt/verified nat66/verified

# Addresses one to one, and prefixes one to one as RFC 6296 has it, the fourth word making up for what the prefix has changed.
in_router nft -f - <<-END || broken "nft 1:1"
	table ip nat {
		chain post { type nat hook postrouting priority srcnat; oifname "wan0" snat to 198.51.100.2; }
		chain pre { type nat hook prerouting priority dstnat; iifname "wan0" dnat to 10.0.0.2; }
	}
	table ip6 nat {
		chain post {
			type nat hook postrouting priority srcnat
			oifname "wan0" snat ip6 prefix to ip6 saddr map { 2001:db8:1::/64 : 2001:db8:4:fffc::/64 }
		}
		chain pre {
			type nat hook prerouting priority dstnat
			iifname "wan0" dnat ip6 prefix to ip6 daddr map { 2001:db8:4:fffc::/64 : 2001:db8:1::/64 }
		}
	}
END
kind kind-one-to-one 1:1/likely nptv6/verified
