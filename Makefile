# One command each. Everything is installed into the checkout (.venv); nothing is left running.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# One more than this machine's two cores: many tests wait for a server or a process most of their time.
PROCESSES ?= 3
# What is compiled is kept: the tests start some hundred processes, and each would compile all of ours anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install check test attacks night screenshots demo bench format clean

install: .venv/.installed

.venv/.installed: requirements-dev.lock pyproject.toml
	@echo "Installing into .venv (about a minute the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, found " + sys.version.split()[0] + ". Run: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --no-deps --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

check: install ## format, lint, strict types, core tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@# The core needs none of the fixtures above it, and so neither Prefect nor a database: they take seconds to import.
	$(BIN)/pytest -q -n 2 --confcutdir tests/core tests/core tests/property

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: install ## every test that needs no outside system
	$(BIN)/pytest -n $(PROCESSES) --dist loadgroup

attacks: install ## the attacks on the acceptance alone
	$(BIN)/pytest -n $(PROCESSES) --dist loadgroup tests/attacks

night: install ## all tests with all their repetitions: two hours or more
	ATTACK_ROUNDS=200 MODEL_SEQUENCES=10000 $(BIN)/pytest -n $(PROCESSES) --dist loadgroup --nightly

screenshots: install ## takes the pictures of the guides anew
	SCREENSHOTS=docs/images $(BIN)/pytest -q tests/browser

demo: install ## the main job on real input; KEEP=1 leaves it up to play with
	@$(BIN)/python -m demo $(if $(KEEP),--keep)

bench: install
	@$(BIN)/python -m benchmarks.export_10000_lines

clean:
	rm -rf .venv .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
