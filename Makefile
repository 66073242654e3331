# Every target works on a fresh machine with Python 3.11 or later. Each is a line or two, so that it
# can be typed by hand where there is no make; on Windows, read .venv\Scripts for .venv/bin.

PYTHON ?= python3
BIN := .venv/bin
OUT ?= out
SECONDS ?= 600
SEED ?= 1
SAMPLE ?= 25
FLOOR ?= 0
READERS := tests/fleet/outward/test_deploy.py tests/fleet/outward/units/test_formats.py
QUICK := tests/unit tests/rules tests/report tests/learning

.PHONY: demo fleet-demo quick test golden versions soak fuzz mutate readers rule new-rule observed lint types package bench docs coverage lock clean help
.DEFAULT_GOAL := help

help: ## show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

demo: .venv/runtime.stamp ## audit the simulated PBX and write out/demo
	$(BIN)/pbx-auditor demo --out $(OUT)/demo

fleet-demo: .venv/dev.stamp ## audit twelve simulated PBXs for two nights: pages, digests, metrics in out/fleet-demo
	$(BIN)/python -m tests.fleet.demo $(OUT)/fleet-demo

quick: .venv/dev.stamp ## run what tells most in the least time: checks, rules, report
	$(BIN)/python hatch_build.py
	$(BIN)/python -m pytest -q -n logical --dist worksteal --hypothesis-profile quick -m "not soak and not slow" $(QUICK)

test: .venv/dev.stamp ## run the whole test suite
	$(BIN)/python hatch_build.py
	$(BIN)/python -m pytest -n auto --dist worksteal

golden: .venv/dev.stamp ## write the golden files of every output anew and show the difference
	$(BIN)/python -m tests.golden

versions: .venv/dev.stamp ## run the quick tests on every other CPython from 3.11 to 3.14 that is here
	sh tests/package/versions.sh

soak: .venv/dev.stamp ## run what takes too long for every run: thousands of mutations, ten thousand users
	$(BIN)/python -m pytest -n auto --dist worksteal -m soak -o faulthandler_timeout=0

fuzz: .venv/dev.stamp ## fuzz each parser by coverage for its share of SECONDS=600
	$(BIN)/python -m tests.fuzz $(SECONDS)

mutate: .venv/mutation.stamp ## see which of SAMPLE=25 mutants of each GROUPS the tests notice, from SEED=1
	$(BIN)/python -m tests.mutation --seed $(SEED) --sample $(SAMPLE) --floor $(FLOOR) $(GROUPS)

readers: .venv/readers.stamp ## let Datasette, Grafana's schema and that of Kubernetes read what is for them
	$(BIN)/python -m pytest -q $(READERS)

rule: .venv/dev.stamp ## check one control: document, examples, case table, German; ID=HD-04
	@$(BIN)/python -m tests.authoring check "$(ID)"

new-rule: .venv/dev.stamp ## begin a control: ID=XY-01 AREA=users, and if you like NAME=users-have-x or CHECK=flag-is
	@$(BIN)/python -m tests.authoring new "$(ID)" "$(AREA)" --name "$(NAME)" --check "$(CHECK)"

observed: .venv/dev.stamp ## note the names and sentences that the cases show, of one control with ID=HD-04
	@$(BIN)/python -m tests.rules.observed $(ID)

coverage: .venv/dev.stamp ## run the test suite and report branch coverage
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

lint: .venv/dev.stamp ## check style, format, import contracts and generated files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/python -m tests.generated --check

types: .venv/dev.stamp ## check types
	$(BIN)/mypy

package: .venv/dev.stamp ## build the wheel, install it afresh, audit a sample from elsewhere
	PYTHON=$(BIN)/python sh tests/package/check_wheel.sh

bench: .venv/dev.stamp ## measure time and memory against the floor, side by side
	$(BIN)/python -m tests.benchmarks

docs: .venv/dev.stamp ## write generated files anew
	$(BIN)/python -m tests.by_rights
	$(BIN)/python -m tests.generated

lock: .venv/dev.stamp ## write the constraint files anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml constraints/build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --quiet -o constraints/runtime.txt
	$(BIN)/uv pip compile pyproject.toml constraints/build.in --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --quiet -o constraints/dev.txt
	$(BIN)/uv pip compile --group mutation -c constraints/dev.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --quiet -o constraints/mutation.txt
	$(BIN)/uv pip compile --group readers -c constraints/dev.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --quiet -o constraints/readers.txt

clean: ## remove the environment and everything that was built
	rm -rf .venv build dist $(OUT)

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv .venv

.venv/runtime.stamp: .venv/bin/python pyproject.toml constraints/runtime.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r constraints/runtime.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev.stamp: .venv/bin/python pyproject.toml constraints/dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r constraints/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@ .venv/runtime.stamp

.venv/mutation.stamp: .venv/dev.stamp constraints/mutation.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r constraints/mutation.txt
	touch $@

.venv/readers.stamp: .venv/dev.stamp constraints/readers.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r constraints/readers.txt
	touch $@
