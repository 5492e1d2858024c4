#!/bin/bash
# The kernel's NAT turns no packet round: what goes to its address outside is for itself, and it says that nobody is at that port.
. "${0%/*}/../lib.sh"
topology
nat masquerade
coturn $A1 $A2

# The kernel says so once a second at most, unless told otherwise.
set_in "$ROUTER" net/ipv4/icmp_ratelimit 0

ask -4 -t hairpin $A1
is exit "$status" 0
is hairpin "$(finding hairpin)" no/verified
says reason "$(field .ipv4.hairpin.reason)" refused
finish hairpin-refused

# Strangers kept out makes no difference to who is inside.
firewall
ask -4 -t hairpin $A1
is exit "$status" 0
is hairpin "$(finding hairpin)" no/verified
says reason "$(field .ipv4.hairpin.reason)" refused
finish hairpin-firewall

# A router that drops them without a word: a host that would not have seen its own address come in cannot know.
in_router nft add rule inet filter input ip daddr 198.51.100.2 meta l4proto udp drop || broken "nft input drop"
ask -4 -t hairpin $A1
is exit "$status" 4
is hairpin "$(finding hairpin)" unknown/none
says reason "$(field .ipv4.hairpin.reason)" accept_local
is unavailable "$(field '.platform.unavailable | index("own-source") != null')" true
finish hairpin-unseen
set_in "$CLIENT" net/ipv4/conf/all/accept_local 1
ask -4 -t hairpin $A1
is exit "$status" 0
is hairpin "$(finding hairpin)" no/verified
says reason "$(field .ipv4.hairpin.reason)" "did not come in"
finish hairpin-silent

# Nothing to turn round at.
fresh_router
ask -4 -t hairpin $A1
is exit "$status" 0
is hairpin "$(finding hairpin)" external/verified
finish hairpin-no-nat
