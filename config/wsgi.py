import os
from importlib import import_module

import pyarrow as pa
from django.core.wsgi import get_wsgi_application

from core.unneeded_packages import not_installed

os.umask(0o077)  # books, ledger and uploads are people's data
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Others import them wherever they are installed, and nothing in the web server uses them: the REST
# framework a client of HTTP and fields of PostgreSQL, drf-yasg a validator, Arrow, with its first
# Python value, pandas. They would be a third of the start and 60 MB.
with not_installed(
    "requests", "pygments", "django.contrib.postgres", "swagger_spec_validator", "pandas"
):
    application = get_wsgi_application()
    # Or Django would load the addresses, and most of the program with them, with the first request.
    import_module("config.urls")
    pa.scalar(0)
