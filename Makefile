# Every target sets up what it needs by itself and only once: a stamp in the virtual environment
# remembers what was installed, and goes stale with pyproject.toml or constraints.txt.
SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
# The first of these that is Python 3.11 or newer and can make virtual environments is taken.
PYTHONS ?= python3.11 python3.12 python3.13 python3 python

PORT ?= 3000
MINUTES ?= 60
KILLS ?= 200
REPLAYS ?= 1000
RECORD ?= sqlite:///var/record.sqlite

# The page's scripts are checked by Node; where it is missing or too old they are not, but for CI, which must.
PAGE := tests/javascript
NODE_FITS := $(shell node --eval "const [a, b] = process.versions.node.split('.'); if (a > 18 || (a == 18 && b >= 18)) console.log('yes')" 2>/dev/null)
NPM := $(if $(NODE_FITS),$(shell command -v npm))
PAGE_TOOLS := $(if $(or $(NPM),$(CI)),$(PAGE)/node_modules/.made)

MADE := $(VENV)/.made
PLAIN := $(VENV)/.plain
FULL := $(VENV)/.full

help: ## show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 14

demo: $(PLAIN) ## send returns with photos to a running service; PHOTOS=folder sends your own
	@$(BIN)/regrade demo $(if $(PHOTOS),--photos "$(PHOTOS)")

serve: $(PLAIN) ## keep the service running until Ctrl-C; PORT=3000 RECORD=sqlite:///... as you like
	@mkdir -p var
	@$(BIN)/regrade serve --port $(PORT) --record "$(RECORD)"

test: $(FULL) check ## lint, types, import direction, then every test
	@$(BIN)/python -m pytest

lint: $(FULL) check ## ruff, mypy, import-linter, and eslint and tsc where Node is, alone

# Apart from lint so that `make test` prints its help line and steps once.
check: $(FULL) $(PAGE_TOOLS)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
ifneq ($(PAGE_TOOLS),)
	@$(PAGE)/node_modules/.bin/eslint --config $(PAGE)/eslint.config.js serving/station
	@$(PAGE)/node_modules/.bin/tsc --project $(PAGE)
else
	@echo "The page's scripts were not checked: that takes Node 18.18 or newer with npm."
endif

bench: $(FULL) ## print speeds with n, p50, p95 and p99; asserts nothing
	@$(BIN)/python -m tests.bench

fuzz: $(FULL) ## read costly photos and photos changed at random for MINUTES=60; docs/measured/ keeps such a run
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

soak: $(FULL) ## kill service and database KILLS=200 times under load, then replay REPLAYS=1000 decisions
	@$(BIN)/python -m tests.soak --kills $(KILLS)
	@$(BIN)/python -m tests.soak.replays --decisions $(REPLAYS)

venv: $(MADE) ## make the virtual environment alone

constraints: ## write constraints.txt anew from a fresh install of all extras
	@.ci/constraints "$(PYTHONS)"

clean: ## remove the virtual environment and every cache; keep var/, runs/ and mlruns/
	rm -rf $(VENV) $(PAGE)/node_modules build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(MADE):
	@for python in $(PYTHONS); do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$($$python --version)"; \
	    $$python -m venv $(VENV) && touch $@; exit; \
	  fi; \
	done; \
	echo "No Python 3.11 or newer that can make virtual environments was found (tried: $(PYTHONS))." >&2; \
	echo "Install one (on Debian or Ubuntu: apt install python3 python3-venv), or name yours:" >&2; \
	echo "make PYTHONS=/path/to/python3.11 demo" >&2; \
	exit 1

$(PLAIN): $(MADE) pyproject.toml constraints.txt
	@echo "Installing Regrade into $(VENV) (about two minutes the first time)"
	@$(INSTALL) -c constraints.txt -e .
	@touch $@

$(FULL): $(MADE) pyproject.toml constraints.txt
	@echo "Installing Regrade with what training and testing need into $(VENV) (about five minutes the first time)"
	@$(INSTALL) -c constraints.txt -e '.[train,test]'
	@touch $(PLAIN) $@

$(PAGE)/node_modules/.made: $(PAGE)/package-lock.json
	@npm ci --prefix $(PAGE) --silent --no-audit --no-fund --ignore-scripts
	@touch $@

.PHONY: help demo serve test lint check bench fuzz soak venv constraints clean
