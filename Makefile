# Every command of the project; `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## make the environment in .venv

$(INSTALLED): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "PrepBridge needs Python 3.11 or newer; $(PYTHON) is older. Say PYTHON=python3.11, for example."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python cannot make an environment here. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing the dependencies into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(INSTALLED)

up: $(INSTALLED) ## start everything with the demonstration; Ctrl-C stops it
	@$(BIN)/prepbridge up $(ARGS)

down: $(INSTALLED) ## stop what `make up` started
	@$(BIN)/prepbridge down

fresh: $(INSTALLED) ## as up, but forget all data first
	@$(BIN)/prepbridge up --fresh $(ARGS)

check: $(INSTALLED) ## format, lint, types, import contracts, house rules: before each commit
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q --durations=0 --durations-min=5 tests/house

test: $(INSTALLED) ## the whole suite, on servers that it starts itself
	@$(BIN)/python -m pytest $(ARGS)

faults: $(INSTALLED) ## break everything that can break, for 50 minutes; writes docs/faults.md
	@$(BIN)/python -m pytest tests/faults --all-faults --write-faults --timeout=900 $(ARGS)

bench: $(INSTALLED) ## measure what is promised, as ratios in one run (8 minutes); writes docs/bench.md
	@$(BIN)/python -m tests.bench $(ARGS)

format: $(INSTALLED) ## put the code in form
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

events: $(INSTALLED) ## write docs/events anew from the models
	@$(BIN)/python -m shared.events.documents

settings: $(INSTALLED) ## write .env.example and the README's table of settings anew
	@$(BIN)/python -m deploy.described_settings

lock: $(INSTALLED) ## resolve the dependencies anew into the two lock files
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --all-extras -c requirements.lock pyproject.toml -o requirements-dev.lock

hooks: $(INSTALLED) ## run the checks before each commit by themselves
	@$(BIN)/pre-commit install

.PHONY: help setup up down fresh check test faults bench format events settings lock hooks
