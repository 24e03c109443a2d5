"""What a caller sent, as the system's typed request and the bytes of a picture.

Two forms: `application/json`, or for systems that take one `multipart/form-data` with the file `picture` beside the
fields.
A field of the form is a plain value or, where it starts with a bracket, JSON; the field `request` holds them all.
"""

import asyncio
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.requests import Request

from data.params import Strict, explain
from serving.errors import RequestError
from serving.form import Part, read_form
from serving.limits import MAX_UPLOAD_BYTES

__all__ = ["PICTURE", "REQUEST", "read_request"]

PICTURE, REQUEST = "picture", "request"
MAX_FIELD_BYTES = 32 * 1024
MAX_JSON_BYTES = 2**20
READ_TIMEOUT_S = 30.0

Kind = TypeVar("Kind", bound=Strict)


async def read_request(request: Request, kind: type[Kind], takes_pictures: bool) -> tuple[Kind, bytes | None]:
    """Read the body within its limits.

    Raises:
        RequestError: wrong content type (415), too large (413), too slow (408), malformed (400), or fields that do
            not fit `kind` (422).
    """
    content_type = request.headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        remedy = "upload pictures as a form" if takes_pictures else "send less, such as the latest actions alone"
        body = await _body(request, MAX_JSON_BYTES, f"the JSON body is over {MAX_JSON_BYTES // 2**20} MiB; {remedy}")
        return _read(kind, body), None
    if not takes_pictures:
        raise RequestError(415, "send application/json; pictures are not taken here")
    if media_type == "multipart/form-data":
        # The guard's limit on all bytes holds here.
        body = await _body(request, None, "")
        return _from_form(read_form(content_type, body), kind)
    raise RequestError(415, "send multipart/form-data with the file 'picture', or application/json")


def _read(kind: type[Kind], body: bytes) -> Kind:
    """Text to fields at once, which takes half of the time; what is wrong is found out in two steps."""
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        return _validated(kind, _object(body, "the body"))


async def _body(request: Request, limit: int | None, sentence: str) -> bytes:
    chunks, size = [], 0
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            async for chunk in request.stream():
                chunks.append(chunk)
                size += len(chunk)
                if limit is not None and size > limit:
                    raise RequestError(413, sentence)
    except TimeoutError:
        raise RequestError(408, f"the body did not arrive within {READ_TIMEOUT_S:.0f} s; send it again") from None
    return b"".join(chunks)


def _from_form(parts: list[Part], kind: type[Kind]) -> tuple[Kind, bytes | None]:
    picture: bytes | None = None
    fields: dict[str, Any] = {}
    for part in parts:
        if part.name == PICTURE:
            if not part.is_file:
                raise RequestError(422, f"{PICTURE!r} has to be a file, as in `curl -F {PICTURE}=@photo.jpg`")
            if picture is not None:
                raise RequestError(422, f"send one file as {PICTURE!r}, not several")
            if len(part.content) > MAX_UPLOAD_BYTES:
                raise RequestError(413, f"the picture is over {MAX_UPLOAD_BYTES // 2**20} MiB; send a smaller one")
            picture = part.content
        else:
            _add(fields, part)
    return _validated(kind, fields), picture


def _add(fields: dict[str, Any], part: Part) -> None:
    if part.is_file:
        raise RequestError(422, f"unknown file {part.name!r}; send the picture as {PICTURE!r}")
    if len(part.content) > MAX_FIELD_BYTES:
        raise RequestError(413, f"the field {part.name!r} is over {MAX_FIELD_BYTES // 1024} KiB")
    content = _object(part.content, part.name) if part.name == REQUEST else {part.name: _value(part)}
    if repeated := fields.keys() & content.keys():
        raise RequestError(422, f"the field {min(repeated)!r} is given twice")
    fields |= content


def _value(part: Part) -> Any:
    if part.content[:1] in (b"[", b"{"):
        return _parsed(part.content, part.name)
    try:
        return part.content.decode()
    except UnicodeDecodeError:
        raise RequestError(422, f"the field {part.name!r} is not UTF-8") from None


def _object(text: bytes, what: str) -> dict[str, Any]:
    if not text.strip():
        raise RequestError(422, f"{what} is empty; send a JSON object")
    content = _parsed(text, what)
    if not isinstance(content, dict):
        raise RequestError(422, f"{what} is not a JSON object")
    return content


def _parsed(text: bytes, what: str) -> Any:
    try:
        return from_json(text)
    except ValueError as error:
        raise RequestError(422, f"{what} is not JSON: {error}") from None


def _validated(kind: type[Kind], fields: dict[str, Any]) -> Kind:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise RequestError(422, explain(error)) from None
