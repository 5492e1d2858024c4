#!/bin/bash
# Servers with every fault there is, behind a NAT that lets strangers in: what others call a full cone whatever the server does.
. "${0%/*}/../lib.sh"
natbox mapping=eim,filtering=eif,rtt=20

liars open-liar -w 8 <<-END
	ok                rfc5780                 present eim  eif  2000
	binding-only      binding-only            present -    -    2000
	ignores-change    ignores-change-request  present eim  -    2000
	rejects-change    rejects-change-request  present eim  -    2000
	answers-400       rejects-change-request  present eim  -    2000
	same-ip           alternate-invalid       present -    -    2000
	dead-alternate    alternate-unreachable   present -    -    2000
	dead-port         alternate-unreachable   present eim? -    2000
	drops-change      ignores-change-request  present eim  -    2000
	drops-first       rfc5780                 present eim  eif  2000
	private-alternate alternate-invalid       present -    -    2000
	third-address     alternate-invalid       present eim  -    2000
	late              ignores-change-request  present eim  -    2000
	no-response-port  rfc5780                 present eim  eif  2000
	duplicates        rfc5780                 present eim  eif  2000
	wrong-mapped      mapped-invalid          -       -    -    2000
	random-mapped     mapped-invalid          -       -    -    2000
	mapped-only       rfc5780                 present eim  eif  2000
	rate-limit        rfc5780                 present eim  eif  2000
	late-all          rfc5780                 present eim  eif  7900
END
