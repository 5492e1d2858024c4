#!/bin/bash
# Which ports the kernel's NAT gives: those of the sockets, any, or any of a range that it was told to take them from.
. "${0%/*}/../lib.sh"
topology
coturn $A1 $A2

# What sixteen random ports look like once in a thousand times: all in one half of the range, in order (with three returns at most),
# or but one of them as even or odd as those inside. Then natsonde may well doubt that they are random.
draws='
	def ports($side): [.probes[] | select(.test == "ports" and .mapped) | .[$side] | split(":")[1] | tonumber];
	def narrow: ports("mapped") | max - min < 32767;
	def ordered: ports("mapped") | [range(length) as $i | .[$i] - .[$i - 1]] |
		(map(select(. <= 0)) | length) <= 3 or (map(select(. >= 0)) | length) <= 3;
	def alike: [ports("local"), ports("mapped")] | transpose | map(select((.[0] - .[1]) % 2 != 0)) | length <= 1;'

# ports RULE VERDICT ODD [ARGUMENT ...]: asks behind that NAT; once more if the report shows that the draw was odd.
ports() {
	fresh_router
	nat "$1"
	ask -4 -t ports "${@:4}" $A1
	if [ "$(field "$draws $3")" = true ]; then ask -4 -t ports "${@:4}" $A1; fi
	is exit "$status" 0
	is ports "$(finding ports)" "$2/verified"
	is sockets "$(field '.ipv4.ports.sockets >= 16')" true
	is pooling "$(field .ipv4.ports.pooling)" single
}

ports masquerade preserved false
is facts "$(field '.ipv4.ports | "\(.preserved_percent) \(.parity) \(.contiguity) \(.guess)"')" "100 true true 1"
finish ports-masquerade

ports masquerade preserved false --port-range 41000-41099
is range "$(field '.ipv4.ports | .low >= 41000 and .high <= 41099')" true
finish ports-range

ports "masquerade fully-random" random "narrow or ordered or alike"
is facts "$(field '.ipv4.ports |
	"\(.preserved_percent < 20) \(.parity) \(.contiguity) \(.guess > 10000)"')" "true false false true"
finish ports-fully-random

ports "meta l4proto udp snat to 198.51.100.2:20000-20511" block ordered
is facts "$(field '.ipv4.ports | "\(.low >= 20000 and .high <= 20511) \(.guess > 100 and .guess < 512)"')" "true true"
finish ports-block
