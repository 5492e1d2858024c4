#!/bin/bash
# Which ports the kernel's NAT gives: those of the sockets, any, or any of a range that it was told to take them from.
. "${0%/*}/../lib.sh"
topology
coturn $A1 $A2

# ports RULE VERDICT [ARGUMENT ...]: asks behind that NAT.
ports() {
	fresh_router
	nat "$1"
	ask -4 -t ports "${@:3}" $A1
	is exit "$status" 0
	is ports "$(finding ports)" "$2/verified"
	is sockets "$(field '.ipv4.ports.sockets >= 16')" true
	is pooling "$(field .ipv4.ports.pooling)" single
}

ports masquerade preserved
is facts "$(field '.ipv4.ports | "\(.preserved_percent) \(.parity) \(.contiguity) \(.guess)"')" "100 true true 1"
finish ports-masquerade

ports masquerade preserved --port-range 41000-41099
is range "$(field '.ipv4.ports | .low >= 41000 and .high <= 41099')" true
finish ports-range

ports "masquerade fully-random" random
is facts "$(field '.ipv4.ports |
	"\(.preserved_percent < 20) \(.parity) \(.contiguity) \(.guess > 10000)"')" "true false false true"
finish ports-fully-random

ports "meta l4proto udp snat to 198.51.100.2:20000-20511" block
is facts "$(field '.ipv4.ports | "\(.low >= 20000 and .high <= 20511) \(.guess > 100 and .guess < 512)"')" "true true"
finish ports-block
