# fish completion for natsonde, generated from the option table by 'make completions'.

function __natsonde_tests
	commandline -t | string match -q '*,*'; or echo help
	printf '%s\n' all nat mapping filtering p2p alg intercept tcp fragments ports lifetime hairpin
end

function __natsonde_simulation
	set -l begun (commandline -t | string replace -r '^--simulate=' '' | string replace -r '.*,' '' | string match -r '.*\+')
	switch "$begun"
	case 'server=*'
		printf '%s\n' $begun{ok,binding-only,ignores-change,rejects-change,answers-400,same-ip,dead-alternate,dead-port,drops-change,drops-first,private-alternate,third-address,late,silent,no-response-port,duplicates,wrong-id,wrong-mapped,random-mapped,mapped-only,truncated,oversized,rate-limit,late-all,ignores-response-port,turn,no-padding,drops-padding,small-buffer}
	case '*'
		printf '%s\n' \
			mapping={eim,adm,apdm,none} \
			filtering={apdf,adf,eif} \
			filter-key={endpoint,host} \
			tcp-mapping={as-udp,eim,adm,apdm} \
			hairpin={no,external,internal} \
			accept-local={yes,no} \
			ports={preserved,sequential,random,overloaded,set} \
			step= \
			parity={no,yes} \
			block= \
			pool= \
			pooling={paired,arbitrary} \
			uplinks= \
			balance={flow,destination} \
			forward={no,yes} \
			wan-input={closed,open} \
			lifetime= \
			stream-lifetime= \
			refresh={outbound,both} \
			rtt= \
			jitter= \
			loss= \
			burst= \
			dup= \
			server={ok,binding-only,ignores-change,rejects-change,answers-400,same-ip,dead-alternate,dead-port,drops-change,drops-first,private-alternate,third-address,late,silent,no-response-port,duplicates,wrong-id,wrong-mapped,random-mapped,mapped-only,truncated,oversized,rate-limit,late-all,ignores-response-port,turn,no-padding,drops-padding,small-buffer} \
			conflict={no,a2p1,a2p2} \
			udp={pass,drop,reject} \
			tcp={pass,drop,reject} \
			fragments={pass,drop,drop-outbound,drop-inbound,local} \
			alg={none,rewrites} \
			intercept={no,yes} \
			nats={1,2} \
			family={4,6,both} \
			seed=
	end
end

function __natsonde_expectations
	set -l begun (commandline -t | string replace -r '^--expect=' '' | string replace -r '.*,' '' | string match -r '.*/')
	switch "$begun"
	case 'nat=*'
		printf '%s\n' $begun{none,present}
	case 'mapping=*'
		printf '%s\n' $begun{eim,adm,apdm,port-dependent,endpoint-dependent,unstable}
	case 'filtering=*'
		printf '%s\n' $begun{eif,adf,apdf}
	case 'p2p=*'
		printf '%s\n' $begun{open,easy,hard,too-hard,blocked}
	case 'alg=*'
		printf '%s\n' $begun{none,rewrites,not-available}
	case 'intercept=*'
		printf '%s\n' $begun{none,suspected}
	case 'tcp=*'
		printf '%s\n' $begun{eim,adm,apdm,port-dependent,endpoint-dependent,unstable}
	case 'fragments=*'
		printf '%s\n' $begun{pass,outbound-dropped,inbound-dropped,dropped,local-stack}
	case 'ports=*'
		printf '%s\n' $begun{preserved,sequential,random,block,set,overloaded}
	case 'lifetime=*'
		printf '%s\n' $begun{measured,beyond}
	case 'hairpin=*'
		printf '%s\n' $begun{external,internal,no}
	case '*'
		printf '%s\n' nat={none,present} mapping={eim,adm,apdm,port-dependent,endpoint-dependent,unstable} filtering={eif,adf,apdf} p2p={open,easy,hard,too-hard,blocked} alg={none,rewrites,not-available} intercept={none,suspected} tcp={eim,adm,apdm,port-dependent,endpoint-dependent,unstable} fragments={pass,outbound-dropped,inbound-dropped,dropped,local-stack} ports={preserved,sequential,random,block,set,overloaded} lifetime={measured,beyond} hairpin={external,internal,no}
	end
end

complete -c natsonde -f
complete -c natsonde -n __fish_use_subcommand -a check -d "what can these servers be used for?"
complete -c natsonde -s 4 -d "IPv4 only"
complete -c natsonde -s 6 -d "IPv6 only (default: both, side by side)"
complete -c natsonde -s j -l json -d "JSON report"
complete -c natsonde -s s -l short -d "one line for each family"
complete -c natsonde -l jsonl -d "JSON, one event a line, while it runs"
complete -c natsonde -s v -l verbose -d "list every probe in the text report"
complete -c natsonde -l redact -d "mask addresses and names: a report to show around"
complete -c natsonde -s I -l interface -x -a '(__fish_print_interfaces)' -d "send from this interface"
complete -c natsonde -s b -l bind -x -d "send from this address"
complete -c natsonde -l local-port -x -d "send from PORT, PORT+1 and PORT+2, not random ones"
complete -c natsonde -s t -l tests -x -a '(__fish_complete_list , __natsonde_tests)' -d "what to find out; -t help lists the tests"
complete -c natsonde -l max-lifetime -x -d "how long -t lifetime tries, 1 to 3600 (330)"
complete -c natsonde -l port-range -x -d "local ports that -t ports takes"
complete -c natsonde -l expect -x -a '(__fish_complete_list , __natsonde_expectations)' -d "fail unless so: mapping=eim, p2p=open/easy,nat=none"
complete -c natsonde -l diff -r -F -d "what has changed since this JSON report"
complete -c natsonde -l replay -r -F -d "judge a saved JSON report again, send nothing"
complete -c natsonde -l server-file -r -F -d "servers, one a line, where none are named"
complete -c natsonde -s w -l timeout -x -d "bound on the whole run, 0.5 to 3600 (10)"
complete -c natsonde -l simulate -x -a '(__fish_complete_list , __natsonde_simulation)' -d "use a simulated network: key=value,..."
complete -c natsonde -s V -l version -d "print the version"
complete -c natsonde -s h -l help -d "print this help; --help all tells everything"
complete -c natsonde -n '__fish_seen_argument -s h -l help' -a all
