#!/bin/bash
# cost: what one discovery costs this machine: instructions, memory, time from start to first packet; and how many a core
# simulates in a second. Real sockets, in the laboratory of network namespaces, behind an ordinary home router's NAT (EIM,
# APDF) 20 ms away from the server. Prints Markdown. Env: NATSONDE, BUILD.
PATH=$PATH:/usr/sbin:/sbin
for program in ip turnserver valgrind callgrind_annotate strace; do
	command -v "$program" >/dev/null || { echo "cost: there is no $program here" >&2; exit 1; }
done
# shellcheck source=tests/netns/lib.sh
. "$(dirname "$(realpath "$0")")/../netns/lib.sh"
export LC_ALL=C

# instructions: those of one discovery by callgrind, as "INCLUSIVE FUNCTION" lines in $work/callgrind; TOTAL among them.
instructions() {
	in_client valgrind -q --tool=callgrind --callgrind-out-file="$work/callgrind.out" "$NATSONDE" -4 "$A1" >/dev/null ||
		broken "no discovery under callgrind"
	callgrind_annotate --auto=no --inclusive=yes --threshold=100 "$work/callgrind.out" | tr -d ',' |
		sed -nE 's/^ *([0-9]+) \(.*\)  PROGRAM TOTALS$/\1 TOTAL/p
			s/^ *([0-9]+) \(.*\)  [^:]*:([a-z_]+) \[.*/\1 \2/p' >"$work/callgrind"
}

# inside PATTERN: instructions inside the functions whose whole name matches, with all that they call.
inside() { awk -v name="^($1)\$" '$2 ~ name { sum += $1 } END { printf "%d", sum }' "$work/callgrind"; }

# peak_kb: the most memory one discovery ever held (VmHWM). It is held up at its very end, long enough to be read.
peak_kb() {
	local tracer pid peak=0 now
	in_client strace -qq -o /dev/null -e trace=exit_group -e inject=exit_group:delay_enter=500000 \
		"$NATSONDE" -4 "$A1" >/dev/null &
	tracer=$!
	while kill -0 $tracer 2>/dev/null; do
		for pid in $(ip netns pids "$CLIENT"); do
			[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = natsonde ] || continue
			now=$(sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' "/proc/$pid/status" 2>/dev/null)
			peak=${now:-$peak}
		done
		sleep 0.05
	done
	wait $tracer
	echo "$peak"
}

# first_packet: microseconds from exec to the first datagram, of each of 20 starts, the shortest first; strace slows them all.
first_packet() {
	local i
	for ((i = 0; i < 20; i++)); do
		in_client strace -f --seccomp-bpf -ttt -e trace=execve,sendto,sendmsg,sendmmsg -o "$work/strace" \
			"$NATSONDE" -4 "$A1" >/dev/null
		awk '$3 ~ /^execve/ { began = $2 }
			$3 ~ /^send/ && /htons\(3478\)/ { printf "%.0f\n", ($2 - began) * 1e6; exit }' "$work/strace"
	done | sort -n
}

met() { if [ "$1" -le "$2" ]; then echo met; else echo "**not met**"; fi; }

ms() { awk -v us="$1" 'BEGIN { printf "%.1f", us / 1000 }'; }

natbox mapping=eim,filtering=apdf,rtt=20
coturn "$A1" "$A2"
instructions
mapfile -t starts < <(first_packet)
# Whoever starts with an unreadable trace must not look fast.
[ ${#starts[@]} -eq 20 ] || broken "no first packet seen"
declare -A number
while read -r name value; do number[$name]=$value; done < <("$BUILD/bench/cost")

cat <<END
| one discovery (EIM, APDF, RTT 20 ms, real sockets) | | budget | |
| --- | ---: | --- | --- |
| instructions, whole command | $(inside TOTAL) | - | |
| of these in the engine (natsonde_engine_*) | $(inside 'natsonde_engine_[a-z_]+') | - | |
| of these in the final verdict (natsonde_judge) | $(inside natsonde_judge) | - | |
| of these in the report | $(inside natsonde_report_write) | - | |
| peak memory of the process (VmHWM), kB | $(peak_kb) | - | |
| engine state on this machine, bytes | ${number[engine]} | - | |
| with 64 probe records and 64 addresses | $((number[engine] + number[records])) | - | |
| start to first packet, median of 20, ms | $(ms "${starts[10]}") | 5 | $(met "${starts[10]}" 5000) |
| start to first packet, slowest of 20, ms | $(ms "${starts[19]}") | - | |
| simulated discoveries per second, nine classes in turn | ${number[rate_all]} | 20000 | $(met 20000 "${number[rate_all]}") |
| the same, EIM and EIF | ${number[rate_open]} | - | |
| the same, EIM and APDF | ${number[rate_home]} | - | |
END
