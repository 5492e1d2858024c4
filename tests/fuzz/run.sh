#!/bin/sh
# Fuzzes the STUN decoder for FUZZ_SECONDS (60), beginning with tests/fuzz/corpus. Exit code: 0 nothing found, 1 a finding, or no
# clang where CI=true; 77 skipped for want of clang. A finding is left in $BUILD/fuzz; new inputs are not kept.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}/fuzz
seconds=${FUZZ_SECONDS:-60}
clang=${FUZZ_CC:-clang}

if ! command -v "$clang" >/dev/null; then
	if [ "${CI:-}" = true ]; then
		echo "fuzz: FAIL: $clang is not installed" >&2
		exit 1
	fi
	echo "fuzz: SKIP: $clang is not installed" >&2
	exit 77
fi

mkdir -p "$build"
"$clang" -std=c11 -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	-Iinclude -Isrc -o "$build/fuzz_stun" tests/fuzz/fuzz_stun.c src/core/stun_*.c src/core/addr.c

finds=$(mktemp -d)
trap 'rm -rf "$finds"' EXIT
trap 'exit 130' INT TERM
# A first run over nothing but the corpus: a known input that fails says so at once.
"$build/fuzz_stun" -runs=0 tests/fuzz/corpus >"$build/corpus.log" 2>&1 || {
	cat "$build/corpus.log" >&2
	echo "fuzz: FAIL: an input of tests/fuzz/corpus" >&2
	exit 1
}
"$build/fuzz_stun" -max_total_time="$seconds" -max_len=1500 -timeout=5 -print_final_stats=1 \
	-artifact_prefix="$build/" "$finds" tests/fuzz/corpus >"$build/fuzz.log" 2>&1 || {
	tail -n 60 "$build/fuzz.log" >&2
	echo "fuzz: FAIL: the input is in $build" >&2
	exit 1
}
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/fuzz.log")
echo "fuzz: fuzz_stun: nothing found in $runs runs, $seconds s"
