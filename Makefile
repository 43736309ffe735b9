# What one does with Ledgerlight. Every target sets up what it needs first.
PYTHON := .venv/bin/python
# So many tests at a time, each process with a test database of its own; 0 stays in one process.
TEST_WORKERS ?= 2
PYTEST = $(PYTHON) -m pytest -n $(TEST_WORKERS) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help run test test-all bench-import test-mariadb test-postgresql lint format setup setup-dev

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup  ## set up, fill empty books with a demo shop, serve it on 127.0.0.1:8000 (PORT=…)
	@exec $(PYTHON) bin/serve

test: setup-dev  ## run the tests on SQLite; no server needed (ARGS="-k tax": only some)
	@echo "== SQLite"
	@DATABASE_ENGINE=django.db.backends.sqlite3 $(PYTEST)

test-all:  ## the same tests on SQLite, MariaDB and PostgreSQL
	@$(MAKE) --no-print-directory -j1 -k test test-mariadb test-postgresql

test-mariadb test-postgresql: test-%: setup-dev
	@echo "== $*"
	@bin/servers $*
	@set -a && . var/test-$*.env && $(PYTEST)

lint: setup-dev  ## check style, layers, migrations and types
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m ruff format --quiet --check .
	@.venv/bin/lint-imports
	@$(PYTHON) manage.py makemigrations --check --dry-run
	@$(PYTHON) -m mypy

bench-import: setup-dev  ## the importer beside each database's own loader (DATA=file.csv)
	@$(PYTHON) bench/imports.py $(or $(DATA),../shared/data/online_retail.csv.gz)

format: setup-dev  ## put the code in the common style
	@$(PYTHON) -m ruff check --quiet --fix .
	@$(PYTHON) -m ruff format --quiet .

setup:  ## only set up: .venv and .env
	@bin/setup

setup-dev:
	@bin/setup dev
