# What one does with Ledgerlight. Every target sets up what it needs first.
PYTHON := .venv/bin/python
# So many tests at a time, each process with a test database of its own; 0 stays in one process.
TEST_WORKERS ?= 2
# One thread for arithmetic: the processes are as many as the cores.
PYTEST = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) -m pytest -n $(TEST_WORKERS) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help run test test-all bench-import bench-exports bench-recommendations bench-reports bench-methods bench-pages test-mariadb test-postgresql test-spark test-browser test-office test-torture torture lint format setup setup-dev

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
	@DATABASE_ENGINE=django.db.backends.sqlite3 bin/spark $(PYTHON) -m pytest -m spark $(ARGS) analytics/tests/test_spark.py

test-browser: setup-dev  ## the pages in Chromium: use, accessibility, widths, both themes
	@echo "== Browser"
	@bin/browser
	@$(PYTHON) -m pytest -m browser $(ARGS) tests/browser

lint: setup-dev  ## check style, layers, migrations and types
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m ruff format --quiet --check .
	@.venv/bin/lint-imports
	@$(PYTHON) manage.py makemigrations --check --dry-run
	@$(PYTHON) -m mypy

test-office: setup-dev  ## the monthly report opened, calculated and read back by LibreOffice
	@echo "== LibreOffice"
	@bin/office $(PYTHON) -m pytest -m office $(ARGS) exports/tests/test_office.py

torture: setup-dev  ## try hard to break it, on each database (ARGS="restore stock": only these; SEED=7: again)
	@bin/torture $(ARGS)

test-torture: setup-dev
	@CUT=1 bin/torture

bench-exports: setup-dev  ## the monthly report beside the bare writer of the same cells (DATA=file.csv)
	@OMP_NUM_THREADS=1 $(PYTHON) bench/exports.py $(or $(DATA),../shared/data/online_retail.csv.gz)

bench-import: setup-dev  ## the importer beside each database's own loader (DATA=file.csv)
	@$(PYTHON) bench/imports.py $(or $(DATA),../shared/data/online_retail.csv.gz)

bench-reports: setup-dev  ## each report over HTTP beside SQL by hand, on the file's lines and ten times them
	@for copies in 1 10; do $(PYTHON) bench/reports.py --copies $$copies $(or $(DATA),../shared/data/online_retail.csv.gz); done

bench-methods: setup-dev  ## the models on published data: reference, target, reached, seconds
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) bench/methods.py

bench-pages: setup-dev  ## the overview in Chromium and on the server, on the demo shop and the file
	@bin/browser
	@$(PYTHON) bench/pages.py $(or $(DATA),../shared/data/online_retail.csv.gz)

bench-recommendations: setup-dev  ## recommendations and vouchers beside their targets (DATA=file.csv)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) bench/recommendations.py $(or $(DATA),../shared/data/online_retail.csv.gz)

format: setup-dev  ## put the code in the common style
	@$(PYTHON) -m ruff check --quiet --fix .
	@$(PYTHON) -m ruff format --quiet .

setup:  ## only set up: .venv and .env
	@bin/setup

setup-dev:
	@bin/setup dev
