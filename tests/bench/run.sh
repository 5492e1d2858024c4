#!/bin/bash
# make bench: runs the benchmarks named and prints their tables; with --docs, writes all of them to docs/benchmarks.md.
# Each leaves its tables in BUILD/bench/NAME.md. Env: NATSONDE, BUILD, CC, and what the benchmarks take.
set -uom pipefail # a group for each benchmark, which ends as one
cd "$(dirname "$0")/../.." || exit 1
out=${BUILD:=build}/bench
PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$out"

truth() { "$out/truth"; }
cost() { tests/bench/cost.sh; }
speed() { tests/bench/speed.sh; }

# measure NAME: its tables, on stdout and kept, under the day they were made.
measure() {
	echo "## $1"
	{ "$1" && echo && echo "Measured on $(date -u +%Y-%m-%d)."; } >"$out/$1.new" &
	trap 'kill -TERM -- -$!; wait; exit 1' INT TERM HUP
	wait $! || { echo "bench: $1 failed" >&2; return 1; }
	cat -s "$out/$1.new" >"$out/$1.md"
	cat "$out/$1.md"
}

# version PACKAGE PROGRAM...: as the package manager knows it, else what the program says, else nothing.
version() {
	local package=$1
	shift
	dpkg-query -W -f '${Version}' "$package" 2>/dev/null || "$@" 2>&1 | head -n 1
}

machine() {
	cat <<-END
		| | |
		| --- | --- |
		| processor | $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), $(getconf _NPROCESSORS_ONLN) cores |
		| kernel | $(uname -sr) |
		| natsonde | $("$NATSONDE" --version | head -n 1) |
		| compiler | $("${CC:-cc}" --version | head -n 1) |
		| coturn | $(version coturn turnserver --version) |
		| stun-client | $(version stun-client echo unknown) |
	END
}

# The text stands in a template; a line "@NAME@" becomes what NAME printed.
document() {
	local line
	while IFS= read -r line; do
		case $line in
		@machine@) machine ;;
		@*@) line=${line//@/} && cat "$out/$line.md" || return 1 ;;
		*) printf '%s\n' "$line" ;;
		esac
	done <tests/bench/benchmarks.md.in
}

writes_docs=
[ "${1:-}" != --docs ] || { writes_docs=1; shift; }
for name in "$@"; do
	case $name in
	truth | cost | speed) measure "$name" || exit 1 ;;
	*) echo "bench: there is no benchmark \"$name\": truth, cost, speed" >&2; exit 2 ;;
	esac
done
[ -n "$writes_docs" ] || exit 0
document >"$out/benchmarks.md" && cp "$out/benchmarks.md" docs/benchmarks.md && echo "docs/benchmarks.md is written"
