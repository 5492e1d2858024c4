#!/bin/bash
# What make install leaves behind, as those use it who build on it: files, library, examples, completions, JSON Schema.
# Env: BUILD (build): what is installed, CC, CFLAGS, LDFLAGS: how it was built. With CI=true nothing may be skipped.
# Traffic stays on the loopback interface.
set -u
cd "$(dirname "$0")/../.." || exit 1
PATH=$PATH:/usr/sbin:/sbin
export BUILD=${BUILD:-build}
unset MAKEFLAGS MFLAGS MAKELEVEL
work=$(mktemp -d "${TMPDIR:-/tmp}/natsonde-install.XXXXXX")
server_pid=""
trap 'kill $server_pid 2>/dev/null; rm -rf "$work"' EXIT
. tests/result.sh
prefix=/opt/natsonde
root=$work/root$prefix
version=$(sed -n 's/^#define NATSONDE_VERSION "\(.*\)"$/\1/p' include/natsonde/report.h)
warn=$(sed -n 's/^WARN = //p' Makefile)

# lacks NAME PROGRAM...: says what is missing, and is true then.
lacks() {
	local name=$1
	shift
	command -v "$@" >/dev/null && return 1
	echo "skip $name: it needs $*"
	skipped=$((skipped + 1))
}

# script COMMAND...: a test that says "ok NAME", "FAIL NAME: why", "skip NAME: why" itself.
script() {
	local line
	while IFS= read -r line; do
		case $line in
		"ok "*) passed=$((passed + 1)) ;;
		"skip "*) echo "$line"; skipped=$((skipped + 1)) ;;
		*) echo "FAIL ${line#FAIL }"; failed=$((failed + 1)) ;;
		esac
	done < <("$@" 2>&1 || echo "FAIL $*: it ended with status $?")
}

put() { (umask 077 && make -s "$@" DESTDIR="$work/root" PREFIX=$prefix) 2>&1; }
files_in() { (cd "$1" && find . ! -type d | sed 's|^\./||' | sort); }

expected() {
	printf '%s\n' bin/natsonde lib/libnatsonde.a lib/libnatsonde.so lib/libnatsonde.so.0 "lib/libnatsonde.so.$version" \
		lib/pkgconfig/natsonde.pc share/man/man1/natsonde.1 share/bash-completion/completions/natsonde \
		share/zsh/site-functions/_natsonde share/fish/vendor_completions.d/natsonde.fish
	(cd include && printf 'include/%s\n' natsonde/*.h)
}

installed_files() {
	result "make install" "$(put install)"
	result "installed files" "$(diff <(expected | sort) <(files_in "$root"))"
	result "installed again" "$(put install)"
	result "everybody may read" "$(find "$work/root" ! -type l ! -perm -444 ; find "$root" -type d ! -perm -555)"
	result "installed program" "$([ "$("$root/bin/natsonde" --version)" = "natsonde $version" ] || "$root/bin/natsonde" --version 2>&1)"
}

uninstalled_files() {
	touch "$root/include/natsonde/mine"
	result "make uninstall" "$(put uninstall)"
	result "nothing of it is left, and nothing else is gone" "$(diff <(echo include/natsonde/mine) <(files_in "$root"))"
	rm "$root/include/natsonde/mine"
	put install LIBDIR=$prefix/lib/triplet >/dev/null
	result "LIBDIR" "$([ -e "$root/lib/triplet/libnatsonde.so" ] && ! ls "$root"/lib/*natsonde* 2>/dev/null || echo "it goes elsewhere")" \
		"$(grep -x "libdir=$prefix/lib/triplet" "$root/lib/triplet/pkgconfig/natsonde.pc" >/dev/null || echo "natsonde.pc does not know")"
	put uninstall LIBDIR=$prefix/lib/triplet >/dev/null
	result "nothing is left" "$(files_in "$root")" "$(ls -d "$root/include/natsonde" 2>/dev/null)"
}

# What the shared library offers is what the headers promise.
exported_symbols() {
	local library=$root/lib/libnatsonde.so.$version
	lacks "exported symbols" nm && return
	nm -D --defined-only "$library" | awk '{ print $3 }' | sort >"$work/exported"
	# What is defined in a header is no symbol.
	grep -hv '^static inline' include/natsonde/*.h | grep -ohE '\bnatsonde_[a-z0-9_]+[[(]' | tr -d '([' | sort -u >"$work/declared"
	result "exported symbols" "$(grep -v '^natsonde_' "$work/exported")" "$(diff "$work/declared" "$work/exported")"
	result "symbols of the static library" "$(nm -A --defined-only -g "$root/lib/libnatsonde.a" | awk '{ print $NF }' | grep -vE '^(natsonde|__odr_asan[.]natsonde)_')"
	result "SONAME" "$(objdump -p "$library" | awk '$1 == "SONAME" && $2 != "libnatsonde.so.0"')"
}

# pc ARGUMENT...: pkg-config for the installed tree.
pc() {
	PKG_CONFIG_PATH=$root/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$work/root pkg-config "$@"
}

# shellcheck disable=SC2086 # flags are words
compile() { "${CC:-cc}" $warn -Werror ${CFLAGS:-} -o "$work/$1" "docs/examples/$1.c" ${LDFLAGS:-} "${@:2}" 2>&1; }

# Every declaration is there for C++ too, and is found in the library under its C name.
from_cplusplus() {
	lacks "headers in C++" c++ && return
	{
		printf '#include <natsonde/%s>\n' $(cd include/natsonde && ls)
		echo 'const void *const all[] = {'
		sed 's/.*/(const void *)\&&,/' "$work/declared"
		echo '}; int main(int argc, char **) { return all[argc] == nullptr; }'
	} >"$work/all.cc"
	# shellcheck disable=SC2086,SC2046
	result "headers in C++" "$(c++ -std=c++11 -Wall -Wextra -Werror ${CFLAGS:-} -o "$work/all" "$work/all.cc" ${LDFLAGS:-} $(pc --cflags --libs natsonde) 2>&1)"
	result "the library from C++" "$(LD_LIBRARY_PATH=$root/lib "$work/all" 2>&1 || echo "it ended with status $?")"
}

# An RFC 5780 server on the loopback interface; $port is its first one.
start_server() {
	for _ in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 10000))
		turnserver -n --stun-only --no-tls --no-dtls --no-cli --listening-ip 127.0.0.1 --listening-ip 127.0.0.2 -p $port \
			--alt-listening-port $((port + 1)) --simple-log --log-file "$work/server.log" --pidfile "$work/server.pid" \
			--userdb "$work/server.db" $(turnserver --help 2>&1 | grep -o -- ' --rfc5780' | head -n 1) >"$work/server.out" 2>&1 &
		server_pid=$!
		for _ in {1..50}; do
			[ "$("$root/bin/natsonde" -s -w 0.5 127.0.0.1:$port)" = "ipv4 open eim eif verified 127.0.0.1" ] && return 0
			kill -0 $server_pid 2>/dev/null || break
			sleep 0.1
		done
		kill $server_pid 2>/dev/null
	done
	return 1
}

# The loopback interface has no NAT and lets everybody in.
examples() {
	local found
	lacks "examples" pkg-config && return
	lacks "examples" turnserver && return
	start_server || { result "examples" "no server: $(tail -n 3 "$work/server.log" "$work/server.out")"; return; }
	export LD_LIBRARY_PATH=$root/lib
	# shellcheck disable=SC2046
	result "poll.c is built" "$(compile poll $(pc --cflags --libs natsonde))" \
		"$(awk 'END { if (NR >= 80) print "it has " NR " lines" }' docs/examples/poll.c)"
	found=$("$work/poll" 127.0.0.1 $((port + 2)) 127.0.0.1 $port 2>&1)
	result "poll.c" "$([ "$found" = "open: peers find this socket at 127.0.0.1:$((port + 2))" ] || echo "$found")"
	# shellcheck disable=SC2046
	result "poll.c with the static library" "$(compile poll $(pc --cflags --libs --static natsonde | sed 's/-lnatsonde/-l:libnatsonde.a/'))"
	found=$(LD_LIBRARY_PATH='' "$work/poll" 127.0.0.1 $((port + 2)) 127.0.0.1 $port 2>&1)
	result "poll.c, static" "$([ "$found" = "open: peers find this socket at 127.0.0.1:$((port + 2))" ] || echo "$found")"
	if ! pc --exists libuv; then
		lacks "libuv.c" libuv1-dev
		return
	fi
	# shellcheck disable=SC2046
	result "libuv.c is built" "$(compile libuv $(pc --cflags --libs natsonde libuv))"
	found=$("$work/libuv" 127.0.0.1 $port 2>&1)
	result "libuv.c" "$(diff <(printf '%s\n' "nat: none, verified" "mapping: endpoint-independent, verified" \
		"filtering: endpoint-independent, verified" "p2p: open, verified" "alg: none, verified") <(sed '$d' <<<"$found"))" \
		"$(tail -n 1 <<<"$found" | grep -qE "^peers find this program's socket at 127.0.0.1:[0-9]+$" || echo "$found")"
}

dist() {
	lacks "make dist" git && return
	git rev-parse HEAD >/dev/null 2>&1 || { lacks "make dist" "a-git-repository"; return; }
	result "make dist" "$(make -s BUILD="$work" dist 2>&1)" \
		"$(diff <(git ls-tree -r --name-only HEAD | sed "s|^|natsonde-$version/|" | sort) \
			<(tar tzf "$work/natsonde-$version.tar.gz" | grep -v '/$' | sort))"
}

installed_files
exported_symbols
from_cplusplus
examples
unset LD_LIBRARY_PATH
lacks "completions" python3 || script python3 tests/install/completions.py "$root"
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	script /usr/bin/python3 tests/install/schema.py "$root/bin/natsonde"
else
	lacks "JSON Schema" python3-jsonschema
fi
dist
uninstalled_files
echo "install: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
