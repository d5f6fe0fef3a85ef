# All tests. check-fast (2 minutes): build, unit, quick lint. check (20 minutes on 2 cores): everything a change needs.
# check-full (an hour): long outages, all templates, soaks. bench: figures beside a peer in the same run.
TESTS = $(B)/log/tests

# The same code under the sanitizers, each in a build folder of its own: tests and the programs they run. helper-slurm is
# left out, for libslurm loads plugins that hide symbols from a sanitizer.
SAN_PROGRAMS = $(filter-out $(B)/helper-slurm,$(PROGRAMS))
san-programs: $(SAN_PROGRAMS)
asan:
	@$(MAKE) --no-print-directory B=$(B)/asan SAN=address,undefined WERROR= CFLAGS="-O1 -g" unit-programs san-programs
tsan:
	@$(MAKE) --no-print-directory B=$(B)/tsan SAN=thread WERROR= CFLAGS="-O1 -g" unit-programs $(B)/tsan/athanor $(B)/tsan/athanorctl
clang:
	@$(MAKE) --no-print-directory B=$(B)/clang CC=clang-14 programs
unit-programs: $(UNIT) fuzz-replay db-programs

# Programs that need a database; tests/db/programs.sh gives each a throw-away one.
DBTESTS = $(patsubst tests/db/%.c,$(B)/tests/db/%,$(wildcard tests/db/test_*.c))
$(B)/tests/db/%: $(B)/tests/db/%.o $(L_AUTH) $(L_HTTP) $(L_DB) $(L_MODEL) $(L_CORE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LIB_HTTP) $(LIB_DB) $(LIB_COMMON)
db-programs: $(DBTESTS)
# Their objects include the generated list of statements.
$(patsubst %.c,$(B)/%.o,$(wildcard tests/db/*.c tests/unit/*.c tests/fuzz/*.c)): | $(B)/gen/.sql
.PHONY: db-programs

FUZZ = $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_LIBS = $(L_WORK) $(L_INSPECT) $(L_SITE) $(L_API) $(L_AUTH) $(L_HTTP) $(L_DB) $(L_MODEL) $(L_CORE)
FUZZ_MAIN = $(B)/tests/fuzz/replay_main.o
FUZZ_ENGINE = # instead of a main of ours: -fsanitize=fuzzer (tests/fuzz/run.sh)
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(if $(FUZZ_ENGINE),,$(FUZZ_MAIN)) $(FUZZ_LIBS)
	$(CC) $(ALL_LDFLAGS) $(FUZZ_ENGINE) -o $@ -Wl,--start-group $^ -Wl,--end-group $(LIB_HTTP) $(LIB_DB) $(LIB_COMMON)
# Readers of programs that are no library.
$(B)/tests/fuzz/fuzz_job_env $(B)/tests/fuzz/fuzz_job_claim: $(B)/workers/helper/job_env.o $(B)/workers/helper/job_claim.o
$(B)/tests/fuzz/fuzz_services: $(B)/workers/local/services.o
fuzz-replay: $(FUZZ)
# Searching for new inputs: make fuzz FUZZ_SECONDS=60 (clang's libFuzzer); what it finds goes to tests/fuzz/corpus.
FUZZ_SECONDS ?= 30
fuzz:
	@bash tests/fuzz/run.sh $(FUZZ_SECONDS)

packages-bench:
	@bash workers/local/packages.sh build run engine check bench node
packages-check:
	@bash workers/local/packages.sh build run engine check node
# Pages drawn from tables in the code; a unit test compares.
docs: $(B)/tests/unit/test_model_run_state
	@$< --write docs/run-states.md
.PHONY: docs
format:
	clang-format-14 -i $$(git ls-files '*.c' '*.h')
lint: all npm
	@bash tests/lint/includes.sh && B=$(B) bash tests/lint/links.sh && bash tests/lint/text.sh && B=$(B) bash tests/lint/types.sh && B=$(B) bash tests/lint/analyse.sh

check-fast: packages-check
	@$(MAKE) --no-print-directory -j2 all unit-programs
	@bash tests/suites.sh fast
check: packages-check
	@$(MAKE) --no-print-directory -j2 all unit-programs npm
	@bash tests/suites.sh check
check-full: packages-check
	@$(MAKE) --no-print-directory -j2 all unit-programs npm
	@bash tests/suites.sh full
bench: packages-bench
	@$(MAKE) --no-print-directory -j2 all npm bench-programs
	@bash tests/bench/run.sh
.PHONY: asan tsan san-programs clang unit-programs fuzz-replay fuzz packages-check format lint check-fast check check-full bench

# npm packages of the tests, pinned by tests/package-lock.json (which holds no download addresses).
$(B)/npm/.done: tests/package.json tests/package-lock.json static/packages/npm.sh
	@bash static/packages/npm.sh tests $(B)/npm
	@touch $@
npm: $(B)/npm/.done
.PHONY: npm

BENCH = $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(wildcard tests/bench/*.c))
$(B)/tests/bench/%: $(B)/tests/bench/%.o $(L_HTTP) $(L_CORE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_HTTP) -lslurm -lz -lm
bench-programs: $(BENCH)
.PHONY: bench-programs
