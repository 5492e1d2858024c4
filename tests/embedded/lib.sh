#!/bin/bash
# Cross compilers and emulators from Debian packages: what the lanes and make size share. Sourced in the root of the tree.
#   rv32imc is the instruction set of the ESP32-C3 and stands for 32-bit targets with uint32_t as unsigned long, as on the
#   ESP32-S3; lx106 is the only Xtensa that Debian has a compiler for (ESP8266), and traps unaligned access.
BUILD=${BUILD:-build}
out=$BUILD/embedded
lane_src=tests/embedded
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
warn="-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla"
small="-std=c11 -Os -g -ffunction-sections -fdata-sections -Iinclude -Isrc"
core=(src/core/*.c src/core/behaviour/*.c)
sim=(src/sim/*.c)
report=(src/report/*.c)
xtensa_specs=/usr/lib/xtensa-lx106-elf/picolibc.specs

# The component as CMakeLists.txt puts it together for a chip. named LIST: the files of one of its lists.
named() {
	awk -v start="set($1 " 'index($0, start) == 1 { on = 1 } on { print } /[)]/ { on = 0 }' CMakeLists.txt | tr -s ' ()' '\n' |
		grep '[.]c$'
}
mapfile -t shared < <(named shared)
mapfile -t lwip_io < <(named io)
mapfile -t glue < <(named glue)
component=("${core[@]}" "${report[@]}" "${shared[@]}" "${glue[@]}")
idf="-DESP_PLATFORM -I$lane_src/idf-headers -Isrc/esp/include -I$lane_src"
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all"

host_cc() { cc $small "$@"; }
riscv_cc() { riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32 --specs=picolibc.specs $small "$@"; }
xtensa_cc() { xtensa-lx106-elf-gcc --specs=$xtensa_specs $small "$@"; }

# The component on this host, with header stand-ins; glue: over the kernel's sockets, further: the same with all tests and room
# for more IPv6 addresses than by default, lwip: socket files over Debian's lwIP.
glue_cc() { cc $small $idf -std=gnu17 -O1 $sanitize "$@"; }
further_cc() { cc $small $idf -DCONFIG_NATSONDE_FURTHER_TESTS=1 -DCONFIG_LWIP_IPV6_NUM_ADDRESSES=12 -std=gnu17 -O1 $sanitize "$@"; }
lwip_cc() { cc $small $idf -std=gnu17 -O1 $lane_names "$@"; }
lane_names=
for name in socket close poll recvfrom sendto fcntl; do lane_names+=" -D$name=lane_$name"; done
for name in bind connect send recv getsockopt setsockopt getsockname; do lane_names+=" -D$name=lwip_$name"; done

host_link() { host_cc -Wl,--gc-sections "$@"; }
riscv_link() {
	riscv_cc --oslib=semihost --crt0=semihost -Wl,--gc-sections -Wl,--defsym=__flash=0x80000000 \
		-Wl,--defsym=__flash_size=0x200000 -Wl,--defsym=__ram=0x80200000 -Wl,--defsym=__ram_size=0x200000 "$@"
}
xtensa_link() {
	xtensa_cc -nostartfiles -nostdlib -Wl,--gc-sections -T $lane_src/xtensa.ld $lane_src/start.S $lane_src/simcall.c \
		$lane_src/rt.c "$@" -Wl,--start-group -lc -lgcc -Wl,--end-group -Wl,--no-warn-rwx-segments
}

host_run() { timeout 60 "$@"; }
# Without a file to run, QEMU would spin for ever. What a RISC-V program prints comes out on stderr.
riscv_run() {
	timeout 120 qemu-system-riscv32 -M virt -m 8M -nographic -monitor none -serial none -bios none \
		-semihosting-config enable=on,target=native -kernel "$1" 2>&1 </dev/null
}
xtensa_run() {
	timeout 120 qemu-system-xtensa -M sim -cpu lx106 -nographic -monitor none -serial none \
		-semihosting-config enable=on,target=native -kernel "$1" </dev/null
}

# lacks TARGET: what is missing for it here; nothing if it is all there.
lacks() {
	local program
	case $1 in
	riscv) set -- riscv64-unknown-elf-gcc qemu-system-riscv32 ;;
	xtensa) set -- xtensa-lx106-elf-gcc qemu-system-xtensa ;;
	esac
	for program in "$@"; do
		command -v "$program" >/dev/null || echo "no $program"
	done
	case $1 in
	riscv*) [ -e "$(riscv64-unknown-elf-gcc -print-sysroot 2>/dev/null)/../picolibc" ] || [ -n "$(find /usr/lib -name picolibc.specs \
		-path '*riscv64*' 2>/dev/null)" ] || echo "no picolibc for riscv64-unknown-elf" ;;
	xtensa*) [ -e $xtensa_specs ] || echo "no picolibc for xtensa-lx106-elf" ;;
	esac
}

# compile TARGET FILE...: objects, with the frame of every function and who calls whom beside them, into $out/TARGET.
compile() {
	local target=$1
	shift
	export -f "${target}_cc"
	export small xtensa_specs warn out target idf sanitize lane_names
	printf '%s\n' "$@" | xargs -P "$jobs" -I{} bash -c '
		object=$out/$target/${1%.c}.o
		mkdir -p "${object%/*}"
		"${target}_cc" $warn -Werror -fcallgraph-info=su -c -o "$object" "$1"' bash {}
}

# objects TARGET FILE...: the names that compile gave them.
objects() {
	local target=$1 file
	shift
	for file in "$@"; do echo "$out/$target/${file%.c}.o"; done
}

# program TARGET NAME OBJECT...: links $lane_src/NAME.c with these.
program() {
	local target=$1 name=$2
	shift 2
	"${target}_link" $warn -Werror -I$lane_src -I"$out" -o "$out/$target/$name" $lane_src/"$name".c "$@"
}
