"""A form in one piece: `multipart/form-data` (RFC 7578) whose body is already in memory and bounded.

The parts are found by their boundary, which for a picture of 50 kB takes a tenth of the time of a streaming parser.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from python_multipart.multipart import parse_options_header

from serving.errors import RequestError

__all__ = ["Part", "read_form"]

MAX_PARTS = 20
MAX_HEADER_BYTES = 4096
MAX_BOUNDARY_BYTES = 70  # RFC 2046, section 5.1.1


@dataclass(frozen=True)
class Part:
    """A field, or a file if it came with a file name."""

    name: str
    content: bytes
    is_file: bool


def read_form(content_type: str, body: bytes) -> list[Part]:
    """The parts of `body`, in order.

    Raises:
        RequestError: 400 if the form is malformed, cut short, or has over 20 parts.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not 0 < len(boundary) <= MAX_BOUNDARY_BYTES:
        raise _unreadable("its content type names no boundary")
    parts: list[Part] = []
    for start, end in _spans(body, b"--" + boundary):
        if len(parts) == MAX_PARTS:
            raise _unreadable(f"it has over {MAX_PARTS} parts")
        parts.append(_part(body, start, end))
    return parts


def _spans(body: bytes, delimiter: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each part, headers included."""
    position = 0 if body.startswith(delimiter) else body.find(b"\r\n" + delimiter) + 2
    if position == 1:
        raise _unreadable("its boundary does not occur")
    while True:
        position += len(delimiter)
        if body.startswith(b"--", position):
            return
        if not body.startswith(b"\r\n", position):
            raise _unreadable("a boundary is not followed by a new line")
        end = body.find(b"\r\n" + delimiter, position)
        if end < 0:
            raise _unreadable("it is cut short")
        yield position + 2, end
        position = end + 2


def _part(body: bytes, start: int, end: int) -> Part:
    headers_end = body.find(b"\r\n\r\n", start, min(end, start + MAX_HEADER_BYTES))
    if headers_end < 0:
        raise _unreadable("a part has no headers, or over 4 KiB of them")
    for line in body[start:headers_end].split(b"\r\n"):
        header, _, value = line.partition(b":")
        if header.strip().lower() == b"content-disposition":
            options = parse_options_header(value.strip())[1]
            name = options.get(b"name", b"").decode(errors="replace")
            if name:
                return Part(name, body[headers_end + 4 : end], b"filename" in options)
    raise _unreadable("a part has no name")


def _unreadable(reason: str) -> RequestError:
    return RequestError(400, f"the form cannot be read: {reason}")
