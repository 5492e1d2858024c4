#!/bin/bash
# The default route leads into a VPN: what is measured is the VPN's exit, and the report must say so.
. "${0%/*}/../lib.sh"
natbox mapping=eim,filtering=apdf,rtt=10
coturn $A1 $A2

ask -4 $A1
is exit "$status" 0
is interface "$(field .ipv4.interface)" inside
is tunnel "$(field .ipv4.tunnel)" true
says text "$(in_client "$NATSONDE" -4 $A1)" "tunnel|VPN"
finish tunnel
