"""What becomes of an error in a job: a message for people, and whether the job should run again."""

import logging
from dataclasses import dataclass

from analytics.semantics.filters import Refused
from core.problems import failure_message, is_temporary

log = logging.getLogger("ledgerlight.exports")
INTERNAL_ERROR = "Internal error: look for “{}” in the server log."


@dataclass(frozen=True)
class Failure:
    message: str
    is_temporary: bool


def failure_of(error: Exception, job: str) -> Failure:
    """Called in an except clause of `job`, such as "export 12". A refusal, such as a role that was
    taken away, is what people did and no fault: it is not logged, and trying again is no use."""
    if isinstance(error, Refused):
        return Failure(str(error), is_temporary=False)
    log.exception(job)
    return Failure(failure_message(error, INTERNAL_ERROR.format(job)), is_temporary(error))
