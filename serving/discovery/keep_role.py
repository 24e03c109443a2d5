"""Role `keep`: what belongs on boards, over the items and the boards that the service keeps."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from components.message import Message
from components.roles import KEEP, Document, Keeper, Ranker
from components.system import System
from data.errors import UserError
from data.params import Strict
from serving.answering import Answering
from serving.app import make_app
from serving.discovery.catalogue import Catalogue
from serving.discovery.find_role import document_of, known_of
from serving.errors import error_response
from serving.metrics import RequestMetrics
from serving.state import BoardChange, Item, ItemChange, State, Unavailable
from serving.state.following import Following

__all__ = ["LiveKeeper", "make_keep_app", "put_all"]

BATCH, PICTURES = 4096, 512  # items that are put at once, without and with their pictures


class LiveKeeper:
    """A `components.roles.Keeper` over the items and boards of now. Safe to call from several threads at once."""

    def __init__(self, keeper: Keeper, state: State, catalogue: Catalogue) -> None:
        """Raises `Unavailable` if the state cannot be reached."""
        self.keeper, self._state = keeper, state
        self.seq = self._boards_seq = 0
        self._boards_of: dict[str, set[str]] = {}  # a person's mark to the ids of the boards that are held
        put_all(keeper, catalogue, keeper.lacks)
        self._followings = (
            Following(state.items, lambda: self.seq, self._items_changed),
            Following(state.boards, lambda: self._boards_seq, self._boards_changed),
        )
        for following in self._followings:
            following.start()

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""
        return self.keeper.answers(requests)

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""
        return self.keeper.is_quick(request)

    def catch_up(self) -> int:
        """Know every change that is stored by now; the number of the last of an item."""
        for following in self._followings:
            following.catch_up()
        return self.seq

    def stop(self) -> None:
        for following in self._followings:
            following.stop()
        self._state.close()

    def _items_changed(self, changes: Sequence[ItemChange]) -> int:
        self.keeper.drop([change.item_id for change in changes if change.item is None])
        there = (change.item for change in changes if change.item is not None)
        while some := list(islice(there, PICTURES)):
            self.keeper.put([self._document(item) for item in some])
        self.seq = changes[-1].seq
        return len(changes)

    def _document(self, item: Item) -> Document:
        """With the vector of its picture where it is the right one, or else the picture."""
        looks_by = self.keeper.looks_by
        if looks_by and item.model == looks_by:
            return replace(document_of(known_of(item), None), vector_D=item.vector_D)
        return document_of(known_of(item), self._state.items.picture(item.item_id) if looks_by else None)

    def _boards_changed(self, changes: Sequence[BoardChange]) -> int:
        held: dict[str, list[str]] = {}
        for change in changes:
            boards = {} if change.user_id is None else self._state.boards.of(change.user_id)
            now = {f"{change.user_id}/{name}": item_ids[::-1] for name, item_ids in boards.items()}
            held |= {board_id: [] for board_id in self._boards_of.pop(change.mark, ())} | now
            if now:
                self._boards_of[change.mark] = set(now)
        self.keeper.hold(held)
        self._boards_seq = changes[-1].seq
        return len(changes)


def put_all(system: Keeper | Ranker, catalogue: Catalogue, lacks: Callable[[str], bool] = lambda _: False) -> None:
    """Make the items of a release known, then the pictures of those that the system `lacks`."""
    lines = iter(catalogue)
    while some := list(islice(lines, BATCH)):
        system.put([document_of(line, None) for line in some])
    lacking = (line for line in catalogue if lacks(line["item_id"]))
    while some := list(islice(lacking, PICTURES)):
        system.put([document_of(line, catalogue.picture(line["item_id"])) for line in some])


def make_keep_app(metrics: RequestMetrics, keeper: Keeper, system: System, state: State, catalogue: Path) -> Any:
    """`POST /v1/keep` of any system, and for the entry `POST /v1/follow`.

    catalogue: the folder of this release's items.
    """
    live = LiveKeeper(keeper, state, Catalogue(catalogue))
    app = make_app(Answering(KEEP, system.Request, system.Response, system.takes, batch=system.batch), metrics)
    app.state.predictor = live
    follows = ThreadPoolExecutor(1, "follow")

    async def follow(_: HttpRequest) -> HttpResponse:
        return _json(_Followed(seq=await asyncio.get_running_loop().run_in_executor(follows, live.catch_up)))

    async def unavailable(_: HttpRequest, error: Exception) -> HttpResponse:
        return error_response(503, str(error))

    app.add_route("/v1/follow", follow, methods=["POST"])
    app.add_exception_handler(Unavailable, unavailable)
    return app


class _Followed(Strict):
    seq: int


def _json(answer: Strict) -> HttpResponse:
    return HttpResponse(answer.model_dump_json(), media_type="application/json")
