#!/bin/bash
# Servers with every fault there is, behind a NAT that lets strangers in: what others call a full cone whatever the server does.
. "${0%/*}/../lib.sh"
natbox mapping=eim,filtering=eif,rtt=20

liars open-liar -w 8 <<-END
	ok                rfc5780                 present eim  eif  500
	binding-only      binding-only            present -    -    500
	ignores-change    ignores-change-request  present eim  -    500
	rejects-change    rejects-change-request  present eim  -    500
	answers-400       rejects-change-request  present eim  -    500
	same-ip           alternate-invalid       present -    -    500
	dead-alternate    alternate-unreachable   present -    -    1000
	dead-port         alternate-unreachable   present eim? -    1000
	drops-change      ignores-change-request  present eim  -    1000
	drops-first       rfc5780                 present eim  eif  1000
	private-alternate alternate-invalid       present -    -    500
	third-address     alternate-invalid       present eim  -    500
	late              ignores-change-request  present eim  -    1000
	no-response-port  rfc5780                 present eim  eif  500
	duplicates        rfc5780                 present eim  eif  500
	wrong-mapped      mapped-invalid          -       -    -    500
	random-mapped     mapped-invalid          -       -    -    500
	mapped-only       rfc5780                 present eim  eif  500
	rate-limit        rfc5780                 present eim  eif  500
	late-all          rfc5780                 present eim  eif  7000
END
