"""An API key that a browser keeps where scripts cannot read it, so that pictures are let in too."""

from starlette.responses import Response

from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.keys import COOKIE
from serving.discovery.types import SessionRequest
from serving.errors import RequestError

__all__ = ["start"]

KEPT_S = 30 * 86_400


async def start(context: Context, call: Call) -> Response:
    """Let a browser send an API key as a cookie, which other sites cannot make it send."""
    request: SessionRequest = call.body
    if not context.doors.knows(request.key):
        raise RequestError(401, "the API key is unknown", {"WWW-Authenticate": "Bearer"})
    answer = Response(status_code=204)
    answer.set_cookie(COOKIE, request.key, max_age=KEPT_S, httponly=True, samesite="strict", secure=call.secure)
    return answer
