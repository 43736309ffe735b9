"""Settings come from the environment or `.env`, and are read strictly."""

from pathlib import Path

from decouple import Config, RepositoryEnv, undefined
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
_env_file = BASE_DIR / ".env"
_config = Config(RepositoryEnv(_env_file if _env_file.exists() else "/dev/null"))


def read(name, default=undefined, cast=str, choices=None):
    """The setting `name`; what is unreadable, missing or not among `choices` is refused by name."""
    try:
        value = _config(name, default=default, cast=cast)
    except Exception as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error
    if choices is not None and value not in choices:
        raise ImproperlyConfigured(f"{name}: {value!r} is not known")
    return value


def boolean(value):
    if str(value) not in ("True", "False"):
        raise ValueError(f"write True or False, not {value!r}")
    return str(value) == "True"


def positive(value):
    if int(value) <= 0:
        raise ValueError(f"must be more than 0, not {value}")
    return int(value)
