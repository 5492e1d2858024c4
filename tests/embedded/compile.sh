#!/bin/bash
# The compile lane: the ESP-IDF component's own files, and those of src/io that it shares with the host, against header
# stand-ins (idf-headers/README.md), in the dialects of ESP-IDF v5 and v6, with every compiler that is here.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/embedded/lib.sh
failed=0
mkdir -p "$out/compile"

sources=(src/esp/*.c "${lwip_io[@]}" "${shared[@]}")

# Headers of the system that ESP-IDF has for every chip; what stands behind #if for other systems is not asked for.
known='string|stdio|stdlib|stddef|stdbool|stdint|stdarg|stdatomic|strings|ctype|errno|fcntl|time|unistd|netdb|sys/socket|sys/poll|sys/select|netinet/in|cJSON'
unknown=$(for file in "${component[@]}" "${sources[@]}"; do
	gcc -std=gnu17 -DESP_PLATFORM -I$lane_src/idf-headers -Isrc/esp/include -Iinclude -Isrc -H -fsyntax-only "$file" 2>&1 |
		sed -nE "/^[.]{1,9} (src|include)/d; s/^[.] ([^ ]*)$/\1/p" | grep '^/usr/include/' | sed -E 's|^/usr/include/([a-z0-9_]*-linux-gnu/)?||; s/[.]h$//' |
		grep -vxE "$known" | sed "s|^|$file includes |"
done | sort -u)
[ -z "$unknown" ] || { echo "not in ESP-IDF:"; echo "$unknown"; failed=1; }

for compiler in gcc clang; do
	command -v $compiler >/dev/null || { echo "skip compile lane with $compiler: there is none here"; continue; }
	for dialect in gnu17 gnu2x; do
		for file in "${sources[@]}"; do
			# shellcheck disable=SC2086 # words
			for option in "" -DCONFIG_NATSONDE_FURTHER_TESTS=1 -DCONFIG_LWIP_IPV6=0; do
				$compiler -std=$dialect -O2 $warn -Werror -DESP_PLATFORM $option -I$lane_src/idf-headers -Isrc/esp/include -Iinclude \
					-Isrc -c -o "$out/compile/x.o" "$file" || { echo "FAIL $compiler -std=$dialect $option $file"; failed=1; }
				[[ $file == src/esp/* ]] || break
			done
		done
	done
done
# The header alone, as an application in C++ sees it.
echo '#include "natsonde_esp.h"' | g++ -std=gnu++2b -Wall -Wextra -Werror -fsyntax-only -I$lane_src/idf-headers -Isrc/esp/include -Iinclude \
	-x c++ - || failed=1
exit $failed
