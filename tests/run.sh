#!/bin/bash
# Runs the tests of the kinds named (unit, matrix, cli, install, netns) and ends with one sum over all of them.
# Env: NATSONDE (./natsonde) and BUILD (build): what is tested. With CI=true a skipped test is a failed one.
set -u
cd "$(dirname "$0")/.." || exit 1
export NATSONDE=${NATSONDE:-./natsonde} BUILD=${BUILD:-build}
passed=0 failed=0 skipped=0

# add NAME PASSED FAILED SKIPPED
add() {
	echo "$1: $2 passed, $3 failed, $4 skipped"
	passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
}

# run_program FILE: a cmocka program; it may have been ended by a signal or a sanitizer after its last test.
run_program() {
	local name=${1#"$BUILD/"} log=$1.log status good bad skip
	CMOCKA_MESSAGE_OUTPUT=TAP "$1" >"$log" 2>&1
	status=$?
	good=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	skip=$(grep -ciE '^(not )?ok .*# skip' "$log")
	good=$((good - skip))
	if [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then
		echo "$name ended with status $status"
		bad=1
	fi
	[ "$bad" -eq 0 ] || grep -v '^ok ' "$log"
	add "$name" $good "$bad" "$skip"
}

run_programs() {
	local source program
	for source in tests/"$1"/test_*.c; do
		[ -e "$source" ] || continue
		program=$BUILD/$1/$(basename "$source" .c)
		if [ -x "$program" ]; then
			run_program "$program"
		else
			echo "$program is not built"
			add "$1/$(basename "$program")" 0 1 0
		fi
	done
}

# run_script FILE: speaks for itself and ends with "N passed, N failed, N skipped"; exit 77: could not run here.
run_script() {
	local log=$BUILD/$2.log status sum
	mkdir -p "$BUILD"
	"$1" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	sum=$(sed -nE 's/^(.* )?([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\2 \3 \4/p' "$log" | tail -n 1)
	if [ -z "$sum" ]; then
		echo "$2 ended with status $status and without a sum"
		sum="0 $((status != 77)) $((status == 77))"
	fi
	# shellcheck disable=SC2086 # three words
	set -- $sum
	if [ "$status" -ne 0 ] && [ $(($2 + $3)) -eq 0 ]; then
		echo "it ended with status $status though nothing failed"
		set -- "$1" 1 0
	fi
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

for kind in "$@"; do
	case $kind in
	unit | matrix) run_programs "$kind" ;;
	cli | install | netns) run_script "tests/$kind/run.sh" "$kind" ;;
	*) echo "usage: tests/run.sh [unit] [matrix] [cli] [install] [netns]" >&2; exit 2 ;;
	esac
done

if [ "${CI:-}" = true ] && [ $skipped -gt 0 ]; then
	echo "CI: what is skipped counts as failed"
	failed=$((failed + skipped)) skipped=0
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
