# Two commands: make demo, make test. Without make (Windows) see docs/running.md.
PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

.PHONY: install demo test test-postgresql check messages picture
install: .venv/.installed

demo: install
	$(BIN)/caunoi demo --port $(PORT)

# The whole suite on SQLite, and the tests marked `differs` on PostgreSQL as well; with CAUNOI_TEST_DATABASES=sqlite these
# are left out. Below, all that uses a database, on PostgreSQL. CI runs both, whole.
# Three workers on two cores: some always wait, for PostgreSQL, a browser or a killed process. The many processes
# they start read what was compiled once, whatever the environment says of it.
export CAUNOI_TEST_DATABASES ?= sqlite,postgresql
test test-postgresql: export PYTHONDONTWRITEBYTECODE =
test: install
	$(BIN)/python -m pytest -n 3 --dist worksteal -m 'differs or not postgresql' $(PYTEST)

test-postgresql: export CAUNOI_TEST_DATABASES = postgresql
test-postgresql: install
	$(BIN)/python -m pytest -n 3 --dist worksteal -m postgresql $(PYTEST)

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m locales.catalogue check

messages: install
	$(BIN)/python -m locales.catalogue update

# The README's picture, of a demonstration as it begins.
picture: install
	$(BIN)/python -m tests.demo.picture
