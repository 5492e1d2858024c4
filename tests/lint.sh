#!/bin/bash
# make lint: what the compiler, the layers, the option table and the house rules demand of the whole tree.
# A missing tool is a check skipped, and said aloud; with CI=true it is a failure.
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C
warn=$(sed -n 's/^WARN = //p' Makefile)
# What c-ares is needed for is compiled where it is here; the second pass is without it.
gcc -E -include ares.h -x c /dev/null >/dev/null 2>&1 && cares=-DNATSONDE_HAS_CARES || cares=
out=build/lint
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
failed=0 skipped=0
rm -rf $out-* $out/integers $out/m32 # no objects of files that are gone
mkdir -p $out

# check NAME COMMAND...: the command prints what is wrong, and nothing else.
check() {
	local name=$1 found
	shift
	found=$("$@" 2>&1)
	if [ -z "$found" ]; then
		echo "ok   $name"
	else
		printf 'FAIL %s\n%s\n' "$name" "$found"
		failed=$((failed + 1))
	fi
}

# needs TOOL NAME: whether a check can be made.
needs() {
	command -v "$1" >/dev/null && return
	echo "SKIP $2: there is no $1 here"
	skipped=$((skipped + 1))
	return 1
}

# src/esp needs other headers: make embedded compiles it.
c_files() { find src tests completions -name '*.c' ! -path 'tests/embedded/*' ! -path 'src/esp/*' | sort; }
shell_files() { { find tests .ci -type f 2>/dev/null; echo completions/natsonde.bash; } | sort; }

# compile DIRECTORY COMMAND...: every C file, objects into the directory.
compile() {
	local dir=$1
	shift
	c_files | xargs -P "$jobs" -I{} sh -c '
		dir=$1 file=$2
		shift 2
		mkdir -p "$dir/${file%/*}"
		"$@" -Werror -Iinclude -Isrc -c -o "$dir/${file%.c}.o" "$file"' sh "$dir" {} "$@" 2>&1
}

# Core and sim run where there is no operating system: memory functions, and nothing else of libc.
reach() {
	local object
	find "$1" -path "*/src/$2/*.o" | sort | while read -r object; do
		nm -u "$object" | awk '{print $2}' |
			grep -vE '^(natsonde_[a-z0-9_]+|mem(cpy|set|move|cmp|chr)|str(len|cmp|ncmp|chr)|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail)$' |
			sed "s|^|${object#"$1"/} reaches |"
	done
}

# Without floating point registers, floating point arithmetic is an error or a call that "reach" sees.
no_floating_point() {
	local file object
	for file in src/core/*.c src/core/*/*.c src/sim/*.c; do
		object=$out/integers/${file%.c}.o
		mkdir -p "${object%/*}"
		gcc -std=c11 -O2 -mgeneral-regs-only -Iinclude -Isrc -c -o "$object" "$file"
	done
	reach $out/integers core
	reach $out/integers sim
}

# A 32-bit target divides 64-bit numbers by a call into a library, slowly: the core does without.
no_wide_division() {
	local file object
	mkdir -p $out/m32/gnu
	: >$out/m32/gnu/stubs-32.h
	for file in src/core/*.c src/core/*/*.c; do
		object=$out/m32/${file%.c}.o
		mkdir -p "${object%/*}"
		gcc -m32 -fno-pic -std=c11 -Os -I$out/m32 -isystem "/usr/include/$(gcc -print-multiarch)" -Iinclude -Isrc \
			-c -o "$object" "$file"
	done
	reach $out/m32 core
}

# includes FILE...: "FILE HEADER", with quotes resolved to a path.
includes() {
	grep -HE '^[[:space:]]*#[[:space:]]*include' "$@" | sed -E 's/^([^:]*):[^<"]*([<"][^>"]*[>"]).*/\1 \2/' |
		while read -r file header; do
			case $header in
			'"'*)
				header=${header//\"/}
				if [ -e "$(dirname "$file")/$header" ]; then
					header=$(realpath --relative-to=. "$(dirname "$file")/$header")
				else
					header=src/$header
				fi
				;;
			esac
			echo "$file $header"
		done
}

# allow LAYER PATTERN: what the files of a layer may include.
allow() {
	local files
	mapfile -t files < <(find "$1" -name '*.[ch]' | sort)
	[ ${#files[@]} -eq 0 ] || includes "${files[@]}" | awk -v may="$2" '$2 !~ may { print $1 " includes " $2 }'
}

layers() {
	local standard='^<(stdbool|stddef|stdint|string|limits|inttypes)[.]h>$'
	local contract='^<natsonde/(addr|door|engine|evidence|judge|names|stun|time)[.]h>$'
	allow include/natsonde "$standard|^<natsonde/[a-z]+[.]h>$|^<stdio[.]h>$|^<sys/socket[.]h>$"
	allow src/core "$standard|$contract|^src/core/"
	allow src/sim "$standard|$contract|^<natsonde/sim[.]h>$|^src/sim/"
	allow src/io "^<[^n][^>]*>$|^<net[^>]*>$|$contract|^<natsonde/(io|posix)[.]h>$|^src/io/"
	allow src/report "^<[^n][^>]*>$|$contract|^<natsonde/(report|saved|stream|check)[.]h>$|^src/report/"
	allow src/shared "^<[^n][^>]*>$|^<natsonde/[a-z]+[.]h>$|^src/shared/"
	allow src/cli "^<[^n][^>]*>$|^<natsonde/[a-z]+[.]h>$|^src/(cli|shared)/"
	# ESP-IDF's headers have no folder of their own.
	allow src/esp "^<[^n][^>]*>$|^<net[^>]*>$|^<natsonde/[a-z]+[.]h>$|^src/esp/|^src/(esp|cJSON|sdkconfig)[a-z_]*[.]h$|^src/freertos/|^src/argtable3/|^src/natsonde_esp[.]h$|^src/io/(descriptor|host|sockets)[.]h$|^src/report/json_(tree|pieces)[.]h$|^src/shared/"
	grep -rliE 'include *<cjson|cJSON' src include --include='*.[ch]' | grep -vE '^src/report/json[a-z_]*[.][ch]$|^src/esp/' |
		sed 's/$/ uses cJSON/'
	grep -lE 'include *<stdio' include/natsonde/*.h | grep -v /report.h | sed 's/$/ includes stdio.h/'
	grep -lE 'include *<sys/' include/natsonde/*.h | grep -v /posix.h | sed 's/$/ includes a header of the system/'
	grep -L '^extern "C" {$' $(grep -lE '^[a-z].*[(]|^extern' include/natsonde/*.h) | sed 's/$/ cannot be used from C++: no extern "C"/'
}

completions() {
	local shell
	make -s BUILD=$out/make $out/make/complete || { echo "the generator does not build"; return; }
	mkdir -p $out/completions
	for shell in bash zsh fish; do $out/make/complete $shell $out/completions || echo "$shell cannot be written"; done
	diff -ru completions $out/completions -x '*.c' -x '*.o' && return
	echo "completions/ does not match the option table: make completions"
}

# The options of the table, as the completions list them, and those of the man page; the same with the keys of --simulate.
table_options() { sed -n "s/.*words='\(-[^']*\)'.*/\1/p" completions/natsonde.bash | tr ' ' '\n' | sort; }
manual_options() { sed -n 's/^\.It Fl/Fl/p' docs/natsonde.1 | grep -o 'Fl [^ ,]*' | sed 's/Fl /-/' | sort; }
table_keys() { sed -n "s/.*keys='\([^']*\)'.*/\1/p" completions/natsonde.bash | tr -d = | tr ' ' '\n' | sort; }
manual_keys() { sed -n '/^\.Sh SIMULATION/,/^\.Sh [^S]/p' docs/natsonde.1 | sed -n 's/^\.It Cm//p' | tr -d ',' | tr ' ' '\n' | grep . | sort; }

manual() {
	comm -3 <(table_options) <(manual_options) | sed 's/^\t/only in the man page: /; s/^-/only in the option table: -/'
	comm -3 <(table_keys) <(manual_keys) | sed 's/^\t/only in the man page: /; s/^[a-z-]*$/only a key of --simulate: &/'
	[ -n "$(table_options)" ] && [ -n "$(table_keys)" ] || echo "no options found to compare"
}

# Every option, long or its short twin, is in --help all and in at least one case of the command line.
shown() {
	local option help
	make -s BUILD=$out/make $out/make/natsonde || { echo "the command does not build"; return; }
	help=$($out/make/natsonde --help all)
	table_options | grep '^--' | while read -r option; do
		grep -q -- "$option" <<<"$help" || echo "$option is not in --help all"
		grep -qE -- "(^|[[:space:]])($option|$(twin "$option" <<<"$help"))([=[:space:]]|$)" tests/cli/*.tsv tests/cli/*.sh tests/cli/*.py ||
			echo "$option is in no case of tests/cli"
	done
}
twin() { sed -n "s/^ *\(-[a-zA-Z0-9]\), $1[ ,].*/\1/p" | grep . || echo "$1"; }

long_functions() {
	find src include -name '*.[ch]' -print0 |
		xargs -0 ctags -x --kinds-C=f --fields=+ne --_xformat='%F %N %n %{end}' |
		awk '$4 - $3 + 1 > 60 { print $1 ": " $2 " has " $4 - $3 + 1 " lines, more than 60" }'
}

long_files() {
	find src include -name '*.[ch]' -print0 | xargs -0 wc -l |
		awk '$2 != "total" && $1 > 400 { print $2 " has " $1 " lines, more than 400" }'
	wc -l src/cli/main.c | awk '$1 > 100 { print "src/cli/main.c has " $1 " lines, more than 100" }'
}

scripts() {
	local file
	shell_files | while read -r file; do
		case $file:$(head -n 1 "$file" | tr -d '\0') in
		*:'#!'*bash* | *.bash:* | tests/netns/*.sh:*) bash -n "$file" ;;
		*:'#!/bin/sh'* | *.sh:*) sh -n "$file" ;;
		esac
	done
}

# British spelling, but for names that others have given.
spelling() {
	local words='color|favor|honor|neighbor|behavior|center|gray|artifact|fulfill|defense|catalog|judgment'
	words+='|(un)?(initial|recogn|organ|normal|synchron|optim|minim|maxim|summar|serial|random|util|priorit|author|custom|real'
	words+='|special|general|emphas|categor|character|final|local|visual|standard)i(ze|zing|zation)|(anal|paral)yz|(cancel|label|model|signal|travel)(ed|ing)\\b'
	find README.md CHANGELOG.md Makefile docs src include tests completions .ci -type f ! -path 'tests/fuzz/corpus/*' \
		! -path tests/lint.sh -exec grep -HnEi "$words" {} + 2>/dev/null |
		sed -E 's/_stun-behavior|NO_COLOR|no-color[.]org|list-colors|-artifact_prefix|(Filtering|NAT) Behavior\b|Behavioral Requirements//g' |
		grep -Ei ":[0-9]+:.*($words)"
}

if needs gcc "gcc"; then
	# shellcheck disable=SC2086 # words
	check "gcc -std=c11" compile $out-gcc gcc -std=c11 -O2 $warn $cares
	# shellcheck disable=SC2086
	check "gcc -std=c2x" compile $out-c2x gcc -std=c2x -O1 $warn
	check "core reaches memory functions only" reach $out-gcc core
	check "sim reaches memory functions only" reach $out-gcc sim
	case $(uname -m) in
	x86_64 | aarch64) check "core and sim have no floating point" no_floating_point ;;
	esac
	[ "$(uname -m)" = x86_64 ] && check "core has no 64-bit division" no_wide_division
	check "completions match the option table" completions
fi
# shellcheck disable=SC2086
needs clang "clang" && check "clang -std=c11" compile $out-clang clang -std=c11 -O1 $warn $cares
check "layers include what they may" layers
check "man page matches the option table" manual
check "every option is in --help all and in a case" shown
needs mandoc "mandoc -T lint" && check "mandoc -T lint" mandoc -T lint -W warning docs/natsonde.1
if needs ctags "length of functions" && ctags --version | grep -q Universal; then
	check "functions fit a screen" long_functions
fi
check "files are short" long_files
check "shell scripts parse" scripts
check "spelling is British" spelling

[ "${CI:-}" = true ] && failed=$((failed + skipped))
echo "lint: $failed failed, $skipped skipped"
[ $failed -eq 0 ]
