# README's two commands are `make demo` and `make test`; each does everything it needs on a fresh machine.

.ONESHELL:

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
RELEASE := -c release --static-swift-stdlib -Xlinker -s
DEBUG_BINARY := .build/debug/kappa
RELEASE_BINARY := .build/release/kappa

BIN := $(DESTDIR)$(PREFIX)/bin
MAN := $(DESTDIR)$(PREFIX)/share/man/man1
BASH_COMPLETION := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
# Debian's own zsh looks in vendor-completions under /usr, and in site-functions under /usr/local.
ZSH_COMPLETION := $(DESTDIR)$(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
FISH_COMPLETION := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
PAGES = $(notdir $(wildcard man/*.1))

# Of what the test runner says, leaves the failures with their details, the skipped ones, and the closing line.
QUIET := awk '/^◇/ {skip = 1; next} /^✔/ {skip = !/Test run with/} /^(✘|↳|➜|⚠)/ {skip = 0} \
	/^\[[0-9]+\/[0-9]+\]/ {next} !skip {print; fflush()}'

.PHONY: deps build debug test lint docs check-docs bench bench-serve bench-stalls every-field damages kills deletions partitions alarm-kills alarm-asof avro-trials figures demo chaos install uninstall clean

deps:
	.make/install-dependencies

build:
	$(SWIFT) build $(RELEASE) --product kappa

debug:
	$(SWIFT) build --product kappa

test: deps
	$(SWIFT) build --build-tests
	export KAPPA_TEST_PYTHON="$$PWD/.build/venv/bin/python"
	if [ -x .build/promtool ]; then export KAPPA_PROMTOOL="$$PWD/.build/promtool"; fi
	# Each test starts servers of its own; more at once than the machine has room for would only measure its load.
	export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$$(( $$(nproc) + 2 ))
	$(SWIFT) test --skip-build --disable-xctest 2>&1 | $(QUIET)

lint: check-docs
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

# The completions and man pages are written by the program itself.
docs: debug
	$(DEBUG_BINARY) __documents .

check-docs: debug
	folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT
	cp README.md "$$folder"
	$(DEBUG_BINARY) __documents "$$folder"
	diff "$$folder/README.md" README.md || { echo 'README.md has not the commands of the program; run make docs'; exit 1; }
	diff -r "$$folder/man" man || { echo 'man/ is not what the program says; run make docs'; exit 1; }
	diff -r "$$folder/completions" completions || { echo 'completions/ is not what the program says; run make docs'; exit 1; }
	if command -v mandoc > /dev/null; then mandoc -T lint -W warning man/*.1; fi

bench: build
	.make/bench $(RELEASE_BINARY)

# README's figures, from what make bench has left in bench.json.
figures:
	.make/bench $(RELEASE_BINARY) --only '' --readme

demo: deps build
	.make/demo $(RELEASE_BINARY)

chaos: deps build
	KAPPA_KILLS=$${KAPPA_KILLS:-120} $(SWIFT) test --filter ProcessKillTests
	.make/chaos $(RELEASE_BINARY)

# A job of alarms over half a million readings that is killed fifty times says what the oracle says.
alarm-kills: deps
	KAPPA_ALARM_KILLS=$${KAPPA_ALARM_KILLS:-50} $(SWIFT) test --filter aJobThatIsKilledAgainAndAgainWritesTheSame

# The conversions of a million readings of 5,000 sensors with four calibrations each, beside PostgreSQL's LATERAL query.
alarm-asof: deps
	KAPPA_ASOF_READINGS=1000000 KAPPA_ASOF_SENSORS=5000 $(SWIFT) test --filter AsOfLookupTests

# Avro against two other libraries and against damaged bytes at length, and the time that a reading takes.
avro-trials: deps
	$(SWIFT) build -c release --product AvroTrials
	python=.build/venv/bin/python; oracle=Tests/KappaFormatsTests/oracle.py; trials=.build/release/AvroTrials
	folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT
	$$python $$oracle generate $${KAPPA_AVRO_CASES:-100000} 1 $$folder/cases
	$$trials answer $$folder/cases $$folder/answers
	$$python $$oracle check $$folder/cases $$folder/answers | tee $$folder/judged
	tail -1 $$folder/judged | grep -q ' wrong=0 '
	$$trials fuzz $${KAPPA_AVRO_INPUTS:-10000000} 1
	$$trials bench

# What people wait for at the page, what a hundred of them cost, and what programs get; needs Chromium (make deps).
bench-serve: build
	.make/bench-serve $(RELEASE_BINARY)

# The longest that a client waits while another asks for too much.
bench-stalls: build
	.make/bench-stalls $(RELEASE_BINARY)

# Long forms of tests that run always: every value of every field of every request, and topics deleted under load.
every-field:
	KAPPA_EVERY_FIELD=1 $(SWIFT) test --filter EveryFieldTests

# Random damage to a data folder, all of which `broker check` names.
damages:
	KAPPA_DAMAGES=$${KAPPA_DAMAGES:-2000} $(SWIFT) test --filter DamagedFolderTests

# The broker is killed 150 times under load, and as often on a disk that fills; what it acknowledged is there, once, in
# order.
kills:
	KAPPA_CRASH_KILLS=$${KAPPA_CRASH_KILLS:-150} $(SWIFT) test --filter CrashTests

# Ten thousand partitions with 1,024 descriptors.
partitions:
	KAPPA_PARTITIONS=$${KAPPA_PARTITIONS:-10000} $(SWIFT) test --filter ManyPartitionsTests

deletions:
	KAPPA_DELETIONS=$${KAPPA_DELETIONS:-200} $(SWIFT) test --filter DeletionUnderLoadTests

install:
	test -x $(RELEASE_BINARY) || $(MAKE) build
	install -D -m 755 $(RELEASE_BINARY) $(BIN)/kappa
	install -d $(MAN)
	install -m 644 $(addprefix man/,$(PAGES)) $(MAN)
	install -D -m 644 completions/kappa.bash $(BASH_COMPLETION)/kappa
	install -D -m 644 completions/_kappa $(ZSH_COMPLETION)/_kappa
	install -D -m 644 completions/kappa.fish $(FISH_COMPLETION)/kappa.fish

uninstall:
	rm -f $(BIN)/kappa $(addprefix $(MAN)/,$(PAGES)) $(BASH_COMPLETION)/kappa $(ZSH_COMPLETION)/_kappa $(FISH_COMPLETION)/kappa.fish

clean:
	rm -rf .build
