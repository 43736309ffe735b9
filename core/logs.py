"""Log lines as JSON, with the id of their request and the causes of an exception.

Request bodies and paths are not logged: they contain names, e-mail addresses and tokens. The text
of an exception may quote user input, so everything that looks like a value is masked in it.
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from typing import Any

current_request = ContextVar("current_request", default="-")
MOST_CAUSES = 5
MOST_CHARACTERS = 500  # of an exception's text

# A quoted lower-case word is a name in the program: KeyError: 'country_id'
OWN_NAME = re.compile(r"[a-z_][a-z0-9_./-]*")
# These quote only names in the program.
OF_THE_PROGRAM = (AttributeError, ImportError, NameError, TypeError)
MASKS = (
    (re.compile(r"(//)[^/@\s]*@"), r"\1…@"),  # user and password of an address
    # Without "…": what the mask above leaves of an address is not an e-mail address.
    (re.compile(r"[^\s'\"(<=,/…]+@[^\s'\")>,/:]+\.\w+"), "<e-mail>"),
    # Up to "for key", as MySQL does not escape quotes within the value.
    (re.compile(r"\b(Duplicate entry) '.*' (for key)", re.DOTALL), r"\1 '…' \2"),
    (re.compile(r"(\(\w[\w, ]*\)=)\(.*?\)(?= )", re.DOTALL), r"\1(…)"),  # PostgreSQL's detail
    (re.compile(r"(Failing row contains) \(.*\)", re.DOTALL), r"\1 (…)"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"), "<address>"),
    # With a digit at least: paths of modules and names of constraints are as long.
    (re.compile(r"\b(?=[\w.+/-]*\d)[A-Za-z0-9_.+/-]{32,}"), "<token>"),
    (re.compile(r"\+?\d[\d ()/-]{7,}\d"), "<number>"),  # telephones, cards
)
QUOTED = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"")


def log_lines(level: str) -> dict:
    """The setting LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "core.logs.JsonLines"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Without handlers: Django's own write plain text and e-mail errors to ADMINS.
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # axes writes e-mail addresses and network addresses into its lines
            "axes": {"handlers": [], "level": "CRITICAL", "propagate": True},
            "django-q": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        request = getattr(record, "request", None)
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            # Django logs an answer of 4xx or 5xx when the request is already over.
            "request": getattr(request, "id", None) or current_request.get(),
            "message": message_of(record, request),
        }
        if record.exc_info and record.exc_info[1]:
            line |= described(record.exc_info[1])
            line["causes"] = [described(cause) for cause in causes_of(record.exc_info[1])]
        if record.stack_info:
            line["stack"] = record.stack_info.splitlines()
        return json.dumps(line, ensure_ascii=False)


def message_of(record: logging.LogRecord, request: Any) -> str:
    """With the route instead of the path, which may contain a token or an e-mail address."""
    path = getattr(request, "path", None)
    # A single mapping as argument becomes `args` itself.
    if path is None or not isinstance(record.args, tuple):
        return record.getMessage()
    match = getattr(request, "resolver_match", None)
    route = match.route if match else "-"
    return str(record.msg) % tuple(route if value == path else value for value in record.args)


def described(error: BaseException) -> dict:
    return {
        "error": type(error).__name__,
        "reason": str(error) if isinstance(error, OF_THE_PROGRAM) else masked(str(error)),
        "trace": traceback.format_tb(error.__traceback__),
    }


def causes_of(error: BaseException) -> list[BaseException]:
    """The exceptions that led to this one: its causes or, failing that, its contexts."""
    found = [error]
    while len(found) <= MOST_CAUSES:
        last = found[-1]
        cause = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if cause is None or cause in found:
            break
        found.append(cause)
    return found[1:]


def masked(text: str) -> str:
    """The text of an exception without user input and personal data."""
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    text = QUOTED.sub(own_name_or_mask, text)
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"


def own_name_or_mask(quoted: re.Match) -> str:
    text, mark = quoted[0][1:-1], quoted[0][0]
    return quoted[0] if OWN_NAME.fullmatch(text) or text == "…" else f"{mark}…{mark}"
