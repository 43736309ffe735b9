"""Django's settings, read strictly from the environment or `.env`.

An invalid value stops the start with the name of its setting. `.env.example` explains each one.
"""

import hashlib
from datetime import timedelta
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from django.contrib.messages import constants as messages
from django.core.exceptions import ImproperlyConfigured

from config.api_settings import (  # noqa: F401 - Django reads them here
    REDOC_SETTINGS,
    REST_FRAMEWORK,
    SWAGGER_SETTINGS,
    SWAGGER_USE_COMPAT_RENDERERS,
)
from config.database import DATABASES  # noqa: F401
from config.passwords import AUTH_PASSWORD_VALIDATORS, PASSWORD_HASHERS  # noqa: F401
from core import casts
from core.environment import BASE_DIR, boolean, folder, increasing_numbers, read, three_limits
from core.logs import log_lines

VAR_DIR = BASE_DIR / "var"
for _folder in ("static", "built"):
    # Django and WhiteNoise warn at every start about a folder that does not exist.
    (VAR_DIR / _folder).mkdir(parents=True, exist_ok=True)

# Core

SECRET_KEY = read("SECRET_KEY", cast=casts.secret_key)
DEBUG = read("DEBUG", False, boolean)
HTTPS = read("HTTPS", False, boolean)
ALLOWED_HOSTS = read("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]", casts.host_names)
SITE_URL = read("SITE_URL", "http://127.0.0.1:8000", casts.origin)
CSRF_TRUSTED_ORIGINS = [SITE_URL] if HTTPS else []

INSTALLED_APPS = [
    "accounts",  # before django.contrib.auth, whose createsuperuser it replaces
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    # Before staticfiles, whose `runserver` it replaces: it serves static files as production does.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_yasg",
    "django_htmx",
    "axes",
    "django_q",
    "catalog",
    "customers",
    "orders",
    "imports",
    "shop_settings",
    "ledger",
    "analytics",
    "recommendations",
    "exports",
    "backups",
    "demo",
    "onboarding",
]

MIDDLEWARE = [
    # First, so that each line of the log has the id and the time covers all other middleware.
    "core.middleware.request_id",
    "core.problems.exception_responses",
    "django.middleware.security.SecurityMiddleware",
    # Before compression and sessions: static files are compressed already and need no user.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.compression.CompressText",
    "core.middleware.content_security_policy",
    "core.middleware.private_answers",
    # Before CommonMiddleware, whose redirect to the slash would lose the body of a POST.
    "core.middleware.optional_slash",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "core.middleware.no_nul_in_admin",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "analytics.api.legacy.dashboard.DashboardShape",
    # Last, as axes requires: it replaces the answer of the sign-in view during a lockout.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
TEST_RUNNER = "core.test_runner.PytestRunner"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.menu.menu",
            ],
            "libraries": {"menu": "core.menu_tags"},
        },
    }
]
SILENCED_SYSTEM_CHECKS = ["models.W037"]  # MySQL ignores the condition of the queue's index
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Shop

SHOP_NAME = read("SHOP_NAME", "", casts.short_line)
TIME_ZONE = read("TIME_ZONE", "UTC", choices=available_timezones())
USE_TZ = True
LANGUAGE_CODE = "en"
USE_I18N = False
BASE_CURRENCY = read("BASE_CURRENCY", "EUR", choices=list_currencies())
WEEK_START = read("WEEK_START", 1, casts.whole_number(1, 7))
PRICES_INCLUDE_TAX = read("PRICES_INCLUDE_TAX", False, boolean)
VALUE_TIERS = read("VALUE_TIERS", "5000,2000,500", three_limits)
VOUCHER_ORDERS = read("VOUCHER_ORDERS", "5,14,38", increasing_numbers)
VOUCHER_DAYS = read("VOUCHER_DAYS", "30,61,91,121,181", increasing_numbers)
VOUCHER_HOLD_OUT = read("VOUCHER_HOLD_OUT", 10, casts.whole_number(0, 50))

# Ledger: columnar copies of the data, which reports read

LEDGER_FOLDER = BASE_DIR / read("LEDGER_URL", "var/ledger", folder)
LEDGER_ENGINE = read("LEDGER_ENGINE", "duckdb", choices=("duckdb", "spark"))
SPARK_MASTER = read("SPARK_MASTER", "local[*]", casts.spark_master)
LEDGER_MAX_AGE = read("LEDGER_MAX_AGE", 0, casts.seconds)
LEDGER_KEEP_DAYS = read("LEDGER_KEEP_DAYS", 30, casts.whole_number(1, 36500))
LEDGER_PATIENCE = read("LEDGER_PATIENCE", 0.3, casts.seconds)
LEDGER_READ_MB = read("LEDGER_READ_MB", 512, casts.whole_number(64, 2**20))
LEDGER_READ_SECONDS = read("LEDGER_READ_SECONDS", 30, casts.seconds)
LEDGER_BUILD_MB = read("LEDGER_BUILD_MB", 1024, casts.whole_number(64, 2**20))

# Cache: in the process by default, Redis for several hosts

CACHE_URL = read("CACHE_URL", "locmem://", casts.cache_url)
CACHES = {
    "default": {"BACKEND": "core.redis_cache.RedisOrProcess", "LOCATION": CACHE_URL}
    if CACHE_URL.startswith("redis")
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

RATE_COUNTS = VAR_DIR / "rates.sqlite3"  # rate limits without Redis

# Files

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", VAR_DIR / "built"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:  # no collectstatic while developing
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
MEDIA_ROOT = VAR_DIR / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
IMPORT_MAX_BYTES = read("IMPORT_MAX_BYTES", 2**30, casts.whole_number(1, 2**40))
EXPORT_KEEP_DAYS = read("EXPORT_KEEP_DAYS", 7, casts.whole_number(1, 3650))

# Users

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.EmailOrUsername",
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
# Not admin: anybody who can receive an e-mail could then take over the shop.
NEW_ACCOUNTS_ROLE = read("NEW_ACCOUNTS_ROLE", "", choices=("", "analyst", "manager", "operator"))
MESSAGE_TAGS = {messages.SUCCESS: "good", messages.ERROR: "bad", messages.WARNING: "bad"}
EMAILED_LINKS_LAST = {"verify": timedelta(hours=48), "reset": timedelta(hours=2)}

# Only both together: nobody can lock out somebody else's account from another address.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = read("SIGN_IN_FAILURES", 5, casts.whole_number(1, 1000))
AXES_COOLOFF_TIME = timedelta(
    minutes=read("SIGN_IN_COOLOFF_MINUTES", 15, casts.whole_number(1, 60 * 24 * 366))
)
AXES_USERNAME_CALLABLE = "accounts.backends.lockout_account"
AXES_CLIENT_IP_CALLABLE = "accounts.backends.client_address"
AXES_RESET_ON_SUCCESS = True
# Attempts during a lockout do not extend it, so that the Retry-After header stays true.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "core.problems.locked_out"
# Otherwise axes stores every sign-in with its IP address, not only those that failed.
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# Tokens have a separate signing key: if it leaks, sessions stay safe.
SIMPLE_JWT = {
    "SIGNING_KEY": hashlib.sha256(f"jwt:{SECRET_KEY}".encode()).hexdigest(),
    "AUDIENCE": "ledgerlight",
    "ISSUER": "ledgerlight",
    "ACCESS_TOKEN_LIFETIME": timedelta(
        minutes=read("JWT_ACCESS_MINUTES", 10, casts.whole_number(1, 60 * 24 * 31))
    ),
    "REFRESH_TOKEN_LIFETIME": timedelta(
        days=read("JWT_REFRESH_DAYS", 14, casts.whole_number(1, 3650))
    ),
    # With the blacklist each refresh token works only once, also one that was stolen.
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    # A token holds a hash of the password's hash, so that a new password ends it.
    "CHECK_REVOKE_TOKEN": True,
    "UPDATE_LAST_LOGIN": True,
}

# Clients of the older systems

LEGACY_API = read("LEGACY_API", False, boolean)

# Worker

_queue_url = read("QUEUE_URL", "", casts.redis_or_none)
LONG_JOBS = "long"
Q_CLUSTER = {
    "name": "ledgerlight",
    **({"redis": _queue_url} if _queue_url else {"orm": "default"}),
    "workers": 1,
    # Seconds, as `retry` and `poll` are.
    "timeout": 3600,
    # Longer than `timeout`: django-q would otherwise start a job again that is still running.
    "retry": 3900,
    # By default there is no limit: a job that kills its worker would be started for ever.
    "max_attempts": 3,
    "poll": 1,
    "save_limit": 250,
    # After a break of the worker a schedule runs once, not for every time it missed.
    "catch_up": False,
    "label": "Jobs",
    # Jobs that take minutes have a separate worker, started with Q_CLUSTER_NAME=long: imports,
    # files and e-mails never wait for them.
    "ALT_CLUSTERS": {LONG_JOBS: {}},
}

# E-mail

DEFAULT_FROM_EMAIL = read("DEFAULT_FROM_EMAIL", "ledgerlight@localhost", casts.email_sender)
EMAIL_HOST = read("EMAIL_HOST", "", casts.host_or_none)
EMAIL_PORT = read("EMAIL_PORT", 587, casts.port)
EMAIL_HOST_USER = read("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = read("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = read("EMAIL_USE_TLS", True, boolean)
# Seconds. By default there is no timeout, and a silent mail server would block the worker.
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"

# Transport security: HTTPS=True behind a proxy that ends TLS

# Only behind a proxy that sets it: otherwise any client could claim to use HTTPS.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Browsers remember HSTS, also for other programs on the same host: it has to be enabled explicitly.
SECURE_HSTS_SECONDS = read("HSTS_SECONDS", 0, casts.whole_number(0, 2 * 366 * 86400))
SECURE_HSTS_INCLUDE_SUBDOMAINS = read("HSTS_SUBDOMAINS", False, boolean)
SECURE_HSTS_PRELOAD = read("HSTS_PRELOAD", False, boolean)
if SECURE_HSTS_PRELOAD and not (SECURE_HSTS_INCLUDE_SUBDOMAINS and SECURE_HSTS_SECONDS >= 31536000):
    raise ImproperlyConfigured("HSTS_PRELOAD: needs HSTS_SUBDOMAINS=True, HSTS_SECONDS=31536000")
SECURE_REFERRER_POLICY = "same-origin"
# With Strict, whoever follows a link in an e-mail would seem to be signed out.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# No script needs it: each form holds its token.
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "core.problems.csrf_failure"
X_FRAME_OPTIONS = "DENY"

# Logs: one JSON object per line, with the id of the request and without personal data

LOG_LEVEL = read("LOG_LEVEL", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = log_lines(LOG_LEVEL)
