#!/bin/bash
# Nothing answers at all.
. "${0%/*}/../lib.sh"
topology
nat masquerade
forbid "meta nfproto ipv4 drop"

ask -4 $A1
is exit "$status" 3
is outcome "$(field .outcome)" unreachable
is unavailable "$(field .ipv4.unavailable)" no-answer
says reason "$(field .reason)" "no(thing| server)? answer"
is "within 6 s, not 10" "$(field '.elapsed_ms | if . < 6000 then "yes" else . end')" yes
finish silent
