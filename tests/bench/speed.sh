#!/bin/bash
# speed: natsonde beside coturn's natdiscovery and vovida's stun, in the laboratory of network namespaces, behind the nine
# classes of NAT at several RTTs and losses. Every run meets a NAT that has just been started; the three runs of one round
# meet the same one, with the same seed. Prints Markdown; what each run said and took stays in BUILD/bench/speed.tsv.
# Env: NATSONDE, BUILD; SPEED_REPEAT rounds of each combination (8); SPEED_SETS laboratories side by side (4): they mostly
# wait. SPEED_QUICK=1: one round, RTT 20 ms, loss 0 and 20 % only.
here=$(dirname "$(realpath "$0")")

# jobs: one round a line: MAPPING FILTERING RTT LOSS SEED.
jobs_wanted() {
	local rtts="20 100 300" losses="0 5 20" repeat=${SPEED_REPEAT:-8} mapping filtering rtt loss round seed=0
	[ -z "${SPEED_QUICK:-}" ] || rtts=20 losses="0 20" repeat=1
	for ((round = 1; round <= repeat; round++)); do
		for rtt in $rtts; do for loss in $losses; do
			for mapping in ei ad apd; do for filtering in ei ad apd; do
				echo "$mapping $filtering $rtt $loss $((++seed))"
			done; done
		done; done
	done
}

if [ "${1:-}" != --set ]; then
	set -uo pipefail
	PATH=$PATH:/usr/sbin:/sbin
	for program in ip turnserver turnutils_natdiscovery stun jq python3 flock timeout; do
		command -v "$program" >/dev/null || { echo "speed: there is no $program here" >&2; exit 1; }
	done
	mkdir -p "${BUILD:=build}/bench"
	queue=$(realpath "$BUILD")/bench/speed.jobs results=$(realpath "$BUILD")/bench/speed.tsv
	jobs_wanted >"$queue"
	: >"$results"
	sets=()
	trap 'trap "" INT TERM; kill "${sets[@]}" 2>/dev/null; wait; exit 1' INT TERM HUP
	for ((i = 0; i < ${SPEED_SETS:-4}; i++)); do
		bash "$here/speed.sh" --set "$queue" "$results" </dev/null &
		sets+=($!)
	done
	failed=0
	for pid in "${sets[@]}"; do wait "$pid" || failed=1; done
	[ $failed -eq 0 ] || { echo "speed: a laboratory failed" >&2; exit 1; }
	exec python3 "$here/speed_table.py" "$results"
fi

queue=$2 results=$3
# shellcheck source=tests/netns/lib.sh
. "$here/../netns/lib.sh"
export LC_ALL=C

# take_job: the queue's first line, which no other set then gets.
take_job() {
	# shellcheck disable=SC2016 # meant for the inner shell
	flock "$queue.lock" bash -c 'head -n 1 "$0"; sed -i 1d "$0"' "$queue"
}

# Datagrams that sockets of the client's namespace have sent so far.
# shellcheck disable=SC2016 # awk's own
sent() { in_client awk '$1 == "Udp:" && $5 ~ /^[0-9]+$/ { print $5 }' /proc/net/snmp; }

# What each program prints, as "MAPPING FILTERING CERTAINTIES ELAPSED": ei, ad, apd as in RFC 4787; d: a mapping that depends
# on the destination, no more said; "-": nothing said, or said to be unknown. natsonde alone says how sure it is, and how many
# milliseconds it took by its own clock.
read_natsonde() {
	jq -r 'def word: {"endpoint-independent": "ei", "address-dependent": "ad", "address-and-port-dependent": "apd",
			"endpoint-dependent": "d", "port-dependent": "p"}[.] // "-";
		"\(.ipv4.mapping.verdict // "" | word) \(.ipv4.filtering.verdict // "" | word) " +
		"\(.ipv4.mapping.certainty)/\(.ipv4.filtering.certainty) \(.elapsed_ms)"'
}

rfc4787_word='s/Endpoint Independent/ei/; s/Address and Port Dependent/apd/; s/Address Dependent/ad/'
read_coturn() {
	local text mapping filtering
	text=$(sed "$rfc4787_word")
	mapping=$(sed -n 's/^NAT with \(.*\) Mapping!$/\1/p; s/^No NAT! .*/none/p' <<<"${text%%Filtering Behavior*}" | tail -n 1)
	filtering=$(sed -n 's/^NAT with \(.*\) Filtering!$/\1/p' <<<"$text" | tail -n 1)
	echo "${mapping:--} ${filtering:--} - -"
}

# "Firewall" and "Open" both say that there is no NAT.
read_vovida() {
	case $(cat) in
	*"Independent Mapping, Independent Filter"*) echo "ei ei - -" ;;
	*"Independent Mapping, Address Dependent Filter"*) echo "ei ad - -" ;;
	*"Independent Mapping, Port Dependent Filter"*) echo "ei apd - -" ;;
	*"Dependent Mapping"*) echo "d - - -" ;;
	*"Primary: Open"*) echo "none ei - -" ;;
	*"Primary: Firewall"*) echo "none - - -" ;;
	*) echo "- - - -" ;;
	esac
}

# run TOOL COMMAND...: one discovery, and a line of the results about it.
run() {
	local tool=$1 before began ended said
	shift
	natbox "mapping=${mapping}m,filtering=${filtering}f,rtt=$rtt,loss=$loss,seed=$seed"
	# Process ids come around again: of the boxes, only the last is ours to end.
	pids=("$server" "$BOX_PID")
	before=$(sent)
	began=${EPOCHREALTIME/./}
	said=$(in_client timeout 60 "$@" 2>"$work/complaints")
	ended=${EPOCHREALTIME/./}
	printf '%s\t' "$tool" "$mapping" "$filtering" "$rtt" "$loss" "$seed" \
		"$((ended - began))" "$(($(sent) - before))" >"$work/line"
	"read_$tool" <<<"$said" | tr ' ' '\t' >>"$work/line"
	flock "$queue.lock" tee -a "$results" <"$work/line" >/dev/null
}

natbox mapping=eim
coturn "$A1" "$A2"
server=${pids[-1]}
while read -r mapping filtering rtt loss seed < <(take_job) && [ -n "$mapping" ]; do
	run natsonde "$NATSONDE" -4 --json "$A1"
	run coturn turnutils_natdiscovery -m -f -L 10.0.0.2 "$A1"
	run vovida stun "$A1"
done
