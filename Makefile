# What one does with Ledgerlight. Every target sets up what it needs first.
PYTHON := .venv/bin/python
# So many tests at a time, each process with a test database of its own; 0 stays in one process.
TEST_WORKERS ?= 2
# One thread for arithmetic: the processes are as many as the cores.
PYTEST = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) -m pytest -n $(TEST_WORKERS) --dist worksteal $(ARGS)
# The parts of `make bench`; each alone is `make bench-import` and so on.
PARTS = import reports explore pages methods recommendations vouchers exports orders load start
# They take minutes and write many rows, so only `make bench-many` and `make bench-search` measure them.
LONG_PARTS = many search
BENCH = $(PYTHON) -m bench $(if $(DATA),--data $(DATA)) $(if $(SCALE),--scale $(SCALE))
# `make bench-compare A B`: A and B are runs, not targets.
ifeq (bench-compare,$(firstword $(MAKECMDGOALS)))
COMPARED = $(wordlist 2,3,$(MAKECMDGOALS))
$(sort $(COMPARED)):
	@:
endif

.DEFAULT_GOAL := help
.PHONY: help run test test-all bench bench-compare bench-docs test-mariadb test-postgresql test-spark test-browser test-office test-torture torture coverage mutants lint format lock setup setup-dev $(PARTS:%=bench-%) $(LONG_PARTS:%=bench-%) $(COMPARED)

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup  ## set up, fill empty books with a demo shop, serve it on 127.0.0.1:8000 (PORT=…)
	@exec $(PYTHON) bin/serve

test: setup-dev  ## run the tests on SQLite; no server needed (ARGS="-k tax": only some)
	@echo "== SQLite"
	@DATABASE_ENGINE=django.db.backends.sqlite3 $(PYTEST)

test-all:  ## the same tests on SQLite, MariaDB and PostgreSQL, those of Spark, of a browser, of LibreOffice, and a short torture
	@$(MAKE) --no-print-directory -j1 -k test test-mariadb test-postgresql test-spark test-browser test-office test-torture

test-mariadb test-postgresql: test-%: setup-dev
	@echo "== $*"
	@bin/servers $*
	@set -a && . var/test-$*.env && $(PYTEST) -m "not once and not spark and not browser and not office"

test-spark: setup-dev  ## every report on a Spark cluster beside DuckDB, row by row
	@echo "== Spark"
	@DATABASE_ENGINE=django.db.backends.sqlite3 bin/spark $(PYTHON) -m pytest -m spark $(ARGS) analytics/tests/test_spark.py recommendations/tests/test_voucher_engines.py

test-browser: setup-dev  ## the pages in Chromium: use, accessibility, widths, both themes
	@echo "== Browser"
	@bin/browser
	@$(PYTHON) -m pytest -m browser $(ARGS) tests/browser exports/tests/test_pdf.py

lint: setup-dev  ## check style, layers, migrations and types
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m ruff format --quiet --check .
	@.venv/bin/lint-imports
	@$(PYTHON) manage.py makemigrations --check --dry-run
	@$(PYTHON) -m mypy

test-office: setup-dev  ## the monthly report opened, calculated and read back by LibreOffice
	@echo "== LibreOffice"
	@bin/office $(PYTHON) -m pytest -m office $(ARGS) exports/tests/test_office.py

torture: setup-dev  ## stress, crash and fuzz tests on each database (ARGS="restore stock": only these; SEED=7: repeat)
	@bin/torture $(ARGS)

test-torture: setup-dev
	@CUT=1 bin/torture

# Also records which tests reach each line, for `make mutants`.
coverage: setup-dev  ## lines and branches of orders, imports, ledger and scope that the tests reach, on SQLite
	@rm -f var/coverage
	@DATABASE_ENGINE=django.db.backends.sqlite3 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
		$(PYTHON) -m pytest -n $(TEST_WORKERS) --cov --cov-context=test --cov-report= $(ARGS)
	@$(PYTHON) -m coverage report --skip-covered

mutants: coverage  ## change that code in one place at a time and expect a test to fail (N=200 SEED=7)
	@DATABASE_ENGINE=django.db.backends.sqlite3 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
		$(PYTHON) -m tests.torture.mutants $(if $(N),-n $(N)) $(if $(SEED),--seed $(SEED))

bench: setup-dev  ## measure speed beside the fastest known way, one table (DATA=file.csv SCALE=10)
	@$(BENCH)

$(PARTS:%=bench-%) $(LONG_PARTS:%=bench-%): bench-%: setup-dev  # one part; BENCH_SECONDS=… for vouchers, orders, load; BENCH_LINES=… for many
	@$(BENCH) $*

bench-compare: setup-dev  ## compare two saved runs: make bench-compare A=var/bench/….json B=…
	@$(PYTHON) -m bench.compare $(or $(strip $(A) $(B)),$(COMPARED))

bench-docs: setup-dev  ## write the newest complete runs into docs/benchmarks.md (RUNS="a.json b.json")
	@$(PYTHON) -m bench.docs $(RUNS)

format: setup-dev  ## put the code in the common style
	@$(PYTHON) -m ruff check --quiet --fix .
	@$(PYTHON) -m ruff format --quiet .

lock: setup-dev  ## write the locks anew after a change of requirements*.txt
	@bin/lock

setup:  ## only set up: .venv and .env
	@bin/setup

setup-dev:
	@bin/setup dev
