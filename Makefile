# For a fresh machine with Python 3.11 or later and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test ci audit clean

demo: $(VENV)/.installed ## install into .venv, index corpus/, run a query
	$(BIN)/searchidx build corpus/
	$(BIN)/searchidx query "NATO Japan"

test: $(VENV)/.tested ## install the test dependencies, run the tests
	$(BIN)/python -m pytest -n auto --dist worksteal

ci: ## run everything that CI runs
	.ci/run

audit: $(VENV)/.tested ## check the installed packages for known weaknesses, and list their licences
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit pip-licenses
	$(BIN)/python -m pip_audit --local --skip-editable
	$(BIN)/pip-licenses --order=license

$(VENV)/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

clean: ## remove generated files
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find index -type f ! -name README.md -delete
