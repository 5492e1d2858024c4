#!/bin/bash
# make embedded: what the ESP32-S3 needs of natsonde, checked without one. usage: run.sh [LANE ...]
#   size     code, memory and stack of the core on two 32-bit targets, within their budgets
#   riscv    rv32imc under QEMU: the matrix, further tests, saved evidence, JSON
#   xtensa   Xtensa under QEMU: the matrix, further tests, saved evidence; unaligned access traps
#   compile  src/esp against header stand-ins
#   task     the task API and the console command, over loopback
#   lwip     the component over Debian's lwIP, behind the laboratory's NATs
# A lane whose packages are missing is skipped, and says so; with CI=true that is a failure.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/embedded/lib.sh
passed=0 failed=0 skipped=0
programs=(matrix further judge) # run on the host and on every target
mkdir -p "$out"

ok() { echo "ok $*"; passed=$((passed + 1)); }
bad() { echo "FAIL $*"; failed=$((failed + 1)); }
skip() { echo "skip $*"; skipped=$((skipped + 1)); }

# check NAME COMMAND...
check() {
	local name=$1 log=$out/check.log
	shift
	if "$@" >"$log" 2>&1; then ok "$name"; else bad "$name"; tail -n 20 "$log"; fi
}

# The host's own answers, which the targets' are compared with; once.
host_answers() {
	local name
	[ -z "${has_host_answers:-}" ] || return 0
	compile host "${core[@]}" "${sim[@]}" "${report[@]}" || return 1
	# shellcheck disable=SC2046 # words
	program host save $(objects host "${core[@]}" "${sim[@]}" src/report/sentences.c) || return 1
	"$out/host/save" >"$out/saved_table.h" || return 1
	for name in "${programs[@]}"; do
		# shellcheck disable=SC2046
		program host $name $(objects host "${core[@]}" "${sim[@]}" src/report/sentences.c) || return 1
		host_run "$out/host/$name" >"$out/host/$name.out" || return 1
	done
	has_host_answers=yes
}

# same TARGET NAME: the program runs there to its end and prints what it prints on the host.
same() {
	"${1}_run" "$out/$1/$2" >"$out/$1/$2.out" && diff "$out/host/$2.out" "$out/$1/$2.out"
}

# lane TARGET: matrix, further tests and saved evidence.
lane() {
	local target=$1 name why
	why=$(lacks "$target" | paste -sd ' ')
	if [ -n "$why" ]; then
		skip "$target: $why"
		return 1
	fi
	if ! host_answers || ! compile "$target" "${core[@]}" "${sim[@]}" src/report/sentences.c; then
		bad "$target: it does not compile"
		return 1
	fi
	for name in "${programs[@]}"; do
		# shellcheck disable=SC2046
		program "$target" $name $(objects "$target" "${core[@]}" "${sim[@]}" src/report/sentences.c) || bad "$target $name: it does not link"
		check "$target $name: $(wc -l <"$out/host/$name.out") lines as on the host" same "$target" $name
	done
}

# The writers need libc's floating point and cJSON: RISC-V alone has both. Also what the component shares with the host.
riscv_reports() {
	local cjson=$out/cjson why
	if ! why=$(tests/embedded/fetch_cjson.sh "$cjson"); then
		skip "riscv report: $why"
		return
	fi
	small="$small -I$cjson -DPICOLIBC_DOUBLE_PRINTF_SCANF"
	check "riscv: reports and what the component shares compile" compile riscv "${report[@]}" "${shared[@]}"
	warn="" compile riscv "$cjson/cJSON.c"
	# shellcheck disable=SC2046
	program riscv report $(objects riscv "${core[@]}" "${sim[@]}" "${report[@]}" "$cjson/cJSON.c") -lm || bad "riscv report: it does not link"
	# shellcheck disable=SC2046
	program host report $(objects host "${core[@]}" "${sim[@]}" "${report[@]}") -lcjson || bad "riscv report: the host's does not link"
	host_run "$out/host/report" >"$out/host/report.out" 2>/dev/null
	riscv_run "$out/riscv/report" >"$out/riscv/report.all"
	grep -v '^stack \|^heap ' "$out/riscv/report.all" >"$out/riscv/report.out"
	check "riscv report: $(wc -l <"$out/host/report.out") lines as on the host" diff "$out/host/report.out" "$out/riscv/report.out"
	sed -n 's/^stack \([0-9]*\) \([0-9]*\) .*/painted stack: JSON in pieces \1 bytes, text \2/p
		s/^heap \([0-9]*\) \([0-9]*\) \([0-9]*\) \([0-9]*\)/most heap for JSON: as a tree \1 bytes, in pieces \2; of all tests \3, \4/p' "$out/riscv/report.all"
}

# An access that is not aligned must end the program: else the lane would not see one in the core.
traps() {
	printf 'int main(int argc, char **argv)\n{\n\t(void)argv;\n\treturn *(volatile int *)((char *)&argc + 1);\n}\n' >"$out/xtensa/unaligned.c"
	xtensa_link -O0 -w -o "$out/xtensa/unaligned" "$out/xtensa/unaligned.c" || return
	xtensa_run "$out/xtensa/unaligned"
	[ $? -eq 109 ]
}

# link_glue BUILD PROGRAM SOURCE OBJECT...: links a program of tests/embedded with the component, as glue or further has it.
link_glue() {
	local build=$1 name=$2 source=$3
	shift 3
	# shellcheck disable=SC2046,SC2086
	"${build}_cc" $warn -Wno-conversion -o "$out/$name" $lane_src/$source.c $(objects "$build" "${component[@]}" $lane_src/stand_in.c) \
		"$@" -lcjson -largtable2 -lpthread
}

# glue_objects BUILD: the component's own objects, once.
glue_objects() {
	local done=has_$1
	[ -z "${!done:-}" ] || return 0
	compile "$1" "${component[@]}" "${lwip_io[@]}" $lane_src/stand_in.c $lane_src/kernel_net.c || return 1
	declare -g "$done=yes"
}

lacks_header() { echo "#include <$1>" | cc -E - >/dev/null 2>&1 || echo "no $1"; }

# count FILE: what a script said, one line a result.
count() {
	cat "$1"
	passed=$((passed + $(grep -c '^ok ' "$1"))) failed=$((failed + $(grep -c '^FAIL ' "$1")))
}

# task BUILD
task() {
	# shellcheck disable=SC2046
	if ! { glue_objects "$1" && link_glue "$1" "test_$1" test_task $(objects "$1" "${lwip_io[@]}") -lcmocka \
		-Wl,--wrap=calloc,--wrap=getaddrinfo,--wrap=natsonde_io_now; }; then
		bad "task: it does not build"
		return
	fi
	CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$out/test_$1" >"$out/task.log" 2>&1
	[ $? -eq 0 ] || grep -q '^not ok' "$out/task.log" || bad "task: it ended early: $(tail -n 3 "$out/task.log")"
	sed -n "s/^ok [0-9]* - /ok $2 /p; s/^not ok [0-9]* - /FAIL $2 /p" "$out/task.log" >"$out/task.sum"
	count "$out/task.sum"
	! grep -q '^FAIL' "$out/task.sum" || cat "$out/task.log"
}

run_task() {
	local why
	why=$({ lacks_header argtable2.h; lacks_header cmocka.h; lacks_header cjson/cJSON.h; } | paste -sd ' ')
	if [ -n "$why" ]; then
		skip "task: $why"
	else
		task glue task
		task further "task, further tests:"
	fi
}

run_lwip() {
	local why half
	why=$({
		for half in ip nft turnserver jq python3; do command -v $half >/dev/null || echo "no $half"; done
		[ "$(id -u)" = 0 ] || echo "not root"
		[ -c /dev/net/tun ] || echo "no /dev/net/tun"
		lacks_header argtable2.h
		pkg-config --exists lwip 2>/dev/null || echo "no liblwip-dev"
		[ -x "$BUILD/natbox" ] && [ -x "$BUILD/natsonde" ] || echo "no natbox (make)"
	} | paste -sd ' ')
	if [ -n "$why" ]; then
		skip "lwip: $why"
		return
	fi
	# shellcheck disable=SC2046
	if ! { glue_objects further && compile lwip "${lwip_io[@]}" &&
		link_glue further firmware-kernel firmware $(objects further "${lwip_io[@]}" $lane_src/kernel_net.c) &&
		glue_cc -Wall -Wextra -Werror $(pkg-config --cflags lwip | sed 's/-I/-isystem /g') -c -o "$out/lwip_net.o" $lane_src/lwip_net.c &&
		link_glue further firmware-lwip firmware $(objects lwip "${lwip_io[@]}") "$out/lwip_net.o" $(pkg-config --libs lwip); }; then
		bad "lwip: it does not build"
		return
	fi
	for half in kernel natbox; do
		NATSONDE=$BUILD/natsonde timeout 240 $lane_src/lwip_lane.sh $half >"$out/lwip.log" 2>"$out/lwip.err" ||
			grep -q '^FAIL' "$out/lwip.log" || echo "FAIL lwip $half: $(tail -n 1 "$out/lwip.err")" >>"$out/lwip.log"
		count "$out/lwip.log"
	done
}

run_lane() {
	case $1 in
	size) check "size" tests/embedded/size.sh; cat "$out/check.log" ;;
	riscv) lane riscv && riscv_reports ;;
	xtensa) lane xtensa && check "xtensa: an unaligned access traps" traps ;;
	compile) check "compile: src/esp in gnu17 and gnu2x" tests/embedded/compile.sh ;;
	task) run_task ;;
	lwip) run_lwip ;;
	*) echo "usage: tests/embedded/run.sh [size|riscv|xtensa|compile|task|lwip ...]" >&2; exit 2 ;;
	esac
}

[ $# -gt 0 ] || set -- size riscv xtensa compile task lwip
for name in "$@"; do run_lane "$name"; done

if [ "${CI:-}" = true ] && [ $skipped -gt 0 ]; then
	echo "CI: what is skipped counts as failed"
	failed=$((failed + skipped)) skipped=0
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
