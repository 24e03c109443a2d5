"""Role `keep`: what belongs on boards, over the items that the service keeps and what is saved to them."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from components.message import Message
from components.roles import KEEP, Keeper
from components.system import System
from data.errors import UserError
from data.params import Strict
from serving.answering import Answering
from serving.app import make_app
from serving.discovery.catalogue import Catalogue
from serving.discovery.find_role import document_of, known_of
from serving.errors import error_response
from serving.metrics import RequestMetrics
from serving.state import ItemChange, Items, Unavailable
from serving.state.following import Following

__all__ = ["LiveKeeper", "Saved", "make_keep_app"]

BATCH = 4096  # items that are put at once


class Saved(Strict):
    """An item that was saved to a board."""

    board_id: str
    item_id: str


class Left(Strict):
    """A person who was erased."""

    owner_id: str


class LiveKeeper:
    """A `components.roles.Keeper` over the items of now. Safe to call from several threads at once."""

    def __init__(self, keeper: Keeper, items: Items, catalogue: Catalogue) -> None:
        """Raises `Unavailable` if the state cannot be reached."""
        self.keeper, self._items = keeper, items
        self.seq = 0
        lines = iter(catalogue)
        while some := list(islice(lines, BATCH)):
            keeper.put([document_of(line, None) for line in some])
        self._following = Following(items, lambda: self.seq, self._applied)
        self._following.start()

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""
        return self.keeper.answers(requests)

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""
        return self.keeper.is_quick(request)

    def catch_up(self) -> int:
        """Know every change that is stored by now; the number of the last."""
        self._following.catch_up()
        return self.seq

    def stop(self) -> None:
        self._following.stop()
        self._items.close()

    def _applied(self, changes: Sequence[ItemChange]) -> int:
        self.keeper.drop([change.item_id for change in changes if change.item is None])
        there = [document_of(known_of(change.item), None) for change in changes if change.item is not None]
        if there:
            self.keeper.put(there)
        self.seq = changes[-1].seq
        return len(changes)


def make_keep_app(metrics: RequestMetrics, keeper: Keeper, system: System, items: Items, catalogue: Path) -> Any:
    """`POST /v1/keep` of any system, and for the entry `POST /v1/saved`, `/v1/forget` and `/v1/follow`.

    catalogue: the folder of this release's items.
    """
    live = LiveKeeper(keeper, items, Catalogue(catalogue))
    app = make_app(Answering(KEEP, system.Request, system.Response, system.takes, batch=system.batch), metrics)
    app.state.predictor = live
    follows = ThreadPoolExecutor(1, "follow")

    async def saved(request: HttpRequest) -> HttpResponse:
        one = Saved.model_validate_json(await request.body())
        await asyncio.get_running_loop().run_in_executor(follows, live.keeper.keep, one.board_id, one.item_id)
        return _json(one)

    async def forget(request: HttpRequest) -> HttpResponse:
        one = Left.model_validate_json(await request.body())
        await asyncio.get_running_loop().run_in_executor(follows, live.keeper.forget, one.owner_id)
        return HttpResponse(b"{}", media_type="application/json")

    async def follow(_: HttpRequest) -> HttpResponse:
        return _json(_Followed(seq=await asyncio.get_running_loop().run_in_executor(follows, live.catch_up)))

    async def unavailable(_: HttpRequest, error: Exception) -> HttpResponse:
        return error_response(503, str(error))

    app.add_route("/v1/saved", saved, methods=["POST"])
    app.add_route("/v1/forget", forget, methods=["POST"])
    app.add_route("/v1/follow", follow, methods=["POST"])
    app.add_exception_handler(Unavailable, unavailable)
    return app


class _Followed(Strict):
    seq: int


def _json(answer: Strict) -> HttpResponse:
    return HttpResponse(answer.model_dump_json(), media_type="application/json")
