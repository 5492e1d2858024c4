#!/bin/bash
# libcjson's sources, from Debian's source package, into the directory given: there is no cross-compiled libcjson to install.
# The machine's own package lists stay as they are. Says why and fails where it cannot be had.
set -u
dir=$(realpath -m "$1")
[ -e "$dir/cJSON.c" ] && exit 0
sources=/etc/apt/sources.list.d/debian.sources
mkdir -p "$dir"/{etc,state/lists/partial,cache/archives/partial,cjson} || exit 1
if [ -e $sources ]; then
	sed 's/^Types:.*/Types: deb-src/' $sources >"$dir/etc/natsonde.sources"
else
	sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$dir/etc/natsonde.list"
fi
options=(-qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$dir/etc" -o "Dir::State=$dir/state"
	-o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root)
cd "$dir" || exit 1
if ! apt-get "${options[@]}" update 2>log || ! apt-get "${options[@]}" source --download-only cjson >log 2>&1; then
	echo "no sources of cjson: $(tail -n 1 log)"
	exit 1
fi
tar -xzf cjson_*.orig.tar.gz --strip-components=1 --wildcards '*/cJSON.[ch]' && cp cJSON.h cjson/
