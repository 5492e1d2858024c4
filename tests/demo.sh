#!/bin/sh
# make run: a real discovery; where no server can be reached, the same program on its simulated network, said to be that.
natsonde=${1:-./natsonde}

echo "\$ natsonde"
"$natsonde"
code=$?
[ "$code" -eq 3 ] || exit "$code"

cat <<'TEXT'

------------------------------------------------------------------------------
No server could be reached from here, so there is nothing to say about this
network. What follows is the same program on its SIMULATED network: a made-up
home router, no packet leaves this host, and it is not about your network.
------------------------------------------------------------------------------

$ natsonde --simulate mapping=eim,filtering=apdf
TEXT
"$natsonde" --simulate mapping=eim,filtering=apdf
