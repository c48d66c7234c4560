# SPDX-License-Identifier: Apache-2.0
#
# The front door. `make help` lists what there is; everything is built by CMake under build/<preset>/.

MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := release
JOBS ?= $(shell nproc)
# Tests wait for servers, and for each other, more than they compute.
TEST_JOBS ?= $(shell expr $(JOBS) + 2)
PREFIX ?= /usr/local
# What `make demo` needs of the examples.
DEMO_PROGRAMS ?= log_monitor traffic

# What `make torture` does.
KILLS ?= 1000
SEED ?= 1
JOB ?= files

# What `make large-state` keeps.
LIMIT_MIB ?= 64
TIMES ?= 16
# What `make large-shuffle` sorts and groups, in a session of LIMIT_MIB=1024 or what is given.
GIB ?= 10

.PHONY: release debug demo build-tests test asan tsan torture large-state large-shuffle lint tidy format bench install compare-pyspark tables wheel clean help
.PHONY: setup-build setup-test setup-lint setup-tidy

release: build/release/build.ninja ## build the library, examples and benchmark peers into build/release
	@cmake --build build/release -j $(JOBS)

debug: build/debug/build.ninja ## the same and the tests for the debugger, into build/debug
	@cmake --build build/debug -j $(JOBS) --target all thalweg_tests

demo: build/release/build.ninja ## watch web traffic being analysed; LOG=FILE replays a real log, PACE=N lines a second
	@cmake --build build/release -j $(JOBS) --target $(DEMO_PROGRAMS)
	@LOG="$(LOG)" PACE="$(PACE)" DEMO_SECONDS="$(DEMO_SECONDS)" tools/demo.sh build/release

build-tests: build/release/build.ninja setup-test ## build everything, tests included, and run nothing
	@cmake --build build/release -j $(JOBS) --target all thalweg_tests

test: build-tests ## build and run all tests; TESTS=REGEX for some
	@tools/test.sh build/release $(TEST_JOBS) '$(TESTS)'

asan: build/asan/build.ninja ## the tests under the address and undefined behaviour sanitizers
	@cmake --build build/asan -j $(JOBS) --target all thalweg_tests
	@tools/test.sh build/asan $(TEST_JOBS) '$(TESTS)'

tsan: build/tsan/build.ninja ## the tests under the thread sanitizer
	@cmake --build build/tsan -j $(JOBS) --target all thalweg_tests
	@tools/test.sh build/tsan $(TEST_JOBS) '$(TESTS)'

torture: build/release/build.ninja ## kill streaming programs: KILLS=1000 [SEED=1] [JOB=files|receiver|kafka]
	@cmake --build build/release -j $(JOBS) --target torture_job
	@.venv/bin/python tests/recovery/torture.py build/release/tests/torture_job \
	  --kills $(KILLS) --seed $(SEED) --job $(JOB)

lint: setup-lint ## layers, style and format; seconds
	@tools/lint.sh

format: setup-lint ## let clang-format rewrite the C++ sources
	@git ls-files -co --exclude-standard -- '*.h' '*.cc' | xargs -r clang-format -i

tidy: setup-tidy build/release/build.ninja ## clang-tidy over the library; minutes; FILES=... for some
	@tools/tidy.sh build/release $(FILES)

large-state: build/release/build.ninja ## states TIMES=16 x a limit of LIMIT_MIB=64: exact, and within the limit?
	@cmake --build build/release -j $(JOBS) --target large_state
	@build/release/benchmarks/large_state $(LIMIT_MIB) $(TIMES)

large-shuffle: LIMIT_MIB = 1024
large-shuffle: build/release/build.ninja ## sort and group GIB=10 under LIMIT_MIB=1024: exact, and within the limit?
	@cmake --build build/release -j $(JOBS) --target large_shuffle
	@build/release/benchmarks/large_shuffle sort $(LIMIT_MIB) $(GIB)
	@build/release/benchmarks/large_shuffle group $(LIMIT_MIB) $(GIB)

bench: build/release/build.ninja ## build and run the micro-benchmarks; BENCH=REGEX for some
	@cmake --build build/release -j $(JOBS) --target thalweg_benchmarks
	@tools/bench.sh build/release '$(BENCH)'

compare-pyspark: build/release/build.ninja ## the Python package beside real PySpark, where there is Java
	@cmake --build build/release -j $(JOBS) --target thalweg_engine
	@tools/compare_pyspark.sh

tables: build/release/build.ninja ## write the tables of options into docs/connectors/ from the registry
	@cmake --build build/release -j $(JOBS) --target thalweg_engine
	@PYTHONPATH=python .venv/bin/python tools/connector_tables.py

wheel: setup-build ## the Python package as dist/thalweg-*.whl
	@tools/wheel.sh

install: release ## install into PREFIX (/usr/local): library, headers, CMake package
	@cmake --install build/release --prefix '$(PREFIX)'

clean: ## remove build/; what set-up installed stays
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo "Each target first installs what it needs (tools/setup.sh); THALWEG_SKIP_SETUP=1 turns that off."

# CMake configures itself again when its own files change; here only the presets and the set-up count.
build/%/build.ninja: CMakePresets.json tools/setup/python.txt | setup-build
	@cmake --preset $* && touch $@
.PRECIOUS: build/%/build.ninja

# It goes into the environment that setup-build makes.
setup-test: setup-build

setup-build setup-test setup-lint setup-tidy: setup-%:
	@tools/setup.sh $*
