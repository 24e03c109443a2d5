"""Log lines of a service: JSON objects on stderr, each with the id of its request."""

import json
import logging
import time
from typing import Any

from serving.current import request_id

__all__ = ["JsonLines", "log_as_json"]

LONGEST = 4000  # characters of a message or a traceback


class JsonLines(logging.Formatter):
    """A record as a line: time, level, logger, message, request id, facts, and the traceback of an exception."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage()[:LONGEST],
        }
        number = request_id()
        if number is not None:
            line["request_id"] = number
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)[-LONGEST:]
        return json.dumps(line, ensure_ascii=True, default=str)


def log_as_json(service: str) -> None:
    """Write this project's logs of this process to stderr as JSON lines; called when a service starts."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(service))
    for room in ("serving", "components", "data"):
        logger = logging.getLogger(room)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
    logging.getLogger("uvicorn.access").propagate = False  # without a handler, no text is formatted
