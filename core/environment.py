"""Reads settings from the environment or `.env`, strictly."""

import re
from collections.abc import Callable, Container
from decimal import Decimal
from pathlib import Path
from typing import Any

from decouple import Config, RepositoryEnv, UndefinedValueError, undefined
from django.core.exceptions import ImproperlyConfigured

from core import casts


# decouple's own parser would keep the comment as part of the value.
class EnvFile(RepositoryEnv):
    """Lines of `NAME=value  # comment`; quotes keep what looks like a comment in the value."""

    def __init__(self, source: Path | str, encoding: str = "UTF-8"):
        lines = map(str.strip, Path(source).read_text(encoding).splitlines())
        pairs = (line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
        self.data = {name.strip(): without_comment(value) for name, value in pairs}


def without_comment(text: str) -> str:
    """A # after a blank starts a comment; at the start only if a blank follows: keys contain #."""
    quoted = re.fullmatch(r"""\s*(["'])(.*?)\1(\s+#.*)?""", text)
    return quoted[2] if quoted else re.sub(r"(?<=\S)\s+#.*|^\s*#(\s.*)?$", "", text).strip()


BASE_DIR = Path(__file__).resolve().parent.parent
_env_file = BASE_DIR / ".env"
# Not decouple's `config`, which searches all parent folders for a .env or settings.ini.
_config = Config(EnvFile(_env_file if _env_file.exists() else "/dev/null"))
declared: dict[str, dict] = {}  # how each setting is read


def read(
    name: str,
    default: Any = undefined,
    cast: Callable[[Any], Any] = str,
    choices: Container | None = None,
) -> Any:
    """The setting `name`. An invalid or missing value raises an error that names the setting."""
    declared[name] = {"default": default, "cast": cast, "choices": choices}
    try:
        return parsed(name, _config(name, default=default))
    # Also decouple's own error, for a missing value.
    except Exception as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def parsed(name: str, text: Any) -> Any:
    """The value of the setting that this text stands for; a ValueError says what to write."""
    cast, choices = declared[name]["cast"], declared[name]["choices"]
    try:
        value = cast(text)
    except ArithmeticError as error:  # of Decimal
        raise ValueError(f"write numbers, not {text!r}") from error
    if choices is not None and value not in choices:
        raise ValueError(f"{value!r} is not one of the choices")
    return value


def configured_text(name: str) -> str:
    """The text by which the environment, `.env` or else the default sets it."""
    return str(_config(name, default=declared[name]["default"]))


def is_configured(name: str) -> bool:
    """Whether the environment or `.env` sets it."""
    try:
        _config(name)
    except UndefinedValueError:
        return False
    return True


def without_secrets() -> dict[str, str]:
    """The configured settings as text, without keys and passwords."""
    texts = {}
    for name in sorted(declared):
        if name != "SECRET_KEY" and "PASSWORD" not in name:
            try:
                # The address of a Redis server may contain its password.
                texts[name] = re.sub(r"//[^/@]*@", "//", _config(name))
            except UndefinedValueError:
                continue
    return texts


def boolean(value: str | bool) -> bool:
    if str(value) not in ("True", "False"):
        raise ValueError(f"write True or False, not {value!r}")
    return str(value) == "True"


def folder(value: str) -> str:
    """A path or file://path; other schemes are not supported."""
    scheme, separator, rest = value.rpartition("://")
    if (separator and scheme != "file") or not rest.strip() or not rest.isprintable():
        raise ValueError(f"write the path of a folder, not {value!r}")
    return rest


def three_limits(value: str) -> tuple[Decimal, ...]:
    limits = tuple(Decimal(amount) for amount in value.split(","))
    if len(limits) != 3 or not all(limit.is_finite() for limit in limits):
        raise ValueError(f"write three amounts, not {value!r}")
    if not all(0 <= limit < 10**15 for limit in limits):
        raise ValueError(f"write amounts from 0 to a quadrillion, not {value!r}")
    if not limits[0] > limits[1] > limits[2]:
        raise ValueError(f"write the highest amount first, not {value!r}")
    return limits


def increasing_numbers(value: str) -> tuple[int, ...]:
    """Limits of segments: whole numbers above 0, each larger than the one before."""
    starts = tuple(casts.whole_number(1, 36500)(number.strip()) for number in value.split(","))
    if list(starts) != sorted({*starts, 0} - {0}) or starts[0] < 1:
        raise ValueError(f"write increasing whole numbers above 0, not {value!r}")
    return starts
