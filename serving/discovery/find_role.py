"""Role `find`: what answers words, over the items that the service keeps.

Its indexes lie in the process of the system, in memory: the catalogue is put into them at the start, and then every
change of the state, from its first on.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from components.message import Message
from components.roles import FIND, Document, Finder
from components.system import System
from data.errors import UserError
from data.params import Strict
from serving.answering import Answering
from serving.app import make_app
from serving.discovery.catalogue import Catalogue
from serving.discovery.search_types import MAX_SUGGESTIONS, Suggestions
from serving.errors import error_response
from serving.metrics import RequestMetrics
from serving.state import Item, ItemChange, Items, Unavailable
from serving.state.following import Following

__all__ = ["LiveFinder", "document_of", "known_of", "make_find_app"]

BATCH = 256  # documents whose pictures are in memory at once


class SuggestRequest(Strict):
    """What somebody has typed so far."""

    prefix: str = Field(max_length=1000)
    k: int = Field(ge=1, le=MAX_SUGGESTIONS)


class LiveFinder:
    """A `components.roles.Finder` over the items of now. Safe to call from several threads at once."""

    def __init__(self, finder: Finder, items: Items, catalogue: Catalogue) -> None:
        """Raises `Unavailable` if the state cannot be reached."""
        self._finder, self._items = finder, items
        self.seq = 0
        lines = iter(catalogue)
        while some := list(islice(lines, BATCH)):
            finder.put([document_of(line, catalogue.picture(line["item_id"])) for line in some])
        self._following = Following(items, lambda: self.seq, self._applied)
        self._following.start()

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""
        return self._finder.answers(requests)

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""
        return self._finder.is_quick(request)

    def suggest(self, prefix: str, k: int) -> Sequence[str]:
        """As `components.roles.Finder`."""
        return self._finder.suggest(prefix, k)

    def catch_up(self) -> int:
        """Make every change that is stored by now searchable; the number of the last."""
        self._following.catch_up()
        return self.seq

    def stop(self) -> None:
        self._following.stop()
        self._items.close()

    def _applied(self, changes: Sequence[ItemChange]) -> int:
        gone = [change.item_id for change in changes if change.item is None]
        if gone:
            self._finder.drop(gone)
        there = self._changed(changes)
        while some := list(islice(there, BATCH)):
            self._finder.put(some)
        self.seq = changes[-1].seq
        return len(changes)

    def _changed(self, changes: Sequence[ItemChange]) -> Iterator[Document]:
        for change in changes:
            if change.item is not None:
                yield document_of(known_of(change.item), self._items.picture(change.item_id))


def known_of(item: Item) -> dict[str, Any]:
    """What a stored item says of itself, as a line of the catalogue does."""
    names = ("item_id", "title", "category", "attributes")
    return {name: getattr(item, name) for name in names} | dict(item.details)


def document_of(known: Mapping[str, Any], picture: bytes | None) -> Document:
    """A line of the catalogue as what systems are put."""
    return Document(
        known["item_id"],
        known["title"],
        known.get("description", ""),
        known["category"],
        known["attributes"],
        known.get("created_s"),
        picture,
    )


def make_find_app(metrics: RequestMetrics, finder: Finder, system: System, items: Items, catalogue: Path) -> Any:
    """`POST /v1/find` of any system, and for the entry `POST /v1/suggest` and `POST /v1/follow`.

    catalogue: the folder of this release's items.
    """
    found = LiveFinder(finder, items, Catalogue(catalogue))
    app = make_app(Answering(FIND, system.Request, system.Response, system.takes, batch=system.batch), metrics)
    app.state.predictor = found
    follows = ThreadPoolExecutor(1, "follow")

    async def suggest(request: HttpRequest) -> HttpResponse:
        asked = SuggestRequest.model_validate_json(await request.body())
        return _json(Suggestions(suggestions=list(found.suggest(asked.prefix, asked.k))))

    async def follow(_: HttpRequest) -> HttpResponse:
        return _json(Followed(seq=await asyncio.get_running_loop().run_in_executor(follows, found.catch_up)))

    async def unavailable(_: HttpRequest, error: Exception) -> HttpResponse:
        return error_response(503, str(error))

    app.add_route("/v1/suggest", suggest, methods=["POST"])
    app.add_route("/v1/follow", follow, methods=["POST"])
    app.add_exception_handler(Unavailable, unavailable)
    return app


class Followed(Strict):
    seq: int


def _json(answer: Strict) -> HttpResponse:
    return HttpResponse(answer.model_dump_json(), media_type="application/json")
