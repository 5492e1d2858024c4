# natsonde: make, make test, make lint, make fuzz, make bench, make run, make install, make uninstall, make dist. What you may set:
CC       ?= cc
CFLAGS   ?= -O2 -g
LDFLAGS  ?=
BUILD    ?= build
FUZZ_SECONDS ?= 60
PREFIX   ?= /usr/local
LIBDIR   ?= $(PREFIX)/lib
DESTDIR  ?=
ifndef CARES
CARES := $(shell pkg-config --exists libcares 2>/dev/null && echo yes)
endif
# Nothing is meant to be changed below this line.

VERSION := $(shell sed -n 's/^.define NATSONDE_VERSION "\(.*\)"$$/\1/p' include/natsonde/report.h)
SO = libnatsonde.so
SONAME = $(SO).$(firstword $(subst ., ,$(VERSION)))

# DNS SRV records need c-ares; without it (CARES=no) a bare domain is looked up as a host alone.
ifeq ($(CARES),yes)
cares_cflags = -DNATSONDE_HAS_CARES
cares_libs = -lcares
cares_requires = , libcares
endif
LIBS = -lcjson $(cares_libs) -lpthread

WARN = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
ALL_CFLAGS = -std=c11 $(WARN) -Iinclude -Isrc $(cares_cflags) -MMD -MP $(CFLAGS)

core   := $(wildcard src/core/*.c src/core/behaviour/*.c)
sim    := $(wildcard src/sim/*.c)
io     := $(wildcard src/io/*.c)
report := $(wildcard src/report/*.c)
cli    := $(wildcard src/cli/*.c src/shared/*.c)
library := $(core) $(sim) $(io) $(report)
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
unit   := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
matrix := $(patsubst tests/matrix/%.c,$(BUILD)/matrix/%,$(wildcard tests/matrix/test_*.c))

.PHONY: all run test unit matrix cli install-test netns lint embedded size fuzz bench bench-docs completions install uninstall dist clean
all: natsonde

natsonde: $(BUILD)/natsonde
	@cp $< $@

$(BUILD)/natsonde: $(call objects,$(cli)) $(BUILD)/libnatsonde.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/libnatsonde.a: $(call objects,$(library))
	@rm -f $@
	$(AR) rcs $@ $^

# The shared library exports what include/natsonde declares, and nothing else.
$(BUILD)/$(SONAME): $(patsubst $(BUILD)/%,$(BUILD)/pic/%,$(call objects,$(library))) $(BUILD)/exports.map
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--version-script,$(BUILD)/exports.map -o $@ \
		$(filter %.o,$^) $(LIBS)
$(BUILD)/exports.map: $(wildcard include/natsonde/*.h)
	@mkdir -p $(@D)
	@{ echo '{ global:'; grep -hoE '\bnatsonde_[a-z0-9_]+[[(]' $^ | sort -u | sed 's/.$$/;/'; echo 'local: *; };'; } >$@

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(BUILD)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -c -o $@ $<

# Unit and matrix tests: one program a file, with cmocka.
$(unit) $(matrix): $(BUILD)/%: tests/%.c $(BUILD)/libnatsonde.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(filter %.o,$^) $(BUILD)/libnatsonde.a -lcmocka $(LIBS)
$(addprefix $(BUILD)/unit/,test_options test_expect test_redact test_turn): $(filter-out %/main.o,$(call objects,$(cli)))

# A real discovery; where no server can be reached, the same program on the embedded simulated network.
run: natsonde
	@tests/demo.sh ./natsonde

installable = $(BUILD)/natsonde $(BUILD)/libnatsonde.a $(BUILD)/$(SONAME)
test: $(installable) $(unit) $(matrix) $(BUILD)/natbox $(BUILD)/liar
	@NATSONDE=$(BUILD)/natsonde BUILD=$(BUILD) tests/run.sh unit matrix cli install netns
unit: $(unit)
	@BUILD=$(BUILD) tests/run.sh unit
matrix: $(matrix)
	@BUILD=$(BUILD) tests/run.sh matrix
cli: $(BUILD)/natsonde
	@NATSONDE=$(BUILD)/natsonde BUILD=$(BUILD) tests/run.sh cli
install-test: $(installable)
	@BUILD=$(BUILD) tests/run.sh install
netns: $(BUILD)/natsonde $(BUILD)/natbox $(BUILD)/liar
	@NATSONDE=$(BUILD)/natsonde BUILD=$(BUILD) tests/run.sh netns

# The laboratory's NAT: the simulator's, between two TUN devices.
$(BUILD)/natbox: $(BUILD)/tests/netns/natbox.o $(BUILD)/tests/netns/packet.o $(BUILD)/tests/netns/fragments.o $(BUILD)/libnatsonde.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^
# And its servers with a fault: the simulator's, on real sockets.
$(BUILD)/liar: $(BUILD)/tests/netns/liar.o $(BUILD)/libnatsonde.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/complete: $(BUILD)/completions/generate.o $(filter-out %/main.o,$(call objects,$(cli))) $(BUILD)/libnatsonde.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
completions: $(BUILD)/complete
	@for shell in bash zsh fish; do $(BUILD)/complete $$shell completions || exit 1; done

lint:
	@tests/lint.sh

# The ESP32-S3, without one: core on two 32-bit targets, the ESP-IDF component, Debian's lwIP (docs/esp32.md).
embedded: $(BUILD)/natsonde $(BUILD)/natbox
	@BUILD=$(BUILD) tests/embedded/run.sh
size:
	@BUILD=$(BUILD) tests/embedded/size.sh

fuzz:
	@FUZZ_SECONDS=$(FUZZ_SECONDS) BUILD=$(BUILD) tests/fuzz/run.sh

# For a package: make install DESTDIR=/tmp/package PREFIX=/usr LIBDIR=/usr/lib/x86_64-linux-gnu
to = $(DESTDIR)$(PREFIX)
tolib = $(DESTDIR)$(LIBDIR)
headers = $(notdir $(wildcard include/natsonde/*.h))
bash_completion = share/bash-completion/completions
zsh_completion = share/zsh/site-functions
fish_completion = share/fish/vendor_completions.d

install: $(installable)
	install -d $(to)/bin $(to)/include/natsonde $(to)/share/man/man1 $(tolib)/pkgconfig \
		$(to)/$(bash_completion) $(to)/$(zsh_completion) $(to)/$(fish_completion)
	install -m 755 $(BUILD)/natsonde $(to)/bin/natsonde
	install -m 644 $(addprefix include/natsonde/,$(headers)) $(to)/include/natsonde
	install -m 644 $(BUILD)/libnatsonde.a $(tolib)/libnatsonde.a
	install -m 755 $(BUILD)/$(SONAME) $(tolib)/$(SO).$(VERSION)
	ln -sf $(SO).$(VERSION) $(tolib)/$(SONAME)
	ln -sf $(SONAME) $(tolib)/$(SO)
	sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|; s|@CARES@|$(cares_requires)|' natsonde.pc.in >$(BUILD)/natsonde.pc
	install -m 644 $(BUILD)/natsonde.pc $(tolib)/pkgconfig/natsonde.pc
	install -m 644 docs/natsonde.1 $(to)/share/man/man1/natsonde.1
	install -m 644 completions/natsonde.bash $(to)/$(bash_completion)/natsonde
	install -m 644 completions/_natsonde $(to)/$(zsh_completion)/_natsonde
	install -m 644 completions/natsonde.fish $(to)/$(fish_completion)/natsonde.fish

uninstall:
	rm -f $(addprefix $(tolib)/,libnatsonde.a $(SO) $(SONAME) $(SO).$(VERSION) pkgconfig/natsonde.pc) \
		$(addprefix $(to)/,bin/natsonde share/man/man1/natsonde.1 $(addprefix include/natsonde/,$(headers)) \
			$(bash_completion)/natsonde $(zsh_completion)/_natsonde $(fish_completion)/natsonde.fish)
	@rmdir $(to)/include/natsonde 2>/dev/null || true

# Benchmarks, outside the tests: half an hour for all of them. make bench BENCH=truth does one. bench-docs also writes them to
# docs/benchmarks.md, with the last results of those that BENCH leaves out.
BENCH ?= truth cost speed
bench_programs = $(BUILD)/bench/truth $(BUILD)/bench/cost
$(bench_programs): $(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libnatsonde.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka
bench bench-docs: $(BUILD)/natsonde $(BUILD)/natbox $(bench_programs)
	@NATSONDE=$(BUILD)/natsonde BUILD=$(BUILD) CC="$(CC)" tests/bench/run.sh $(if $(filter bench-docs,$@),--docs) $(BENCH)

# What is committed, as $(BUILD)/natsonde-VERSION.tar.gz.
dist:
	@mkdir -p $(BUILD)
	git archive --prefix=natsonde-$(VERSION)/ -o $(BUILD)/natsonde-$(VERSION).tar.gz HEAD

clean:
	rm -rf build natsonde

-include $(wildcard $(addprefix $(BUILD)/,src/*/*.d src/*/*/*.d pic/src/*/*.d pic/src/*/*/*.d tests/*/*.d completions/*.d unit/*.d matrix/*.d))
