#!/bin/bash
# Servers with every fault there is, behind the kernel's masquerade: the truth or "unknown", the fault named, and soon.
. "${0%/*}/../lib.sh"
topology
nat masquerade

# What is found out, the server's verdict and the milliseconds that it may take; eim: endpoint-independent and so on, -: unknown,
# ?: likely only. That a first server is silent is said after 4 s: who takes less than 2 s on a busy machine has not waited for that.
liars liar -w 6 <<-END
	ok                rfc5780                 present eim  apdf 2000
	binding-only      binding-only            present -    -    2000
	ignores-change    ignores-change-request  present eim  -    2000
	rejects-change    rejects-change-request  present eim  -    2000
	answers-400       rejects-change-request  present eim  -    2000
	same-ip           alternate-invalid       present -    -    2000
	dead-alternate    alternate-unreachable   present -    apdf 2000
	dead-port         alternate-unreachable   present eim? -    2000
	drops-change      ignores-change-request  present eim  -    2000
	drops-first       rfc5780                 present eim  apdf 2000
	private-alternate alternate-invalid       present -    -    2000
	third-address     ignores-change-request  present eim  -    2000
	late              ignores-change-request  present eim  -    2000
	no-response-port  rfc5780                 present eim  apdf 2000
	ignores-response-port rfc5780             present eim  apdf 2000
	duplicates        rfc5780                 present eim  apdf 2000
	wrong-mapped      mapped-invalid          -       -    -    2000
	random-mapped     mapped-invalid          -       -    -    2000
	mapped-only       rfc5780                 present eim  apdf 2000
	oversized         rfc5780                 present eim  apdf 2000
	rate-limit        rfc5780                 present eim  -    3000
	late-all          rfc5780                 present  -   -    7500
	drops-padding     rfc5780                 present eim  apdf 2000
	small-buffer      rfc5780                 present eim  apdf 2000
END

# What answers nothing usable is no answer; that it is not silence either is said to whoever runs it.
for fault in silent wrong-id truncated; do
	liar $fault
	ask -4 $A1
	is exit "$status" 3
	is server "$(field '.servers[0].verdict')" silent
	is "within 6 s, not 10" "$(field '.elapsed_ms | if . < 6000 then "yes" else . end')" yes
	[ $fault = silent ] || says reason "$(field '.servers[0].reason')" "cut short|never sent"
	finish "liar-$fault"
done

# Fragments pass here. A server that takes nothing large, or nothing with PADDING, does not show it, and nothing else either.
for row in "small-buffer answers a request that fills one packet" "drops-padding make its answers large"; do
	liar "${row%% *}"
	ask -4 -t fragments $A1
	is exit "$status" 4
	is fragments "$(finding fragments)" unknown/none
	says reason "$(field .ipv4.fragments.reason)" "${row#* }"
	finish "fragments-${row%% *}"
done
