#!/bin/bash
# Servers without a second address, as people copy them from WebRTC tutorials.
. "${0%/*}/../lib.sh"
topology
nat masquerade
coturn $A1
coturn $A2

ask -4 $A1
is exit "$status" 4
is outcome "$(field .outcome)" incomplete
is server "$(field '.servers[0].verdict')" binding-only
is filtering "$(field '.ipv4.filtering | .verdict + "/" + .certainty')" unknown/none
says cure "$(field .ipv4.filtering.reason)" "add (one|a server) that can"
finish plain-server

# One port for all: a NAT that looks at the destination port alone would look the same.
ask -4 $A1 $A2
is exit "$status" 4
is mapping "$(field '.ipv4.mapping | .verdict + "/" + .certainty')" endpoint-independent/likely
is filtering "$(field .ipv4.filtering.verdict)" unknown
says cure "$(field .ipv4.filtering.reason)" "add (one|a server) that can"
finish plain-servers

PORT=19302 coturn $A2
ask -4 $A1 $A2:19302
is exit "$status" 4
is mapping "$(field '.ipv4.mapping | .verdict + "/" + .certainty')" endpoint-independent/verified
finish plain-servers-two-ports

fresh_router
nat "masquerade fully-random"
ask -4 $A1 $A2
is exit "$status" 4
is mapping "$(field .ipv4.mapping.verdict)" endpoint-dependent
is p2p "$(field .ipv4.p2p.verdict)" hard
finish plain-servers-symmetric
