# `make run` compares policies on the Mediterranean, `make test` checks everything, `make app` opens the browser app.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

# Modules are compiled to bytecode once, where they are first imported, whatever the caller's shell says: without it every
# process compiles all that it imports, two thirds of the time that the command takes to start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run test tests browser-tests lint types browser compiled app bench docs help

help:
	@echo "make setup   create .venv and install Corridor and its tools"
	@echo "make run     compare three policies on the Mediterranean, 2011 to 2021 (table, figure, store under results/)"
	@echo "make app     open the browser app"
	@echo "make test    style, types and tests"
	@echo "make bench   measure speed and memory"
	@echo "make docs    build the documentation as a site: build/docs/index.html"

setup: $(READY)

$(READY): pyproject.toml setup.py constraints.txt
	$(PYTHON) -m venv .venv
	@# Nothing is compiled to bytecode that may never be imported: that took a third of the time.
	@# Versions are pinned, so that two processes can unpack packages without asking which needs which, but those for clusters.
	-grep -v "# cluster" constraints.txt | \
	  xargs -P 2 -n 50 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps
	@# What is missing, for whatever reason, comes now.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -e ".[analysis,app,calibration,dev,docs]" -c constraints.txt
	@mkdir -p .venv/name && ln -sfn ../.. .venv/name/corridor  # for mypy and lint-imports, which do not follow an editable installation
	@touch $@

run: $(READY)
	$(BIN)/corridor compare scenario=mediterranean "policies=[baseline,safe_pathways,border_enforcement]" \
	  replicates=5 history=reanalysis

app: $(READY)
	$(BIN)/corridor app

test:
	$(MAKE) --jobs=2 --output-sync setup browser
	$(MAKE) --jobs=2 --output-sync lint types compiled
	$(MAKE) --jobs=2 browser-tests tests

# Tests in a browser wait, half of the time, for pages to settle: they run beside the two workers, which never wait.
tests: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not browser"

browser-tests: docs
	$(BIN)/python -m pytest -p no:cacheprovider -m browser tests/views

# Numba compiles both models once, beside the checks of style and types, and not in each process that tests.
compiled: $(READY)
	$(BIN)/python -m tests.compiled

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=.venv/name $(BIN)/lint-imports --no-cache --no-logo

types: $(READY)
	$(BIN)/mypy

# The browser tests drive Debian's Chromium.
SUDO := $(shell test "$$(id -u)" = 0 || echo sudo)
browser:
	@command -v chromium >/dev/null || \
	  { $(SUDO) apt-get update -q && $(SUDO) apt-get install -q -y --no-install-recommends chromium; } || \
	  { echo "The browser tests need the command chromium: please install it." >&2; exit 1; }

bench: $(READY)
	$(BIN)/python -m benchmarks

# Tutorials, guides, the protocol and the API; any warning is an error.
docs: $(READY)
	$(BIN)/python -m sphinx -W --keep-going -q docs build/docs
