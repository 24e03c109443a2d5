"""An endpoint: what it takes, what it answers and who may call it. Routes and OpenAPI come from these."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from components.message import PICTURE, PICTURES
from data.params import Strict
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.keys import Scope

__all__ = ["MASK", "Answer", "Endpoint", "Handler", "parts_of"]

MASK = "mask"

Answer = Any  # a JSON object for 200, a status with one, or a Starlette response
Handler = Callable[[Context, Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Endpoint:
    """answers: status to the type of the JSON object; None: no content, or a picture at 200.

    body: of the JSON object, or of the form's fields where `takes_picture`. takes_mask: whether a mask may come beside
    the picture. filtered: whether the query may hold filters. scope: of the key that a caller needs; None: anybody may
    ask. gives: media types of an answer without a JSON object. finds: whether what is asked for may not exist. once:
    whether it may be refused with 409, after somebody did it or cancelled it.
    """

    method: str
    path: str
    answer: Handler
    scope: Scope | None
    answers: Mapping[int, Any]
    query: type[Strict] | None = None
    filtered: bool = False
    body: type[Strict] | None = None
    takes_picture: bool = False
    takes_mask: bool = False
    needs_picture: bool = False
    gives: tuple[str, ...] = ("image/jpeg",)
    finds: bool = False
    once: bool = False

    @property
    def name(self) -> str:
        module = self.answer.__module__.rpartition(".")[2]
        return f"{module}_{self.answer.__name__}" if self.answer.__name__ != module else module


def parts_of(endpoint: Endpoint) -> dict[str, tuple[str, ...]]:
    """The files that may come beside the body, each with its media types."""
    if not endpoint.takes_picture:
        return {}
    return {PICTURE: PICTURES} | ({MASK: ("image/png",)} if endpoint.takes_mask else {})
