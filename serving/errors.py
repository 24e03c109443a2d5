"""Errors as the caller sees them: a status that fits and one JSON object, `{"error": "…", "request_id": "…"}`."""

import json
from collections.abc import Mapping

from starlette.responses import Response

from components.errors import NotFound
from data.errors import UserError
from data.images import PictureTooLarge, UnsupportedPicture
from serving.current import request_id

__all__ = ["RequestError", "error_response", "status_of"]

LONGEST = 2000  # characters of a message; it may quote what the caller sent


class RequestError(UserError):
    """A request that is wrong before any predictor sees it."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})


def status_of(error: UserError) -> int:
    """The HTTP status of an error that the caller can mend."""
    if isinstance(error, RequestError):
        return error.status
    statuses = {UnsupportedPicture: 415, PictureTooLarge: 413, NotFound: 404}
    return next((status for kind, status in statuses.items() if isinstance(error, kind)), 422)


def error_response(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    content = {"error": message[:LONGEST], "request_id": request_id()}
    return Response(json.dumps(content, ensure_ascii=True), status, headers, media_type="application/json")
