"""What a caller sent, as a message: the typed request and its binary parts.

Three forms: `application/json`; where there are parts `multipart/form-data` with a file a part beside the fields; and
where there is one kind of part its bytes alone as the body, with the fields in the query. A field of the form is a
plain value or, where it starts with a bracket, JSON; the field `request` holds them all.
"""

import asyncio
import codecs
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.requests import Request

from components.message import Message, Part
from data.params import Strict, explain
from serving.errors import RequestError
from serving.form import Field, read_form
from serving.limits import MAX_UPLOAD_BYTES

__all__ = ["REQUEST", "read_request"]

REQUEST = "request"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MAX_FIELD_BYTES = 32 * 1024
MAX_JSON_BYTES = 2**20
READ_TIMEOUT_S = 30.0
NO_JSON = {codecs.BOM_UTF8: "a byte order mark", b"\x1f\x8b": "what gzip writes", **dict.fromkeys(UTF_16, "UTF-16")}
UNSPECIFIED = ("", "application/octet-stream")  # media types that say nothing of the content
ALIASES = {"image/jpg": "image/jpeg"}

Kind = TypeVar("Kind", bound=Strict)


async def read_request(
    request: Request, kind: type[Strict], takes: Mapping[str, tuple[str, ...]], bare: bool = True
) -> Message:
    """Read the body within its limits.

    takes: the parts that may come, each with its media types. bare: whether the only part may be the body itself.

    Raises:
        RequestError: wrong content type (415), too large (413), too slow (408), malformed (400), or fields that do
            not fit `kind` (422).
    """
    if (packing := request.headers.get("content-encoding", "identity").strip().lower()) not in ("", "identity"):
        raise RequestError(415, f"the body is packed ({packing}); send it as it is, without a Content-Encoding")
    content_type = request.headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        remedy = f"upload {_names(takes)} as a form" if takes else "send less, such as the latest actions alone"
        body = await _body(request, MAX_JSON_BYTES, f"the JSON body is over {MAX_JSON_BYTES // 2**20} MiB; {remedy}")
        return Message(_read(kind, body))
    if not takes:
        raise RequestError(415, "send application/json; pictures are not taken here")
    if media_type == "multipart/form-data":
        # The guard's limit on all bytes holds here.
        body = await _body(request, None, "")
        return _from_form(read_form(content_type, body), kind, takes)
    if bare and len(takes) == 1 and ALIASES.get(media_type, media_type) in (*takes.values(),)[0]:
        ((name, kinds),) = takes.items()
        part = _checked(Field(name, await _body(request, None, ""), True, media_type), kinds)
        fields = [Field(key, value.encode()) for key, value in request.query_params.multi_items()]
        return Message(_validated(kind, _fields(fields)), {name: part})
    file = f"the file {_names(takes)}" if len(takes) == 1 else f"the files {_names(takes)}"
    raise RequestError(415, f"send multipart/form-data with {file}, or application/json")


def _names(takes: Iterable[str]) -> str:
    return ", ".join(map(repr, takes))


def _read(kind: type[Kind], body: bytes) -> Kind:
    """Parse and validate in one step, which takes half of the time; the slower two steps explain what is wrong."""
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


def _from_form(form: list[Field], kind: type[Strict], takes: Mapping[str, tuple[str, ...]]) -> Message:
    parts: dict[str, Part] = {}
    plain = []
    for field in form:
        if field.name not in takes:
            if field.is_file:
                raise RequestError(422, f"unknown file {field.name!r}; there can be {_names(takes)}")
            plain.append(field)
        elif not field.is_file:
            raise RequestError(422, f"{field.name!r} has to be a file, as in `curl -F {field.name}=@photo.jpg`")
        elif field.name in parts:
            raise RequestError(422, f"send one file as {field.name!r}, not several")
        else:
            parts[field.name] = _checked(field, takes[field.name])
    return Message(_validated(kind, _fields(plain)), parts)


def _checked(field: Field, kinds: tuple[str, ...]) -> Part:
    """The field as a part of one of `kinds`; without a media type it counts as the first of them."""
    if len(field.content) > MAX_UPLOAD_BYTES:
        raise RequestError(413, f"the {field.name} is over {MAX_UPLOAD_BYTES // 2**20} MiB; send a smaller one")
    media_type = ALIASES.get(field.media_type, field.media_type)
    if media_type in UNSPECIFIED:
        media_type = kinds[0]
    if media_type not in kinds:
        raise RequestError(415, f"the {field.name} is {media_type}; send {' or '.join(kinds)}")
    return Part(field.content, media_type)


def _fields(form: Iterable[Field]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for field in form:
        if len(field.content) > MAX_FIELD_BYTES:
            raise RequestError(413, f"the field {field.name!r} is over {MAX_FIELD_BYTES // 1024} KiB")
        content = _object(field.content, field.name) if field.name == REQUEST else {field.name: _value(field)}
        if repeated := fields.keys() & content.keys():
            raise RequestError(422, f"the field {min(repeated)!r} is given twice")
        fields |= content
    return fields


def _value(field: Field) -> Any:
    if field.content[:1] in (b"[", b"{"):
        return _parsed(field.content, field.name)
    try:
        return field.content.decode()
    except UnicodeDecodeError:
        raise RequestError(422, f"the field {field.name!r} is not UTF-8") from None


def _object(text: bytes, what: str) -> dict[str, Any]:
    if not text.strip():
        raise RequestError(422, f"{what} is empty; send a JSON object")
    content = _parsed(text, what)
    if not isinstance(content, dict):
        raise RequestError(422, f"{what} is not a JSON object")
    return content


def _parsed(text: bytes, what: str) -> Any:
    for begins, kind in NO_JSON.items():
        if text.startswith(begins):
            raise RequestError(422, f"{what} begins with {kind}; send plain JSON in UTF-8")
    try:
        return from_json(text)
    except ValueError as error:
        raise RequestError(422, f"{what} is not JSON: {error}") from None


def _validated(kind: type[Kind], fields: dict[str, Any]) -> Kind:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise RequestError(422, explain(error)) from None
