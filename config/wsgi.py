import os
from importlib import import_module

import duckdb
import pyarrow as pa
from django.core.wsgi import get_wsgi_application

os.umask(0o077)  # books, ledger and uploads are people's data
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# Before the processes are forked, which then share it. Django would load the addresses, and most of
# the program with them, with the first request, and Arrow pandas with its first Python value.
import_module("config.urls")
pa.scalar(0)
# DuckDB opens a database of its own when it is imported. Its thread does not survive the fork, and
# each process would end with an abort.
duckdb.close()
