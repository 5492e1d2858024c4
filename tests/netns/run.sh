#!/bin/bash
# Runs the cases of the namespace laboratory: tests/netns/run.sh [CASE ...]. One line a result, then the sum.
# Env: NATSONDE (./natsonde) and BUILD (build): what is tested. With CI=true nothing may be skipped. NETNS_WITHOUT: cases to leave out
# where they have run before, with another build.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
cases=tests/netns/cases
export NATSONDE=${NATSONDE:-./natsonde} BUILD=${BUILD:-build}
width=3       # cases at a time
limit_s=240   # for one case
alone="natbox" # those that measure time get the machine for themselves
# Those that mostly wait begin before the rest and take nobody's place; the longest first.
patient="all lifetime-natbox lifetime second-nat lifetime-by-port"

# missing: what keeps the laboratory from working here; nothing if it can.
missing() {
	local program
	for program in ip nft conntrack turnserver jq setpriv valgrind timeout; do
		command -v "$program" >/dev/null || echo "no $program"
	done
	if [ "$(id -u)" != 0 ]; then
		echo "not root"
		return
	fi
	[ -c /dev/net/tun ] || echo "no /dev/net/tun"
	if ip netns add natsonde-$$-try 2>/dev/null; then
		ip netns exec natsonde-$$-try nft list ruleset >/dev/null 2>&1 || echo "no nftables in the kernel"
		ip netns delete natsonde-$$-try
	else
		echo "no right to make network namespaces"
	fi
}

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
	for file in "$cases"/*.sh; do
		name=$(basename "$file" .sh)
		[[ " ${NETNS_WITHOUT:-} " == *" $name "* ]] && echo "without $name" || names+=("$name")
	done
fi

PATH=$PATH:/usr/sbin:/sbin
why=$(missing | paste -sd ';' | sed 's/;/, /g')
if [ -n "$why" ]; then
	echo "skip netns: $why"
	echo "netns: 0 passed, 0 failed, ${#names[@]} skipped"
	[ "${CI:-}" = true ] && exit 1
	exit 77
fi

# Where cases put their name servers and hosts. A case that removed it would remove it under another that is about to use it.
made=
[ -d /etc/netns ] || { mkdir -p /etc/netns && made=yes; }

rm -rf "$BUILD/netns-failed"
out=$(mktemp -d "${TMPDIR:-/tmp}/natsonde-netns.XXXXXX")
declare -A running=()
passed=0 failed=0

remove_files() {
	rm -rf "$out"
	[ -z "$made" ] || rmdir /etc/netns 2>/dev/null # unless somebody else uses it by now
}

# Each case cleans up after itself when it is told to end.
stop() {
	trap '' INT TERM
	[ ${#running[@]} -eq 0 ] || kill "${!running[@]}" 2>/dev/null
	wait
	remove_files
	exit 1
}
trap stop INT TERM HUP

start() {
	timeout --kill-after=10 $limit_s bash "$cases/$1.sh" >"$out/$1" 2>"$out/$1.err" &
	running[$!]=$1
}

# is_among NAME LIST
is_among() { [[ " $2 " == *" $1 "* ]]; }

# Whether all places are taken.
is_full() {
	local name busy=0
	for name in "${running[@]}"; do is_among "$name" "$patient" || busy=$((busy + 1)); done
	[ $busy -ge $width ]
}

# collect: waits for one case and counts what it said. One that ends early without a complaint has failed too.
collect() {
	local pid status name ok bad
	wait -n -p pid "${!running[@]}"
	status=$?
	name=${running[$pid]}
	unset "running[$pid]"
	cat "$out/$name"
	ok=$(grep -c '^ok ' "$out/$name")
	bad=$(grep -c '^FAIL ' "$out/$name")
	if [ "$bad" -eq 0 ] && { [ $status -ne 0 ] || [ "$ok" -eq 0 ]; }; then
		echo "FAIL $name: ended with status $status: $(tail -n 1 "$out/$name.err")"
		bad=1
	fi
	passed=$((passed + ok)) failed=$((failed + bad))
}

for name in "${names[@]}"; do
	is_among "$name" "$alone" && start "$name" && collect
done
for name in $patient; do
	is_among "$name" "${names[*]}" && start "$name"
done
for name in "${names[@]}"; do
	is_among "$name" "$alone $patient" && continue
	while is_full; do collect; done
	start "$name"
done
while [ ${#running[@]} -gt 0 ]; do collect; done

remove_files
echo "netns: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
