# Every target in one table: make help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Modules that write a page under docs/; with --check they fail when the page has drifted.
GENERATORS := libs.settings.table libs.events.reference deskledger.reference libs.events.channels_reference services.gateway.reference services.intake.reference clients.generate clients.problems

.PHONY: help setup demo test test-contract test-chaos up down status logs bench lint docs lock clean

help: ## this table
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv from the lock file

$(READY): requirements.lock pyproject.toml clients/python/pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or newer, or name it: make setup PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) -V) is too old: install Python 3.11 or newer, or name it: make setup PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/# via/p' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --offline --editable . --editable clients/python
	@touch $@

demo: $(READY) ## the whole story of one ticket, from mail in to mail out (leaves the stack running)
	@$(BIN)/deskledger demo

test: $(READY) ## every test but chaos
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not chaos" --durations=25

test-contract: $(READY) ## ask the running interface at random, by every role
	@CONTRACT_EXAMPLES=$${CONTRACT_EXAMPLES:-1} $(BIN)/python -m pytest -n 2 tests/integration/test_gateway_contract.py

test-chaos: $(READY) ## kill everything at random moments, then check that nothing was lost or doubled
	@$(BIN)/python -m pytest -m chaos

up: $(READY) ## start Kafka, MongoDB and every service in the background
	@$(BIN)/deskledger up

down: $(READY) ## stop them (deskledger down --wipe also deletes the data)
	@$(BIN)/deskledger down

status: $(READY) ## what runs, where, and how it is
	@$(BIN)/deskledger status

logs: $(READY) ## follow every service's log, one colour each
	@$(BIN)/deskledger logs --follow

bench: $(READY) ## every figure beside its limit, into bench/RESULTS.md
	@$(BIN)/python -m bench

lint: $(READY) ## style, types, import contracts, generated pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@for module in $(GENERATORS); do $(BIN)/python -m $$module --check; done

docs: $(READY) ## write the generated pages anew
	@for module in $(GENERATORS); do $(BIN)/python -m $$module; done

lock: $(READY) ## turn requirements.in into requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements.in -o requirements.lock

clean: ## delete the virtual environment and the tools' caches (data in .deskledger/ stays)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
