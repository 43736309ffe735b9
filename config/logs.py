"""Log lines as JSON with the id of the request they belong to. No bodies, names or addresses."""

import json
import logging
import traceback
from contextvars import ContextVar

current_request = ContextVar("current_request", default="-")


class JsonLines(logging.Formatter):
    def format(self, record):
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "request": current_request.get(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = traceback.format_tb(record.exc_info[2])
            line["error"] = record.exc_info[0].__name__  # its text may quote somebody's input
        return json.dumps(line, ensure_ascii=False)
