# Two commands do everything on a machine with Python 3.11, make and a C library:
#   make run    start the demonstration         make test    run all tests
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000

.DEFAULT_GOAL := help
.PHONY: help run setup test month check format bench docs lock clean

help:            ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/.run: requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: PYTHON=/path/to/python3.11 make $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

run: $(VENV)/.run      ## start the demonstration on http://127.0.0.1:$(PORT)/phones
	@exec $(BIN)/safetynet up --demo --port $(PORT)

setup: $(VENV)/.dev    ## install everything the tests and checks need

test: $(VENV)/.dev     ## run all tests
	$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

month: $(VENV)/.dev    ## let a simulated month pass and check what must hold (SAFETYNET_SIM_SEED=n)
	$(BIN)/python -m tests.simulation $(ARGS)

check: $(VENV)/.dev    ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev   ## put the code into the house's form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --exit-zero --quiet .

bench: $(VENV)/.dev    ## measure the gateway (see docs/performance.md)
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(VENV)/.run      ## make docs/settings.md and the cards from the code
	$(BIN)/python -c "from gateway.settings import markdown; print(markdown(), end='')" > docs/settings.md
	$(BIN)/safetynet cards --markdown --for member > docs/card-member.md
	$(BIN)/safetynet cards --markdown --for staff > docs/card-staff.md
	$(BIN)/safetynet cards --markdown --for coordinator > docs/card-coordinator.md

lock:                  ## write the locked requirements anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml --group pyproject.toml:build -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -c requirements.txt --group dev -o requirements-dev.txt

clean:                 ## remove what the commands above made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
