import os

from django.core.asgi import get_asgi_application

os.umask(0o077)  # books, ledger and uploads are people's data
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_asgi_application()
