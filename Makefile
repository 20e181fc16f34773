# Two commands: make demo, make test. Without make (Windows) see README.md.
PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

.PHONY: install demo test check messages
install: .venv/.installed

demo: install
	$(BIN)/caunoi demo --port $(PORT)

test: install
	$(BIN)/python -m pytest -n 2 $(PYTEST)

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m locales.catalogue check

messages: install
	$(BIN)/python -m locales.catalogue update
