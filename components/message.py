"""A request or an answer: JSON fields, and named binary parts beside them, such as a picture or a mask."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from data.errors import UserError

__all__ = [
    "PICTURE",
    "PICTURES",
    "Message",
    "Part",
    "answer_one",
    "check_one",
    "one_by_one",
    "picture_part",
    "pictured",
]

PICTURE = "picture"  # the usual name of a single part
PICTURES = ("image/jpeg", "image/png", "image/webp")  # the media types that `data.images.decode` takes
STARTS = {b"\xff\xd8": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes, and their media type such as `image/png`."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Message:
    """fields: a `System.Request` or a `System.Response`. parts: by name, as the system declares."""

    fields: Any
    parts: Mapping[str, Part] = field(default_factory=dict)


def picture_part(content: bytes) -> Part:
    """A picture as a part; its media type is read from its first bytes, JPEG where they tell nothing."""
    return Part(content, next((kind for start, kind in STARTS.items() if content.startswith(start)), PICTURES[0]))


def pictured(fields: Any, picture: bytes | None = None) -> Message:
    """A message with at most one part, called `picture`."""
    return Message(fields) if picture is None else Message(fields, {PICTURE: picture_part(picture)})


def check_one(picture: bytes | None, item_id: str | None) -> None:
    """Raise `UserError` unless a search is given one of the two: a picture, or the id of an item."""
    if (picture is None) == (item_id is None):
        raise UserError("give either a picture or an item_id" + ("" if picture is None else ", not both"))


def one_by_one(requests: Iterable[Message], answer: Callable[[Message], Message]) -> list[Message | UserError]:
    """`answers` of a predictor that has nothing to gain from several requests at once."""
    answers: list[Message | UserError] = []
    for request in requests:
        try:
            answers.append(answer(request))
        except UserError as error:
            answers.append(error)
    return answers


def answer_one(answers: Callable[[Sequence[Message]], Sequence[Message | UserError]], request: Message) -> Message:
    """The answer to one request; raises the `UserError` that `answers` gave instead."""
    (answer,) = answers([request])
    if isinstance(answer, UserError):
        raise answer
    return answer
