# Two commands do everything on a fresh machine: `make bench` and `make test`.
# Both make .venv, build and install zkmark into it, and do so again only when something changed.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# A file of tests stays with one process, so that what its tests share is made once; tests/conftest.py says which come
# first. Tests start hundreds of processes: what Python compiles is kept, even where it is told not to write any, and in
# a folder of its own, so that none of it lands beside the sources.
# A process that dies ends them all: with another one in its place, xdist may wait for ever.
PYTEST := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/build/pycache $(BIN)/python -m pytest \
	--numprocesses auto --dist loadfile --max-worker-restart 0 --no-loadscope-reorder --benchmark-disable

NATIVE := CMakeLists.txt $(shell find -H src/native backends/*/native kernels/*/cpu -name '*.[ch]pp' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help bench test test-all sanitize lint format docs clean browser

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | \
	  while IFS='|' read -r a b; do printf '%-16s %s\n' "$$a" "$$b"; done

bench: $(VENV)/.installed ## Measure this machine with the suite quick; ends with the paths of the results and the report
	$(BIN)/zkmark run quick --output results $(ARGS)

test: $(VENV)/.installed-test browser ## Install what the tests need and run them all (but the slow ones)
	$(PYTEST) -m 'not slow' $(ARGS)

test-all: $(VENV)/.installed-test browser ## Run every test, the slow ones too
	$(PYTEST) $(ARGS)

sanitize: $(VENV)/.installed-test ## Test the native kernels under AddressSanitizer and UndefinedBehaviorSanitizer
	@sh scripts/sanitize.sh $(VENV) $(ARGS)

lint: $(VENV)/.installed-lint ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-lint ## Put the sources in the project's style
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-docs ## Build the documentation into docs/_build/html
	$(BIN)/python -m sphinx -W -q -b html docs docs/_build/html
	@echo docs/_build/html/index.html

browser: ## Install Chromium for the report's tests where that can be done unasked
	@sh scripts/browser.sh

clean: ## Remove the environment and everything built (results stay)
	rm -rf $(VENV) build docs/_build .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.installed: pyproject.toml $(NATIVE)
	@sh scripts/install.sh $(VENV) ''
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	@sh scripts/install.sh $(VENV) $*
	@touch $@
