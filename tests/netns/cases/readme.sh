#!/bin/bash
# The first session of the README, as it stands there; only the seconds and the packets may differ.
. "${0%/*}/../lib.sh"
mkdir -p "/etc/netns/$CLIENT"
echo "$A1 stun.example.org" >"/etc/netns/$CLIENT/hosts"
echo "hosts: files" >"/etc/netns/$CLIENT/nsswitch.conf"
topology 192.168.1
nat masquerade
coturn $A1 $A2

mask() { sed -E 's/^[0-9.]+ s, [0-9]+ packets/N s, N packets/'; }
shown=$(awk '/^\$ natsonde stun\.example\.org$/ { inside = 1; next } inside && /^```/ { exit } inside' README.md)
seen=$(in_client "$NATSONDE" stun.example.org)
is session "$(mask <<<"$seen")" "$(mask <<<"$shown")"
finish readme
