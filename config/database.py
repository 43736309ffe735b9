"""Where the books are: SQLite by default, MariaDB, MySQL or PostgreSQL."""

import os

from core import casts
from core.environment import BASE_DIR, read

_ENGINES = [f"django.db.backends.{name}" for name in ("sqlite3", "mysql", "postgresql")]
_QUEUED_SQLITE = "core.sqlite3"  # Django's backend with a queue of writers
DATABASE_ENGINE = read("DATABASE_ENGINE", _ENGINES[0], choices=[*_ENGINES, _QUEUED_SQLITE])
# Seconds. A connection that the server closed meanwhile is replaced instead of failing a request.
DATABASE = {"ENGINE": DATABASE_ENGINE, "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 60}
if DATABASE_ENGINE.endswith("sqlite3"):
    DATABASE["ENGINE"] = _QUEUED_SQLITE
    DATABASE["NAME"] = BASE_DIR / read("DATABASE_NAME", "var/books.sqlite3", casts.non_empty)
    # IMMEDIATE: a transaction takes the write lock at its start, so writers wait up to `timeout`
    # seconds instead of failing with "database is locked" later.
    DATABASE["OPTIONS"] = {
        "timeout": 60,
        "transaction_mode": "IMMEDIATE",
        # The log shrinks to this size after a large import.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
        "PRAGMA journal_size_limit=16777216;",
    }
    # Tests with threads need a file: an in-memory database has one shared connection.
    DATABASE["TEST"] = {"NAME": BASE_DIR / "var" / f"test-{os.getpid()}.sqlite3"}
else:
    DATABASE |= {
        "NAME": read("DATABASE_NAME", cast=casts.non_empty),
        "USER": read("DATABASE_USER", cast=casts.non_empty),
        "PASSWORD": read("DATABASE_PASSWORD", ""),
        "HOST": read("DATABASE_HOST", "127.0.0.1", casts.non_empty),
        "PORT": read("DATABASE_PORT", "", casts.port_or_none),
    }
if DATABASE_ENGINE.endswith("mysql"):
    DATABASE["OPTIONS"] = {
        "charset": "utf8mb4",
        "local_infile": True,  # for LOAD DATA, the fastest way to import
        # Without it the server cuts long text and large numbers off and only warns.
        "init_command": "SET sql_mode='STRICT_ALL_TABLES'",
    }
    DATABASE["TEST"] = {"CHARSET": "utf8mb4"}
DATABASES = {"default": DATABASE}
