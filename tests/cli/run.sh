#!/bin/bash
# The command line as its users meet it: golden cases over the simulated network, bad input, full disks, signals.
# tests/cli/run.sh [--update]; env NATSONDE (./natsonde): what is tested.
set -u
NATSONDE=$(realpath "${NATSONDE:-./natsonde}")
build=$(realpath "${BUILD:-build}")
cd "$(dirname "$0")" || exit 1
unset NATSONDE_SERVERS
work=$(mktemp -d "${TMPDIR:-/tmp}/natsonde-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
. ../result.sh

# skip NAME PROGRAM: says so and is true if the program is not here.
skip() {
	command -v "$2" >/dev/null && return 1
	echo "skip $1: no $2"
	skipped=$((skipped + 1))
}

# run ARGUMENT...: leaves $code, $work/out and $work/err.
run() {
	"$NATSONDE" "$@" >"$work/out" 2>"$work/err"
	code=$?
}

# words TEXT: splits arguments at spaces; '' is an empty one.
words() {
	read -ra arguments <<<"$1"
	local i
	for i in "${!arguments[@]}"; do [ "${arguments[i]}" != "''" ] || arguments[i]=; done
}

# mask: the cost of a verdict in a text report.
mask() { sed -E 's/^[0-9]+[.][0-9]+ s, [0-9]+ packets,/N s, N packets,/'; }

# table FILE: its rows.
table() { grep -vE '^(#|$)' "$1"; }

# differs GOLDEN: how $work/STREAM differs from it.
differs() {
	local golden=golden/$1.$2
	[ -e "$golden" ] || golden=/dev/null
	mask <"$work/$2" | diff -u "$golden" - | sed -n '3,30p'
}

update() {
	local name line arguments
	rm -rf golden
	mkdir golden
	while IFS=$'\t' read -r name _ line; do
		words "$line"
		run "${arguments[@]}"
		mask <"$work/out" >"golden/$name.out"
		[ ! -s "$work/err" ] || cp "$work/err" "golden/$name.err"
		echo "$name: exit $code"
	done < <(table cases.tsv)
}

golden() {
	local name want line wide arguments
	while IFS=$'\t' read -r name want line; do
		words "$line"
		run "${arguments[@]}"
		wide=$(head -c 1 "$work/out" | grep -q '{' || awk 'length > 80 && !/^ipv[46] /' "$work/out")
		result "$name" "$([ $code -eq "$want" ] || echo "exit $code, not $want")" "$(differs "$name" out)" "$(differs "$name" err)" \
			"${wide:+wider than 80 columns: $wide}"
	done < <(table cases.tsv)
	for name in golden/*; do
		grep -q "^$(basename "${name%.*}")	" cases.tsv || result "$name" "it belongs to no case"
	done
}

bad_input() {
	local want named line arguments
	while IFS=$'\t' read -r want named line; do
		words "$line"
		run "${arguments[@]}"
		result "bad input: $line" "$([ $code -eq "$want" ] || echo "exit $code, not $want")" \
			"$([ ! -s "$work/out" ] || echo "something on stdout")" \
			"$([ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -- "$named" "$work/err" || cat "$work/err")"
	done < <(table bad.tsv)
	NATSONDE_SERVERS="stun.example.org:0" run
	result "bad NATSONDE_SERVERS" "$([ $code -eq 2 ] && grep -q NATSONDE_SERVERS "$work/err" || cat "$work/err")"
}

# A report that does not arrive is no report: exit 5 and a message.
unwritable() {
	local arguments form both unread
	mkfifo "$work/pipe"
	for form in "--simulate seed=1" "--json --simulate seed=1" "-s --simulate seed=1" "--jsonl --simulate seed=1" \
		"--diff golden/json.out --simulate seed=1" "--replay golden/json.out" "--help" "--help all" "--version" "-t help"; do
		words "$form"
		"$NATSONDE" "${arguments[@]}" >/dev/full 2>"$work/err"
		code=$?
		result "full disk: $form" "$([ $code -eq 5 ] && [ "$(wc -l <"$work/err")" -eq 1 ] || echo "exit $code: $(cat "$work/err")")"
		# A pipe whose reader has gone before anything is written.
		exec {both}<>"$work/pipe" {unread}>"$work/pipe" {both}<&-
		"$NATSONDE" "${arguments[@]}" >&"$unread" 2>"$work/err"
		code=$?
		exec {unread}>&-
		result "closed pipe: $form" "$([ $code -eq 5 ] && [ -s "$work/err" ] || echo "exit $code: $(cat "$work/err")")"
		"$NATSONDE" "${arguments[@]}" >&- 2>"$work/err"
		code=$?
		result "closed stdout: $form" "$([ $code -eq 5 ] && [ -s "$work/err" ] || echo "exit $code: $(cat "$work/err")")"
	done
	# What is opened meanwhile gets the lowest numbers that are free.
	"$NATSONDE" -4 -s -w 0.5 127.0.0.1:9 <&- >&- 2>"$work/err"
	code=$?
	result "closed stdin and stdout" "$([ $code -eq 5 ] && [ -s "$work/err" ] || echo "exit $code: $(cat "$work/err")")"
	"$NATSONDE" -4 -s -w 0.5 127.0.0.1:9 <&- >"$work/out" 2>&-
	code=$?
	result "closed stdin and stderr" "$([ $code -eq 3 ] && [ "$(wc -l <"$work/out")" -eq 1 ] || echo "exit $code: $(cat "$work/out")")"
}

# What goes into the simulated NAT comes out in the JSON report, twice the same.
classes() {
	local mapping filtering got want
	declare -A long=([eim]=endpoint-independent [adm]=address-dependent [apdm]=address-and-port-dependent [none]=endpoint-independent
		[eif]=endpoint-independent [adf]=address-dependent [apdf]=address-and-port-dependent)
	skip classes jq && return
	for mapping in eim adm apdm none; do
		for filtering in eif adf apdf; do
			run --simulate "mapping=$mapping,filtering=$filtering" --json
			got=$(jq -r '.ipv4 | "\(.mapping.verdict) \(.filtering.verdict)"' "$work/out" 2>&1)
			want="${long[$mapping]} ${long[$filtering]}"
			result "mapping=$mapping,filtering=$filtering" "$([ "$got" = "$want" ] || echo "$got")" "$([ $code -eq 0 ] || echo "exit $code")"
			cp "$work/out" "$work/$mapping-$filtering.json"
			run --simulate "mapping=$mapping,filtering=$filtering" --json
			result "again mapping=$mapping,filtering=$filtering" "$(cmp "$work/out" "$work/$mapping-$filtering.json" 2>&1)"
		done
	done
	run --simulate seed=2,loss=20 --json
	cp "$work/out" "$work/seed2.json"
	run --simulate seed=3,loss=20 --json
	result "another seed, another run" "$(! cmp -s "$work/out" "$work/seed2.json" || echo "the same bytes")"
}

sound_json() {
	local files
	skip "sound JSON" python3 && return
	mapfile -t files < <(grep -L '^{"event"' $(grep -l '^{' golden/*.out) saved/vpn.json; ls "$work"/*.json 2>/dev/null)
	result "sound JSON" "$(python3 sound_json.py "${files[@]}" 2>&1)"
}

# script NAME FILE: checks that say "ok NAME" or "FAIL NAME: why".
script() {
	local line
	skip "$1" python3 && return
	while read -r line; do
		case $line in
		"ok "*) result "${line#ok }" ;;
		*) result "$1" "${line#FAIL }" ;;
		esac
	done < <(python3 "$2" "$NATSONDE" 2>&1)
}

# What the documents show is what the program prints.
documents() {
	local line
	skip documents jq && return
	while read -r line; do
		case $line in
		"ok "*) result "${line#ok }" ;;
		*) result documents "${line#FAIL }" ;;
		esac
	done < <(NATSONDE=$NATSONDE BUILD=$build ./readme.sh 2>&1)
}

if [ "${1:-}" = --update ]; then
	update
	exit
fi
golden
bad_input
unwritable
classes
sound_json
script "real sockets and signals" live.py
script "saved reports" saved.py
documents
echo "cli: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
