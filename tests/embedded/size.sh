#!/bin/bash
# make size: what the core takes on two 32-bit targets, and whether that is within its budget. Markdown, as in docs/esp32.md.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/embedded/lib.sh
code_max=24576 state_max=6144 stack_max=1536 # bytes: 24 KiB, 6 KiB, 1.5 KiB
records=64                                   # probes, and addresses
failed=0

# sections TARGET FILE...: "CODE CONSTANTS DATA" of these sources' objects together.
sections() {
	local target=$1 tool
	tool=$([ "$target" = riscv ] && echo riscv64-unknown-elf-size || echo xtensa-lx106-elf-size)
	shift
	# shellcheck disable=SC2046 # words
	$tool -A $(objects "$target" "$@") | awk '
		/^\.(text|literal)/ { code += $2 }
		/^\.(rodata|srodata)/ { constants += $2 }
		/^\.(data|sdata|bss|sbss)/ { data += $2 }
		END { print code + 0, constants + 0, data + 0 }'
}

# The budget is that of the default tests: what is asked of servers in other commands alone (natsonde check) is left out. The linker leaves
# out the further tests, as reach.c does not name them.
other_tests="src/core/use.c"
default_core() { printf '%s\n' "${core[@]}" | grep -vxF "$other_tests"; }

# reached TARGET OPTION FILE...: "CODE CONSTANTS" of what a discovery and its verdicts reach in them, as a linker leaves it.
reached() {
	local target=$1 option=$2
	shift 2
	# shellcheck disable=SC2046,SC2086 # words
	"${target}_link" $option -Wl,-Map="$out/$target/reach.map" -o "$out/$target/reach" $lane_src/reach.c $(objects "$target" "$@") &&
		python3 $lane_src/reached.py "$out/$target/reach.map" src/core
}

# field NAME: a number that depth.c printed.
field() { awk -v name="$1" '$1 == name { print $2 }' "$out/$target/depth.out"; }

# depth first|all ROOT...: the deepest stack from there on, by the compiler's account; the way there goes to a file.
depth() {
	# shellcheck disable=SC2046
	python3 $lane_src/stack.py "$1" "$2" $(objects "$target" "${core[@]}" | sed 's/[.]o$/.ci/') | tee "$out/$target/stack-$1-$2.txt" | head -n 1
}

# within WHAT VALUE MAX: the verdict in a table; counts what is beyond.
row() {
	local verdict=ok
	[ "${2:-$(($3 + 1))}" -le "$3" ] || { verdict="TOO MUCH" failed=1; }
	printf '| %s | %s | %s | %s |\n' "$1" "$2" "$3" "$verdict"
}

measure() {
	local code constants data state first
	target=$1
	compile "$target" "${core[@]}" "${sim[@]}" src/report/sentences.c || return 1
	# shellcheck disable=SC2046
	program "$target" depth $(objects "$target" "${core[@]}" "${sim[@]}" src/report/sentences.c) || return 1
	"${target}_run" "$out/$target/depth" >"$out/$target/depth.out" || return 1
	# shellcheck disable=SC2046
	read -r code constants < <(reached "$target" "" $(default_core))
	first=$((code + constants))
	data=$(sections "$target" "${core[@]}" | cut -d ' ' -f 3)
	state=$(($(field engine) + records * ($(field probe) + $(field address))))
	printf '\n| %s, -Os, bytes | measured | budget | |\n|---|---:|---:|---|\n' "$2"
	row "core, what a discovery and its verdicts reach: code $code + constants $constants" $((code + constants)) $code_max
	row "core: variables of its own" "$data" 0
	row "engine $(field engine) + $records probes of $(field probe) + $records addresses of $(field address)" $state $state_max
	row "deepest stack of a run, by the call graph" "$(depth first natsonde_drive)" $stack_max
	row "deepest stack of judging, by the call graph" "$(depth first natsonde_judge,natsonde_judge_server,natsonde_rfc3489)" $stack_max
	printf '| painted stack of a run, simulator and all | %s | | |\n' "$(field run)"
	printf '| painted stack of judging | %s | | |\n' "$(field judge)"
	# shellcheck disable=SC2046
	read -r code constants < <(reached "$target" -DALL_TESTS $(default_core))
	printf '| the further tests add: code + constants | %s | | |\n' $((code + constants - first))
	printf '| with them: deepest stack of a run, by the call graph | %s | | |\n' "$(depth all natsonde_drive)"
	printf '| with them: deepest stack of judging, by the call graph | %s | | |\n' "$(depth all natsonde_judge_all)"
	read -r code constants data < <(sections "$target" "${core[@]}")
	printf '| all of src/core, with words and addresses as text | %s | | |\n' $((code + constants))
	read -r code constants data < <(sections "$target" src/report/sentences.c)
	printf '| besides: sentences of reports | %s | | |\n' $((code + constants))
	read -r code constants data < <(sections "$target" "${sim[@]}")
	printf '| besides: simulator, code + constants | %s | | |\n' $((code + constants))
}

skipped=0
for target in riscv xtensa; do
	why=$(lacks $target | paste -sd ' ')
	if [ -n "$why" ]; then
		echo "skip size for $target: $why"
		skipped=$((skipped + 1))
		continue
	fi
	measure $target "$([ $target = riscv ] && echo rv32imc || echo 'Xtensa lx106')" || { echo "FAIL size for $target"; failed=1; }
done
echo
[ "${CI:-}" = true ] && [ $skipped -gt 0 ] && failed=1
[ $failed -eq 0 ]
