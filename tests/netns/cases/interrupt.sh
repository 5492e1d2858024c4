#!/bin/bash
# SIGINT over a path of one second, where a run takes four: the report is whole, and holds what was known by then.
. "${0%/*}/../lib.sh"
natbox mapping=eim,filtering=apdf,rtt=1000
coturn $A1 $A2

ask_interrupted 2.2 -4 $A1
is exit "$status" 4
is outcome "$(field .outcome)" interrupted
is nat "$(field .ipv4.nat.verdict)" present
is "ended at once" "$(field '.elapsed_ms | if . < 3500 then "yes" else . end')" yes
finish interrupted

# The same while the name server keeps us waiting.
mkdir -p "/etc/netns/$CLIENT"
echo "nameserver 203.0.113.53" >"/etc/netns/$CLIENT/resolv.conf"
echo "hosts: files dns" >"/etc/netns/$CLIENT/nsswitch.conf"
ip -n "$SERVER" route add blackhole 203.0.113.53/32
ask_interrupted 0.5 stun.example.net
is exit "$status" 4
is outcome "$(field .outcome)" interrupted
is "ended at once" "$(field '.elapsed_ms | if . < 3000 then "yes" else . end')" yes
finish interrupted-resolving
