#!/bin/bash
# A mobile network: symmetric, far away, one packet in twenty lost each way. Slower and more packets, but not another answer.
. "${0%/*}/../lib.sh"
natbox mapping=apdm,filtering=apdf,ports=random,rtt=60,jitter=10,loss=5,dup=2
coturn $A1 $A2

ask -4 $A1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "present/verified address-and-port-dependent/verified address-and-port-dependent/verified"
finish loss
