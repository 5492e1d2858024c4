#!/bin/bash
# The documents show what the program prints: console blocks, the example program and the figures are made anew and compared.
# tests/cli/readme.sh [--update]; env NATSONDE (./natsonde) and BUILD (build): what is tested, CC, CFLAGS, LDFLAGS: how that was built.
# Everything runs on the simulated network.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
tested=$(realpath "${NATSONDE:-./natsonde}")
[ -x "$tested" ] || { echo "FAIL there is no $tested"; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/natsonde-readme.XXXXXX")
trap 'rm -rf "$work"' EXIT
ln -s "$root/include" "$work/include"
ln -s "$(realpath "${BUILD:-build}")" "$work/build"

natsonde() { "$tested" "$@"; }
# shellcheck disable=SC2086 # flags are words
cc() { command "${CC:-cc}" ${CFLAGS:-} "$@" ${LDFLAGS:-}; }

# cost FILTERING RTT: seconds and packets, as the last line of a report says.
cost() { natsonde --simulate "filtering=$1,rtt=$2" | sed -nE 's/^([0-9.]+ s, [0-9]+ packets),.*/\1/p'; }

# render: a document, with everything that can be shown anew.
render() {
	local line block=""
	while IFS= read -r line; do
		case $block:$line in
		:'| '[0-9]*' ms |'*)
			line=${line#| } line=${line%% *}
			line="| $line ms | $(cost eif "$line") | $(cost apdf "$line") |"
			;;
		:'```'?*) block=${line#'```'} ;;
		*:'```') [ -n "$block" ] && block="" || block=text ;;
		c:*) echo "$line" >>"$work/example.c" ;;
		console:'$ '*)
			echo "$line"
			(cd "$work" && eval "${line#'$ '}" 2>&1)
			continue
			;;
		console:*) continue ;;
		esac
		echo "$line"
	done
}

failed=0
for document in README.md docs/method.md; do
	render <$document >"$work/shown"
	if [ "${1:-}" = --update ]; then
		cp "$work/shown" $document
	elif differs=$(diff -u $document "$work/shown" | sed -n '3,30p') && [ -z "$differs" ]; then
		echo "ok $document shows what the program prints"
	else
		echo "FAIL $document: tests/cli/readme.sh --update shows what the program prints: ${differs//$'\n'/ | }"
		failed=1
	fi
done
exit $failed
