"""What a caller sent, as the system's typed request and the bytes of a picture.

Two forms: `multipart/form-data` with the file `picture` beside the fields, or `application/json` without a picture.
A field of the form is a plain value or, where it starts with a bracket, JSON; the field `request` holds them all.
"""

import asyncio
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from components.images import MAX_BYTES, PictureTooLarge
from data.params import Strict, explain
from serving.errors import RequestError

__all__ = ["PICTURE", "REQUEST", "read_request"]

PICTURE, REQUEST = "picture", "request"
MAX_FIELD_BYTES = 32 * 1024
MAX_FIELDS = 20
READ_TIMEOUT_S = 30.0

Kind = TypeVar("Kind", bound=Strict)


async def read_request(request: Request, kind: type[Kind]) -> tuple[Kind, bytes | None]:
    """Read the body within its limits.

    Raises:
        RequestError: wrong content type (415), too large (413), too slow (408), malformed (400), or fields that do
            not fit `kind` (422).
        PictureTooLarge: the picture is over the limit.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            if content_type == "application/json":
                return _validated(kind, _object(await _json_body(request), "the body")), None
            if content_type == "multipart/form-data":
                return await _read_form(request, kind)
    except TimeoutError:
        raise RequestError(408, f"the body did not arrive within {READ_TIMEOUT_S:.0f} s; send it again") from None
    raise RequestError(415, "send multipart/form-data with the file 'picture', or application/json")


async def _json_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FIELD_BYTES:
            raise RequestError(413, f"the JSON body is over {MAX_FIELD_BYTES // 1024} KiB; upload pictures as a form")
    return bytes(body)


async def _read_form(request: Request, kind: type[Kind]) -> tuple[Kind, bytes | None]:
    try:
        form = await request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES)
    except HTTPException as error:
        raise RequestError(400, f"the form cannot be read: {error.detail}") from None
    try:
        picture = form.get(PICTURE)
        if isinstance(picture, str):
            raise RequestError(422, f"{PICTURE!r} has to be a file, as in `curl -F {PICTURE}=@photo.jpg`")
        if picture is not None and (picture.size or 0) > MAX_BYTES:
            raise PictureTooLarge(f"the picture is over {MAX_BYTES // 2**20} MiB; send a smaller one")
        fields = _fields(form)
        return _validated(kind, fields), None if picture is None else await picture.read()
    finally:
        await form.close()


def _fields(form: FormData) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in form.multi_items():
        if name == PICTURE:
            if len(form.getlist(PICTURE)) > 1:
                raise RequestError(422, f"send one file as {PICTURE!r}, not several")
            continue
        if isinstance(value, UploadFile):
            raise RequestError(422, f"unknown file {name!r}; send the picture as {PICTURE!r}")
        content = _object(value, name) if name == REQUEST else {name: _value(name, value)}
        if repeated := fields.keys() & content.keys():
            raise RequestError(422, f"the field {min(repeated)!r} is given twice")
        fields |= content
    return fields


def _value(name: str, value: str) -> Any:
    return _parsed(value, name) if value[:1] in ("[", "{") else value


def _object(text: str | bytes, what: str) -> dict[str, Any]:
    if not text.strip():
        raise RequestError(422, f"{what} is empty; send a JSON object")
    content = _parsed(text, what)
    if not isinstance(content, dict):
        raise RequestError(422, f"{what} is not a JSON object")
    return content


def _parsed(text: str | bytes, what: str) -> Any:
    try:
        return from_json(text)
    except ValueError as error:
        raise RequestError(422, f"{what} is not JSON: {error}") from None


def _validated(kind: type[Kind], fields: dict[str, Any]) -> Kind:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise RequestError(422, explain(error)) from None
