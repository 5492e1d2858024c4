#!/bin/bash
# A home router: the kernel's masquerade reuses a mapping where it can, and lets in exact conntrack tuples alone.
. "${0%/*}/../lib.sh"
topology
nat masquerade
coturn $A1 $A2 $A1_6 $A2_6

home="present/verified endpoint-independent/verified address-and-port-dependent/verified"
ask -4 $A1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$home"
is p2p "$(field .ipv4.p2p.verdict)" easy
is "port preserved" "$(field '[.probes[] | select(.mapped) | (.mapped | split(":")[1]) == (.local | split(":")[1])] | all')" true
is external "$(field '.ipv4.external | join(" ")')" 198.51.100.2
is interface "$(field .ipv4.interface)" eth0
finish masquerade

ask $A1 "[$A1_6]"
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$home"
is "verdicts IPv6" "$(verdicts ipv6)" "none/verified endpoint-independent/verified endpoint-independent/verified"
finish masquerade-dual-stack

# A router that also refuses strangers for itself: conntrack then keeps no entry for what it dropped.
firewall
ask -4 $A1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$home"
finish masquerade-and-firewall

# As nobody, from a copy that nobody may read.
chmod 711 "$work" && cp "$NATSONDE" "$work/natsonde" && chmod 755 "$work/natsonde"
ask_as setpriv --reuid=65534 --regid=65534 --clear-groups "$work/natsonde" -4 -I eth0 $A1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$home"
finish unprivileged

# Where natsonde is built with sanitizers, they watch instead, and valgrind could not run it.
watch=(valgrind -q --error-exitcode=99 --leak-check=full)
if ldd "$NATSONDE" | grep -q libasan || nm "$NATSONDE" 2>/dev/null | grep -q __asan_init; then watch=(env); fi
ask_as "${watch[@]}" "$NATSONDE" -4 $A1
is exit "$status" 0
is verdicts "$(verdicts ipv4)" "$home"
is valgrind "$stderr" ""
finish valgrind
