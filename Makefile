# Two commands for a fresh machine with Python 3.11 or later and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test ci clean

demo: $(VENV)/.installed ## install into .venv, build corpus/, answer "NATO Japan"
	$(BIN)/searchidx build corpus/
	$(BIN)/searchidx query "NATO Japan"

test: $(VENV)/.tested ## install with what the tests need, run them
	$(BIN)/python -m pytest

ci: ## all that CI does
	.ci/run

$(VENV)/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

clean: ## remove what was made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find index -type f ! -name README.md -delete
