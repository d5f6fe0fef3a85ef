# Athanor's front door. `make up` sets everything up and runs the sample; `make check` passes all tests.
# Programs land in $(B) (default build/). Objects are found by wildcard: a new .c needs no line here.
B ?= build
VAR ?= ./var
CC ?= cc
SAN ?=
WERROR ?= $(if $(CI),-Werror,)

PKGS_HTTP = libmicrohttpd gnutls libarchive
CPPFLAGS += -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -I$(B)/gen
WARN = -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wvla -Wstrict-prototypes -Wmissing-prototypes $(WERROR)
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c17 $(WARN) -fPIE -fstack-protector-strong -fno-strict-aliasing -pthread $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -pthread $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))

objs = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))
L_CORE  = $(B)/libcore.a
L_MODEL = $(B)/libmodel.a
L_DB    = $(B)/libdb.a
L_HTTP  = $(B)/libhttp.a
L_AUTH  = $(B)/libauth.a
L_API   = $(B)/libapi.a
L_WORK  = $(B)/libwork.a
L_SITE  = $(B)/libsite.a
L_INSPECT = $(B)/libinspect.a
L_CTL   = $(B)/libctl.a

PROGRAMS = $(B)/athanor $(B)/athanor-worker $(B)/athanorctl $(B)/helper-slurm $(B)/helper-inspect $(B)/athanor-job
programs: $(PROGRAMS) $(B)/athanor-supervise
all: programs

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)

$(L_CORE): $(call objs,portal/core)
$(L_MODEL): $(call objs,portal/model)
$(L_DB): $(call objs,portal/db) $(B)/gen/sql_table.o
$(L_HTTP): $(call objs,portal/http)
$(L_AUTH): $(call objs,portal/auth)
$(L_API): $(call objs,portal/api)
$(L_WORK): $(filter-out $(B)/workers/main.o,$(call objs,workers))
$(L_SITE): $(call objs,workers/site)
$(L_INSPECT): $(call objs,workers/helper/inspect)
$(L_CTL): $(filter-out $(B)/portal/ctl/main.o,$(call objs,portal/ctl))
$(B)/lib%.a:
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

$(call objs,portal/db): CPPFLAGS += $(shell pkg-config --cflags libpq)

# Statements: sql/<name>.sql -> enum sql_id and a table of texts. The empty recipe makes what includes them follow at once.
SQL = $(sort $(wildcard portal/db/sql/*.sql))
$(B)/gen/sql_ids.h $(B)/gen/sql_table.c: $(B)/gen/.sql ; @:
$(B)/gen/.sql: $(SQL) portal/db/sqlgen.sh
	@mkdir -p $(B)/gen
	sh portal/db/sqlgen.sh $(B)/gen $(SQL)
	@touch $@
$(B)/gen/sql_table.o: $(B)/gen/.sql
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $(B)/gen/sql_table.c
$(call objs,portal/db) $(call objs,portal/auth) $(call objs,portal/api) $(call objs,portal) $(call objs,portal/ctl) $(call objs,workers) $(call objs,workers/site): | $(B)/gen/.sql

LIB_DB = -lpq
LIB_HTTP = -lmicrohttpd -lgnutls -larchive
LIB_COMMON = -ljansson -lsodium -lz -lm

$(B)/athanor: $(B)/portal/main.o $(L_API) $(L_AUTH) $(L_HTTP) $(L_DB) $(L_MODEL) $(L_CORE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_HTTP) $(LIB_DB) $(LIB_COMMON)
$(B)/athanorctl: $(B)/portal/ctl/main.o $(L_CTL) $(L_AUTH) $(L_DB) $(L_MODEL) $(L_CORE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_DB) $(LIB_COMMON)
$(B)/athanor-worker: $(B)/workers/main.o $(L_WORK) $(L_SITE) $(L_DB) $(L_MODEL) $(L_CORE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_DB) $(LIB_COMMON)
$(B)/helper-slurm: $(B)/workers/helper/helper_slurm.o $(L_CORE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lslurm
$(B)/helper-inspect: $(B)/workers/helper/helper_inspect.o $(B)/workers/helper/sandbox.o $(L_INSPECT) $(L_MODEL) $(L_CORE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lseccomp $(LIB_COMMON)
# Runs on compute nodes, so it carries what it needs: linked statically (but for sanitizers, which cannot be).
$(B)/athanor-job: $(patsubst %.c,$(B)/%.o,$(wildcard workers/helper/job*.c)) $(L_CORE)
	$(CC) $(if $(SAN),$(ALL_LDFLAGS),$(filter-out -pie,$(ALL_LDFLAGS)) -static-pie) -o $@ $^ -ljansson -lsodium
$(B)/tests/unit/test_job: | $(B)/athanor-job
$(B)/tests/unit/test_inspect_sandbox: | $(B)/helper-inspect

# Unit tests: one program a file, linked with everything that has no I/O of its own.
UNIT = $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test_*.c))
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(L_INSPECT) $(L_SITE) $(L_API) $(L_AUTH) $(L_HTTP) $(L_DB) $(L_MODEL) $(L_CORE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LIB_HTTP) $(LIB_DB) $(LIB_COMMON)
unit: $(UNIT)
	@set -e; for t in $(UNIT); do $$t; done

include static/packages/vendor.mk
include tests/tests.mk
include workers/local/local.mk

clean:
	rm -rf $(B)
.PHONY: all programs unit clean
