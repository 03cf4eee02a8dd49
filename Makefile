# SPDX-License-Identifier: Apache-2.0
# Builds, tests and installs siplock; doc/contributing.md has the targets.
VERSION = 0.1.0
ABI = 0
B ?= build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
TIME ?= 60
OS := $(shell uname -s)
DEPS = build/deps

# ---- sources ------------------------------------------------------------
SRC := $(wildcard $(patsubst %,%/*.c,sip sip/base sdp tls media push ua))
TOOLS := $(wildcard tools/*.c)
HELP := $(filter-out test/interpose.c,$(wildcard test/*.c)) fuzz/mutate.c
E2EHELP := $(wildcard test/e2e/harness/*.c)
UNIT := $(wildcard test/unit/*.c)
SIM := $(wildcard test/sim/*.c)
E2E := $(wildcard test/e2e/*.c)
BENCH := $(wildcard test/bench/*.c)
PEER := $(filter-out test/bench/peer/main.c,$(wildcard test/bench/peer/*.c))
# Not targets: what replays, what changes messages, and the target that needs
# the benchmark's peers.
NOFUZZ = $(addprefix fuzz/,replay.c mutate.c mutator.c sip_peers.c)
FUZZ := $(filter-out $(NOFUZZ),$(wildcard fuzz/*.c))
FUZZPEER := $(wildcard fuzz/peer/*.c)
SYMS = ua/siplock.sym

# ---- flags --------------------------------------------------------------
WARN = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef -Wvla -Wswitch-enum
KNOWN := $(shell $(CC) --version 2>/dev/null | grep -ciE 'gcc|clang|free')
WERROR ?= $(if $(filter-out 0,$(KNOWN)),-Werror)
OPT ?= -O2 -g
CFLAGS ?=
POSIX = -D_POSIX_C_SOURCE=200809L
# The list in ua/siplock.sym decides at the link what is visible, so that the
# public header stays free of attributes.
PIC = -fPIC -fno-semantic-interposition
SANFLAGS = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer)
# Atomic: threads count in the same places.
COVFLAGS = $(if $(COV),--coverage -fprofile-update=atomic)
ALLCFLAGS = -std=c11 $(POSIX) -I. $(OWNFLAGS) -isystem $(DEPS)/include $(DEP_CFLAGS) $(OPT) \
	$(WARN) $(WERROR) $(PIC) $(SANFLAGS) $(COVFLAGS) $(CFLAGS)
# OWN=1: an mbedTLS of our own configuration (tools/mbedtls_own.h) instead of
# the distribution's; take another B= for it.
TLSLIBS = -lmbedtls -lmbedx509 -lmbedcrypto
ifdef OWN
OWNDIR = $(DEPS)/own
OWNFLAGS = -isystem $(OWNDIR)/include \
	-DMBEDTLS_CONFIG_FILE='"mbedtls_own.h"'
TLSLIBS = -L$(OWNDIR)/lib -lmbedown
endif
LIBS = $(TLSLIBS) -luv -lcares -lsrtp2 -lopus \
	-lspeexdsp $(LDLIBS)
TOOLLIBS = -ljansson -lm
TESTLIBS = -lcmocka -ljansson -lm
LINK = $(CC) $(SANFLAGS) $(COVFLAGS) -L$(DEPS)/lib $(DEP_LDFLAGS) $(LDFLAGS)

ifeq ($(OS),Darwin)
POSIX = -D_DARWIN_C_SOURCE
DEP_CFLAGS = $(shell pkg-config --cflags libuv libcares jansson cmocka \
	libsrtp2 opus speexdsp)
DEP_LDFLAGS = $(shell pkg-config --libs-only-L libuv libcares jansson cmocka \
	libsrtp2 opus speexdsp)
SHARED = -dynamiclib -Wl,-exported_symbols_list,$(B)/siplock.exports \
	-install_name @rpath/libsiplock.dylib
HIDE = ld -r -exported_symbols_list $(B)/siplock.exports
RPATH_LIB = -Wl,-rpath,@loader_path
RPATH_BIN = -Wl,-rpath,@loader_path/../lib
else
POSIX += -D_DEFAULT_SOURCE
SHARED = -shared -Wl,-soname,libsiplock.so.$(ABI) \
	-Wl,--version-script,$(B)/siplock.exports -Wl,-z,defs \
	-Wl,-z,relro,-z,now
HIDE = ld -r
# In the build tree the unpacked mbedTLS is below build/deps; installed it
# is below lib/siplock. A RUNPATH serves direct needs only: name all three.
RPATH_LIB = -Wl,--enable-new-dtags,--no-as-needed \
	-Wl,-rpath,'$$ORIGIN/deps/lib:$$ORIGIN/siplock'
RPATH_BIN = -Wl,--enable-new-dtags,--no-as-needed -Wl,-z,relro,-z,now \
	-Wl,-rpath,'$$ORIGIN/deps/lib:$$ORIGIN/../lib/siplock'
endif
RPATH_TEST = -Wl,-rpath,$(CURDIR)/$(DEPS)/lib
ifndef V
.SILENT:
SAY = @echo
else
SAY = @:
endif

# ---- objects ------------------------------------------------------------
obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIBOBJ = $(call obj,$(SRC))
# The same, but tls/policy with the listening ticket that only tools/ and
# test/ may have; it is absent from libsiplock.
OPENOBJ = $(patsubst %/tls/policy.o,%/tls/policy.tools.o,$(LIBOBJ))
TOOLOBJ = $(call obj,$(filter-out tools/main.c,$(TOOLS)))
TESTLIB = $(B)/libtest.a
E2ELIB = $(B)/libe2e.a
ALLOBJ = $(LIBOBJ) $(OPENOBJ) $(call obj,$(TOOLS) $(HELP) $(E2EHELP) \
	$(UNIT) $(SIM) $(E2E) $(BENCH) $(FUZZ) $(NOFUZZ))

UNITBIN = $(patsubst test/unit/%.c,$(B)/test/unit/%,$(UNIT))
SIMBIN = $(if $(SIM),$(B)/test/sim)
E2EBIN = $(patsubst test/e2e/%.c,$(B)/test/e2e/%,$(E2E))
REPLAYBIN = $(patsubst fuzz/%.c,$(B)/replay/%,$(FUZZ))
FUZZBIN = $(patsubst fuzz/%.c,$(B)/fuzz/%,$(FUZZ))
BENCHBIN = $(patsubst test/bench/%.c,$(B)/bench-%,$(BENCH))
PEERBIN = $(patsubst test/bench/peer/%.c,$(B)/bench-%,$(PEER))
INTERPOSE = $(B)/test/interpose.so
FAST = $(UNITBIN) $(SIMBIN) $(REPLAYBIN)

all: $(B)/libsiplock.a $(B)/libsiplock.so $(B)/siplock

TLSOK = $(DEPS)/lib.ok $(if $(OWN),$(DEPS)/own.ok)

$(B)/obj/%.o: %.c | $(TLSOK)
	$(SAY) "  cc    $<" >&2
	mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) $(EXTRA) -MMD -MP -c -o $@ $<

$(B)/obj/%.tools.o: %.c | $(TLSOK)
	$(SAY) "  cc    $< (tools)" >&2
	mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) -DPOLICY_FOR_TOOLS -MMD -MP -c -o $@ $<

$(B)/obj/tools/%.o $(B)/obj/test/%.o: EXTRA = -DPOLICY_FOR_TOOLS
# Short functions over lines of text: SDP is read in 0.87 of the time for 4 KiB.
$(B)/obj/sdp/attr.o $(B)/obj/sdp/line.o: \
	EXTRA = $(if $(filter -O2,$(OPT)),-O3)

# ---- library and client -------------------------------------------------
$(B)/siplock.exports: $(SYMS)
	mkdir -p $(@D)
ifeq ($(OS),Darwin)
	sed '/^#/d;s/^/_/' $< >$@
else
	{ echo '{ global:'; sed '/^#/d;s/$$/;/' $<; echo 'local: *; };'; } >$@
endif

$(B)/libsiplock.a: $(LIBOBJ) $(SYMS) $(B)/siplock.exports
	$(SAY) "  ar    $@" >&2
	rm -f $@
	$(HIDE) -o $(B)/obj/siplock.o $(LIBOBJ)
ifneq ($(OS),Darwin)
	objcopy --keep-global-symbols=$(SYMS) $(B)/obj/siplock.o
endif
	$(AR) rcs $@ $(B)/obj/siplock.o

$(B)/libsiplock.so: $(LIBOBJ) $(B)/siplock.exports
	$(SAY) "  ld    $@" >&2
	$(LINK) $(SHARED) $(RPATH_LIB) -o $@ $(LIBOBJ) $(LIBS)
	ln -sf libsiplock.so $@.$(ABI)

$(B)/siplock: $(OPENOBJ) $(call obj,$(TOOLS))
	$(SAY) "  ld    $@" >&2
	$(LINK) $(RPATH_BIN) -o $@ $^ $(TOOLLIBS) $(LIBS)

# ---- tests --------------------------------------------------------------
$(TESTLIB): $(OPENOBJ) $(TOOLOBJ) $(call obj,$(HELP))
	rm -f $@
	$(AR) rcs $@ $^

$(E2ELIB): $(call obj,$(E2EHELP))
	rm -f $@
	$(AR) rcs $@ $^

$(INTERPOSE): test/interpose.c
	mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -fPIC -shared $(OPT) $(WARN) $(WERROR) \
		-o $@ $< -ldl

testlink = $(LINK) $(RPATH_TEST) -o $@ $(1) $(TESTLIB) $(TESTLIBS) $(LIBS)

$(UNITBIN): $(B)/test/unit/%: $(B)/obj/test/unit/%.o $(TESTLIB) $(INTERPOSE)
	$(SAY) "  ld    $@" >&2
	mkdir -p $(@D)
	$(call testlink,$<)

$(B)/test/sim: $(call obj,$(SIM)) $(TESTLIB)
	$(SAY) "  ld    $@" >&2
	mkdir -p $(@D)
	$(call testlink,$(call obj,$(SIM)))

$(E2EBIN): $(B)/test/e2e/%: $(B)/obj/test/e2e/%.o $(E2ELIB) $(TESTLIB)
	$(SAY) "  ld    $@" >&2
	mkdir -p $(@D)
	$(call testlink,$< $(E2ELIB))

$(REPLAYBIN): $(B)/replay/%: $(B)/obj/fuzz/%.o $(B)/obj/fuzz/replay.o \
		$(TESTLIB)
	$(SAY) "  ld    $@" >&2
	mkdir -p $(@D)
	$(call testlink,$< $(B)/obj/fuzz/replay.o)

$(FUZZBIN): $(B)/fuzz/%: $(B)/obj/fuzz/%.o $(TESTLIB)
	$(SAY) "  ld    $@" >&2
	mkdir -p $(@D)
	$(call testlink,-fsanitize=fuzzer $(filter %.o,$^))

# These read messages: half of what they get is changed as messages are.
$(B)/fuzz/sip_msg $(B)/fuzz/sip_stream $(B)/fuzz/sip_peers $(B)/fuzz/sip_folded: \
	$(B)/obj/fuzz/mutator.o

$(BENCHBIN): $(B)/bench-%: $(B)/obj/test/bench/%.o $(TESTLIB)
	$(SAY) "  ld    $@" >&2
	$(call testlink,$<)

# Ours and the peers' functions have names in common (sip_method_name): of
# ours only what libFuzzer calls stays visible.
$(B)/fuzz/sip_peers: $(B)/obj/fuzz/sip_peers.o $(TESTLIB) $(FUZZPEER) \
		fuzz/peer/view.h | $(DEPS)/bench.ok
	$(SAY) "  ld    $@" >&2
	mkdir -p $(@D)
	ld -r -o $@.o $(filter %.o,$^) $(TESTLIB)
	objcopy --keep-global-symbol=LLVMFuzzerTestOneInput \
		--keep-global-symbol=LLVMFuzzerCustomMutator $@.o
	$(CC) -std=gnu11 -I. -fsanitize=fuzzer $(SANFLAGS) -O2 -g -Wall -Wextra \
		$(WERROR) $$(pkg-config --cflags libosip2 sofia-sip-ua) -o $@ $@.o \
		$(FUZZPEER) $$(pkg-config --libs libosip2 sofia-sip-ua) \
		-L$(DEPS)/lib $(RPATH_TEST) $(LIBS)

# The benchmark's peers: their own flags, none of our objects.
$(PEERBIN): $(B)/bench-%: test/bench/peer/%.c test/bench/peer/main.c \
		test/bench/peer/peer.h test/bench/bench.h | $(DEPS)/bench.ok
	$(SAY) "  ld    $@" >&2
	mkdir -p $(@D)
	$(CC) -std=gnu11 -I. $$(pkg-config --cflags libosip2 sofia-sip-ua) -O2 -g \
		-Wall -Wextra $(WERROR) -o $@ \
		$(filter %.c,$^) $$(pkg-config --libs libosip2 sofia-sip-ua)

# ---- what people call ---------------------------------------------------
RUN = B=$(B) SKIP="$(SKIP)" test/run.sh

demo: $(B)/siplock
	$(B)/siplock demo

# Unit tests, simulator, corpus replay, wall, what the pages name; and the
# benchmarks, that they build.
RULES = test/wall.sh test/docs.sh
check: $(FAST) all $(BENCHBIN)
	$(RUN) $(RULES) $(FAST)

# The unpacked Asterisk, unless its tests are left out.
PBX := $(if $(filter asterisk e2e/asterisk,$(SKIP)),,$(DEPS)/asterisk.ok)

# Everything: check, and the real peers. Needs root or the right to capture.
test: $(FAST) all $(BENCHBIN) $(E2EBIN) $(DEPS)/test.ok $(PBX)
	$(RUN) $(RULES) $(FAST) $(E2EBIN) $(wildcard test/e2e/*.sh)

wall: all
	B=$(B) CC="$(CC)" test/wall.sh

map:
	tools/map.sh

lint: $(DEPS)/lint.ok $(DEPS)/lib.ok
	test/lint.sh "-std=c11 $(POSIX) -I. -isystem $(DEPS)/include $(DEP_CFLAGS)"

format: $(DEPS)/lint.ok
	clang-format -i $$(git ls-files '*.c' '*.h' ':!test/nocompile')

# The tests again under AddressSanitizer and UndefinedBehaviorSanitizer.
asan:
	$(MAKE) B=build/asan SAN=address,undefined fast

# The tests that have threads, under ThreadSanitizer.
TSAN = ua_api ua_trust ua_talk tls_sock media_loop media_tap tools_sound
tsan:
	$(MAKE) B=build/tsan SAN=thread $(TSAN:%=build/tsan/test/unit/%)
	B=build/tsan test/run.sh $(TSAN:%=build/tsan/test/unit/%)

fast: $(FAST)
	$(RUN) $(FAST)

# The tests' coverage of the library, lines and branches, against its floors.
coverage: $(DEPS)/cov.ok
	rm -rf build/cov
	$(MAKE) B=build/cov COV=1 OPT='-O0 -g' fast
	test/coverage.sh build/cov

fuzz: $(DEPS)/fuzz.ok
	test -f "fuzz/$(T).c" || { echo "make fuzz T=name [TIME=60]; name is" \
		"one of: $(patsubst fuzz/%.c,%,$(FUZZ))" >&2; exit 2; }
	$(MAKE) B=build/fuzz CC=clang SAN=fuzzer-no-link,address,undefined \
		build/fuzz/fuzz/$(T)
	mkdir -p build/fuzz/corpus/$(T) fuzz/corpus/$(T)
	build/fuzz/fuzz/$(T) -max_total_time=$(TIME) -timeout=10 \
		-artifact_prefix=build/fuzz/$(T)- -print_final_stats=1 \
		build/fuzz/corpus/$(T) fuzz/corpus/$(T)

bench: $(BENCHBIN) $(PEERBIN) $(B)/siplock
	B=$(B) test/bench.sh
	if $(MAKE) OWN=1 B=build/own build/own/siplock build/own/bench-account; \
	then echo "the same with an mbedTLS of our own configuration:"; \
		B=build/own test/bench_tls.sh; \
	else echo "bench: left out: mbedTLS of our own (OWN=1)" >&2; fi

$(DEPS)/own.ok: tools/mbedtls_own.h
ifdef OWN # what was built with another configuration is built anew
$(ALLOBJ) $(B)/libsiplock.so $(B)/siplock $(UNITBIN) $(SIMBIN) $(E2EBIN) \
	$(BENCHBIN) $(REPLAYBIN): $(DEPS)/own.ok
endif

deps: $(DEPS)/lib.ok $(DEPS)/test.ok $(PBX)

$(DEPS)/%.ok: tools/deps.sh
	CC="$(CC)" tools/deps.sh $* >&2

install: all
	DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" B="$(B)" \
		VERSION="$(VERSION)" ABI="$(ABI)" tools/install.sh

# build/deps stays: it was downloaded, not built.
clean:
	for d in $(B)/*; do [ "$$d" = $(DEPS) ] || rm -rf "$$d"; done

.PHONY: all demo check test wall map lint format asan tsan fast coverage fuzz \
	bench deps install clean
.SECONDARY:
.DELETE_ON_ERROR:
-include $(patsubst %.o,%.d,$(ALLOBJ))
