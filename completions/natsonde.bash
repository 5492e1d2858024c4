# bash completion for natsonde, generated from the option table by 'make completions'.

_natsonde()
{
	local cur=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) prev option before='' words=''
	local keys='mapping= filtering= filter-key= tcp-mapping= hairpin= accept-local= ports= step= parity= block= pool= pooling= uplinks= balance= forward= wan-input= lifetime= stream-lifetime= refresh= rtt= jitter= loss= burst= dup= server= conflict= udp= tcp= fragments= alg= intercept= nats= family= seed='
	local tests='help all nat mapping filtering p2p alg intercept tcp fragments ports lifetime hairpin'
	local behaviours='nat= mapping= filtering= p2p= alg= intercept= tcp= fragments= ports= lifetime= hairpin='

	COMPREPLY=()
	[[ $cur == '=' ]] && cur='' at=$COMP_CWORD
	prev=${COMP_WORDS[at]}
	[[ $prev == '=' ]] && prev=${COMP_WORDS[at - 1]##*,}=
	[[ $cur == *,* ]] && before=${cur%,*},
	while [[ at -gt 0 && ${COMP_WORDS[at]} != -* ]]; do at=$((at - 1)); done
	option=${COMP_WORDS[at]}
	[[ $prev == [a-z]*= && $before ]] && prev=$option
	[[ $option == --expect && $prev == [a-z]*= ]] && prev="expect $prev"
	[[ $option == --expect && $cur == */* ]] && before=${cur%/*}/ cur=${cur##*/}
	case $prev in
	'expect nat=') words='none present' ;;
	'expect mapping=') words='eim adm apdm port-dependent endpoint-dependent unstable' ;;
	'expect filtering=') words='eif adf apdf' ;;
	'expect p2p=') words='open easy hard too-hard blocked' ;;
	'expect alg=') words='none rewrites not-available' ;;
	'expect intercept=') words='none suspected' ;;
	'expect tcp=') words='eim adm apdm port-dependent endpoint-dependent unstable' ;;
	'expect fragments=') words='pass outbound-dropped inbound-dropped dropped local-stack' ;;
	'expect ports=') words='preserved sequential random block set overloaded' ;;
	'expect lifetime=') words='measured beyond' ;;
	'expect hairpin=') words='external internal no' ;;
	mapping=) words='eim adm apdm none' ;;
	filtering=) words='apdf adf eif' ;;
	filter-key=) words='endpoint host' ;;
	tcp-mapping=) words='as-udp eim adm apdm' ;;
	hairpin=) words='no external internal' ;;
	accept-local=) words='yes no' ;;
	ports=) words='preserved sequential random overloaded set' ;;
	parity=) words='no yes' ;;
	pooling=) words='paired arbitrary' ;;
	balance=) words='flow destination' ;;
	forward=) words='no yes' ;;
	wan-input=) words='closed open' ;;
	refresh=) words='outbound both' ;;
	server=) words='ok binding-only ignores-change rejects-change answers-400 same-ip dead-alternate dead-port drops-change drops-first private-alternate third-address late silent no-response-port duplicates wrong-id wrong-mapped random-mapped mapped-only truncated oversized rate-limit late-all ignores-response-port turn no-padding drops-padding small-buffer'; [[ $cur == *+* ]] && before=${cur%+*}+ cur=${cur##*+} ;;
	conflict=) words='no a2p1 a2p2' ;;
	udp=) words='pass drop reject' ;;
	tcp=) words='pass drop reject' ;;
	fragments=) words='pass drop drop-outbound drop-inbound local' ;;
	alg=) words='none rewrites' ;;
	intercept=) words='no yes' ;;
	nats=) words='1 2' ;;
	family=) words='4 6 both' ;;
	[a-z]*=) return ;;
	-I|--interface|--interface=) words=$(ls /sys/class/net 2>/dev/null) ;;
	-b|--bind|--bind=) return ;;
	--local-port|--local-port=) return ;;
	-t|--tests|--tests=) words=${tests#${before:+help }} ;;
	--max-lifetime|--max-lifetime=) return ;;
	--port-range|--port-range=) return ;;
	--expect|--expect=) words=$behaviours ;;
	--diff|--diff=) compopt -o default; return ;;
	--replay|--replay=) compopt -o default; return ;;
	--server-file|--server-file=) compopt -o default; return ;;
	-w|--timeout|--timeout=) return ;;
	--simulate|--simulate=) words=$keys ;;
	-h|--help|--help=) words=all ;;
	*) [[ $cur == -* ]] && words='-4 -6 -j --json -s --short --jsonl -v --verbose --redact -I --interface -b --bind --local-port -t --tests --max-lifetime --port-range --expect --diff --replay --server-file -w --timeout --simulate -V --version -h --help' ;;
	esac
	[[ ! $words && COMP_CWORD -eq 1 ]] && words='check'
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$words" -- "${cur##*,}")
	[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -F _natsonde natsonde
