# `make` lists the targets. Each first sets up the environment in .venv, if something changed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
READY := .venv/.ready
CODE := components corkboard data flows serving tests

.PHONY: help setup demo test test-image test-fuzz soak check audit bench format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Create .venv with exactly what requirements.lock says

$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || { \
	  for name in python3.11 python3.12 python3.13 python3 python; do \
	    command -v $$name >/dev/null 2>&1 && \
	    $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && \
	    { python=$$name; break; }; \
	  done; \
	  test -n "$$python" || { echo "make: no Python 3.11, 3.12 or 3.13 found; install one and run this again" >&2; exit 1; }; \
	  $$python -m venv .venv || { rm -rf .venv; \
	    echo "make: $$python cannot create .venv; install its venv module (Debian: python3-venv) and run this again" >&2; exit 1; }; \
	}
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirements requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: $(READY) ## Run the lifecycle of visual-search on the built-in world
	@$(BIN)/corkboard run visual-search || { code=$$?; \
	  if [ $$code -eq 3 ]; then echo "The gate refused this candidate, for the reasons above; the champion stays."; \
	  else exit $$code; fi; }

test: check $(if $(AUDIT),audit) ## Check, then run every test, on two cores; AUDIT=1 looks the packages up as well
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-image: $(READY) ## Build real images, start them unprivileged and replay their golden requests: minutes
	@CORKBOARD_TEST_IMAGE=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/serving/test_image_end_to_end.py -rs

test-fuzz: $(READY) ## Send the whole API many generated requests, and watch the memory of each process: ten minutes
	@CORKBOARD_TEST_FUZZ=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/serving/test_discovery_growth.py -rs -s

soak: $(READY) ## Kill parts of the stack at random moments of 50 releases; hours, and it goes on where it was stopped
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.soak $(or $(FOLDER),.corkboard/soak) --kills $(or $(KILLS),50)

check: $(READY) ## Format, lint, types, direction of imports, layout
	@$(BIN)/ruff format --check --quiet $(CODE)
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/mypy --no-error-summary
	@output=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$output"; exit 1; }
	@$(BIN)/python tests/layout.py

audit: $(READY) ## Look every locked package up among known vulnerabilities; says so if the service cannot be reached
	@$(BIN)/python tests/audit.py

bench: $(READY) ## Run the side-by-side benchmarks
	@$(BIN)/corkboard bench

format: $(READY) ## Format and mend what lint can mend
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

clean: ## Remove caches and the environment; the state folder stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
