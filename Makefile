# Yett: one makefile, list-only fragments (sources.mk) per folder, objects under build/.
#
# Variables (defaults in brackets):
#   V=1         print whole commands            [quiet]
#   CI=1        warnings are errors             [off]
#   CC          compiler, gcc or clang          [cc]
#   SAN         address,undefined | ...: a sanitizer build in its own folder [none]
#   B           build folder                    [build, or build-$(SAN)]
#   PREFIX      where install puts things       [/usr/local]
#   DESTDIR     staging root for install        [none]
#   HAPROXY     the haproxy binary that end-to-end tests use [haproxy of $PATH]
#   YETT_DATA   real material for tests that can use it [../shared/data]

CC      ?= cc
PREFIX  ?= /usr/local
SYSCONFDIR ?= /etc
RUNDIR  ?= /run
STATEDIR ?= /var/lib
VERSION := $(shell cat VERSION)
HAPROXY ?= $(shell PATH=$$PATH:/usr/sbin:/usr/local/sbin command -v haproxy 2>/dev/null || echo haproxy)
export HAPROXY
export YETT_DATA ?= $(abspath ../shared/data)
export PATH := $(PATH):/usr/sbin

# What `make` alone does, whatever rule a fragment below comes with.
.DEFAULT_GOAL := all

empty :=
comma := ,
SAN ?=
B ?= build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
export B

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2);)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wpointer-arith -Wformat=2 -Wundef -Wwrite-strings -Wimplicit-fallthrough \
	-Wno-unused-parameter -Wno-format-nonliteral
WERROR := $(if $(CI),-Werror)
HARDEN := -fstack-protector-strong -fPIE -fno-common -fno-strict-aliasing \
	$(if $(SAN),,-D_FORTIFY_SOURCE=2) -fcf-protection
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer -DYETT_SANITIZED)
OPT ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -DYETT_VERSION='"$(VERSION)"' -DYETT_SYSCONFDIR='"$(SYSCONFDIR)"' \
	-DYETT_RUNDIR='"$(RUNDIR)"' -DYETT_STATEDIR='"$(STATEDIR)"' \
	-I. -Ilib -Ispoa -I$(B)/gen $(shell pkg-config --cflags libpq 2>/dev/null)
CFLAGS := -std=c17 $(OPT) $(WARN) $(WERROR) $(HARDEN) $(SANFLAGS)
LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack $(SANFLAGS)

.DEFAULT_GOAL := all

LIBS := base crypto metric http classify sketch state bundle engine record redact pg
SPOA := spop supervisor worker analyst recorder
PROGRAMS := yett-agent yettc yettctl

# What each folder lists: NAME_SRC, files relative to the folder.
-include $(foreach l,$(LIBS),lib/$l/sources.mk) $(foreach s,$(SPOA),spoa/$s/sources.mk) \
	policy/sources.mk control/ctl/sources.mk db/sources.mk

AGENT_LDLIBS := -lev -lmsgpackc -lpq -lcrypto -lz -lexpat -lpcre2-8 -lseccomp -lsystemd -lpthread -lm
YETTC_LDLIBS := -lfyaml -lpq -lev -lmsgpackc -lcrypto -lz -lexpat -lpcre2-8 -lpthread -lm
YETTCTL_LDLIBS := -lpq -lev -lmsgpackc -lcrypto -lz -lexpat -lpcre2-8 -lpthread -lm
TEST_LDLIBS := -lcmocka -lfyaml -lev -lmsgpackc -lpq -lcrypto -lz -lexpat -lpcre2-8 -lseccomp -lsystemd -lpthread -lm

lib_archives := $(foreach l,$(LIBS),$(if $($(l)_SRC),$(B)/lib/$(l).a))
spoa_archives := $(foreach s,$(SPOA),$(if $($(s)_SRC),$(B)/spoa/$(s).a))
policy_archive := $(if $(policy_SRC),$(B)/policy.a)
ctl_archive := $(if $(ctl_SRC),$(B)/ctl.a)

UNIT_SRC := $(shell find tests/unit -name 'test_*.c' 2>/dev/null | sort)
UNIT_BIN := $(UNIT_SRC:%.c=$(B)/%)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(FUZZ_SRC:%.c=$(B)/%)
TOOL_SRC := $(wildcard tests/bench/*.c tests/e2e/*.c)
TOOL_BIN := $(TOOL_SRC:%.c=$(B)/%)

.PHONY: all
all: $(addprefix $(B)/,$(PROGRAMS)) ## build the three programs

# --- objects and archives ---------------------------------------------------------
$(B)/%.o: %.c $(gen_headers)
	$(call say,CC,$<)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/gen/%.o: $(B)/gen/%.c
	$(call say,CC,$<)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The word list: Debian's dictionary and our own vocabulary as a sorted table of hashes.
DICTIONARY ?= /usr/share/dict/american-english
$(B)/lib/redact/make_words: $(B)/lib/redact/make_words.o
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
$(B)/gen/redact/words_table.c: $(B)/lib/redact/make_words lib/redact/api_words.txt $(DICTIONARY)
	$(call say,GEN,$@)mkdir -p $(@D) && $< $(DICTIONARY) lib/redact/api_words.txt > $@.new && mv $@.new $@

define archive_rule # name, folder, list of sources, target archive, generated objects
$(4): $(addprefix $(B)/$(2)/,$(3:.c=.o)) $(5) $(2)/sources.mk
	$$(call say,AR,$$@)mkdir -p $$(@D) && rm -f $$@ && ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach l,$(LIBS),$(if $($(l)_SRC),$(eval $(call archive_rule,$(l),lib/$(l),$($(l)_SRC),$(B)/lib/$(l).a,$($(l)_GEN)))))
$(foreach s,$(SPOA),$(if $($(s)_SRC),$(eval $(call archive_rule,$(s),spoa/$(s),$($(s)_SRC),$(B)/spoa/$(s).a,$($(s)_GEN)))))
$(if $(policy_SRC),$(eval $(call archive_rule,policy,policy,$(policy_SRC),$(B)/policy.a,$(policy_GEN))))
$(if $(ctl_SRC),$(eval $(call archive_rule,ctl,control/ctl,$(ctl_SRC),$(B)/ctl.a,$(ctl_GEN))))

link = $(call say,LD,$@)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
	-Wl,--start-group $(filter %.a,$^) -Wl,--end-group

$(B)/yett-agent: $(B)/spoa/main.o $(spoa_archives) $(lib_archives)
	$(link) $(AGENT_LDLIBS)
$(B)/yettc: $(B)/policy/main.o $(policy_archive) $(lib_archives)
	$(link) $(YETTC_LDLIBS)
$(B)/yettctl: $(B)/control/ctl/main.o $(ctl_archive) $(lib_archives)
	$(link) $(YETTCTL_LDLIBS)

all_archives := $(spoa_archives) $(policy_archive) $(ctl_archive) $(lib_archives)
$(UNIT_BIN) $(TOOL_BIN): $(B)/%: $(B)/%.o $(all_archives)
	$(link) $(TEST_LDLIBS)
# A fuzz target links the plain replay main; FUZZ=1 with clang links libFuzzer instead.
$(FUZZ_BIN): $(B)/%: $(B)/%.o $(if $(FUZZ),,$(B)/tests/fuzz/replay.o) $(all_archives)
	$(link) $(TEST_LDLIBS)
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)

# --- what people run --------------------------------------------------------------
.PHONY: deps demo run stop check check-all bench lint format format-check install clean help unit e2e fuzz test-tools sql-check
deps: ## install every dependency from Debian's packages (root or sudo)
	$(Q)tools/deps
demo: ## build, run the whole of Yett against a real API, show it, stop it
	$(Q)tools/deps && $(MAKE) all test-tools && tools/demo
run: ## put Yett in front of BACKEND=HOST:PORT [LISTEN=HOST:PORT] [DIR=folder] [MODE=observe|enforce] [ENVIRONMENT=dev|qa|prod]
	$(Q)tools/deps && $(MAKE) all && tools/run "BACKEND=$(BACKEND)" "LISTEN=$(LISTEN)" "DIR=$(DIR)" "MODE=$(MODE)" \
		"ENVIRONMENT=$(ENVIRONMENT)"
stop: ## end what `make run DIR=folder` started
	$(Q)tools/stop "$(DIR)"
check: ## the fast tests: lint, unit, golden, fuzz corpora, SQL, short end-to-end
	$(Q)tools/deps && tools/check
check-all: ## check, and sanitizers, long faults, fuzz minutes
	$(Q)tools/deps && tools/check all
bench: ## every figure, one JSON object a line
	$(Q)tools/deps && $(MAKE) all test-tools && tests/bench/run
unit: $(UNIT_BIN) ## build the unit tests
test-tools: $(TOOL_BIN) ## build the load generators and other tools of tests and benchmarks
fuzz: $(FUZZ_BIN) ## build the fuzz targets (plain replay, or FUZZ=1 CC=clang SAN=fuzzer,address)
lint: ## include rules, banned calls, tables against their documents, man pages
	$(Q)tests/lint/run
format: ## apply .clang-format
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i
format-check: ## hold .clang-format
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format --dry-run --Werror
install: all ## install programs, pages, HAProxy files, unit, SQL
	$(Q)tools/install "$(B)" "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)"
clean: ## remove build folders
	$(Q)rm -rf build build-*
help: ## this list
	$(Q)awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n",$$1,$$2}' Makefile
