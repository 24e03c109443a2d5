"""Role `search`: the champion's network before the live index of items that come, change and go.

The index lives in the process of the network, since that is where vectors are made and compared: a search crosses no
border between the two, and one process holds the vectors in memory. Legend: D dimensions.
"""

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field
from pydantic_core import to_json
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from components.errors import NotFound
from components.index import VectorIndex
from components.index.claims import claim, drop_unclaimed
from components.index.live import LiveIndex
from components.index.snapshot import Hit
from components.interests import interests
from components.message import PICTURE, PICTURES, Message, check_one, one_by_one
from components.roles import Searcher
from data.errors import UserError
from data.images import PictureError
from data.params import Strict
from serving.answering import Answering
from serving.app import make_app
from serving.discovery.catalogue import INDEX, REGIONS
from serving.discovery.search_types import MAX_RESULTS
from serving.discovery.types import Category, Filters, Name, Pixels
from serving.errors import RequestError, error_response
from serving.limits import MAX_UPLOAD_BYTES, threads
from serving.metrics import RequestMetrics
from serving.state import Item, Items, Unavailable
from serving.state.follower import Follower

__all__ = ["LiveSearch", "index_name", "make_search_app"]

MOST = MAX_RESULTS + 101  # results of the deepest page, and one more, which shows whether there is another

MOST_WISHES = 200
MOST_INTERESTS = 5
APART = 1.0  # of two interests, see `components.interests`

logger = logging.getLogger(__name__)


class Request(Strict):
    """A picture, which comes beside this, or an item; and items that the results must not hold."""

    item_id: Name | None = None
    box: tuple[Pixels, Pixels, Pixels, Pixels] | None = None
    k: int = Field(10, ge=1, le=MOST)
    filters: Filters = Field(default_factory=dict)
    exclude: tuple[str, ...] = Field((), max_length=2000)


class ScoredItem(Strict):
    item_id: str
    score: float


class Response(Strict):
    hits: tuple[ScoredItem, ...]
    categories: tuple[Category, ...]


class ScenesRequest(Strict):
    """Regions of scenes that look like an item. label: that they have to have, if any has it."""

    item_id: Name
    label: str | None = None
    k: int = Field(ge=1, le=MOST)


class AlikeRequest(Strict):
    """What looks like each of some items."""

    items: tuple[Name, ...] = Field(max_length=MOST_WISHES)
    k: int = Field(ge=1, le=MOST)
    filters: Filters = Field(default_factory=dict)


class InterestsRequest(Strict):
    """What somebody wished for, the latest last, weighed; `k` results are wanted of all interests together.

    latest: of how many of the latest wishes look-alikes are wanted too, `each` of them.
    """

    items: tuple[Name, ...] = Field(max_length=MOST_WISHES)
    weights: tuple[float, ...]
    k: int = Field(ge=0, le=MOST)
    latest: int = Field(0, ge=0, le=MOST_WISHES)
    each: int = Field(1, ge=1, le=MOST)


class Embedding(Strict):
    """vector: float32, little-endian, in base64. model: whose it is."""

    vector: str
    model: str


class LiveSearch:
    """Safe to call from several threads at once."""

    def __init__(self, searcher: Searcher, model: str, items: Items, catalogue: Path, folder: Path) -> None:
        """catalogue: the folder with the index that stands where nothing was changed. folder: where compacted ones go.

        Raises:
            UserError: an index is damaged.
            Unavailable: the state cannot be reached.
        """
        self._searcher, self._model, self._items = searcher, model, items
        self._claim = claim(folder)  # so that no other process takes it for a former champion's
        self.index = LiveIndex(folder, lambda: VectorIndex.load(catalogue / INDEX))
        self._regions = VectorIndex.load(catalogue / REGIONS) if (catalogue / REGIONS).is_dir() else None
        self._follower = Follower(items, self.index, model, self._embedded)
        self._follower.start()

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As `answer`, one after the other."""
        return one_by_one(requests, self._message)

    def is_quick(self, request: Message) -> bool:  # noqa: ARG002 - the network reads every picture
        return False

    def _message(self, request: Message) -> Message:
        part = request.parts.get(PICTURE)
        return Message(self.answer(request.fields, None if part is None else part.content))

    def answer(self, request: Request, picture: bytes | None = None) -> Response:
        """What looks like a picture or an item; a deleted item is not found."""
        check_one(picture, request.item_id)
        if picture is not None:
            vector_D, categories = self._searcher.look(picture, request.box)
            probable = tuple(Category(category=name, probability=probability) for name, probability in categories)
            return Response(hits=self._hits(vector_D, request, request.exclude), categories=probable)
        if request.box is not None:
            raise UserError("a box needs a picture; leave it out when searching by item_id")
        assert request.item_id is not None
        known_D = self._known(request.item_id)
        return Response(hits=self._hits(known_D, request, (*request.exclude, request.item_id)), categories=())

    def scenes(self, request: ScenesRequest) -> Response:
        """Regions of the catalogue's scenes that look like an item, as hits with their names."""
        known_D = self._known(request.item_id)
        if self._regions is None:
            return Response(hits=(), categories=())
        labels = self._regions.metadata.vocabulary["label"]
        where = {"label": request.label} if request.label in labels else {}
        scores_QK, rows_QK = self._regions.search(known_D[None], request.k, where)
        pairs = zip(self._regions.item_ids[rows_QK[0]].tolist(), scores_QK[0].tolist(), strict=True)
        return Response(hits=tuple(ScoredItem(item_id=name, score=score) for name, score in pairs), categories=())

    def alike(self, request: AlikeRequest) -> dict[str, Any]:
        """`hits` of each of several items, all compared at once; none of one that is not there."""
        vectors = [self.index.vector(name) for name in request.items]
        known = [vector_D for vector_D in vectors if vector_D is not None]
        found = iter(self.index.search(np.stack(known), request.k + 1, request.filters) if known else ())
        hits = [
            [] if vector_D is None else _scored([hit for hit in next(found) if hit.item_id != name][: request.k])
            for name, vector_D in zip(request.items, vectors, strict=True)
        ]
        return {"hits": hits}

    def interests(self, request: InterestsRequest) -> dict[str, Any]:
        """`interests`, each with the `item_id` that stands for it, its `importance` and `hits`, more of the more
        important, without what the person wished for; `alike`, the hits of the latest wishes, the latest first.
        """
        pairs = zip(request.items, request.weights, strict=True)
        known = {name: (weight, vector) for name, weight in pairs if (vector := self.index.vector(name)) is not None}
        latest = request.items[::-1][: request.latest]
        if not known:
            return {"interests": [], "alike": [[] for _ in latest]}
        names = list(known)
        vectors_ND = np.stack([vector for _, vector in known.values()])
        weight_N = np.array([weight for weight, _ in known.values()])
        found = interests(vectors_ND, weight_N, APART)[:MOST_INTERESTS] if request.k else []
        total = sum(one.importance for one in found)
        counts = [max(1, round(request.k * one.importance / total)) for one in found]
        rows = [one.medoid for one in found] + [names.index(name) for name in latest if name in known]
        wanted = [count + len(names) for count in counts] + [request.each + 1] * (len(rows) - len(found))
        results = iter(self.index.search(vectors_ND[rows], wanted)) if rows else iter(())
        given = [
            {
                "item_id": names[one.medoid],
                "importance": one.importance / total,
                "hits": _scored([hit for hit in next(results) if hit.item_id not in known][:count]),
            }
            for one, count in zip(found, counts, strict=True)
        ]
        alike = [
            _scored([hit for hit in next(results) if hit.item_id != name][: request.each]) if name in known else []
            for name in latest
        ]
        return {"interests": given, "alike": alike}

    def embed(self, picture: bytes) -> Embedding:
        """The vector of a picture, to be stored beside it."""
        vector_D, _ = self._searcher.look(picture)
        return Embedding(vector=base64.b64encode(vector_D.astype("<f4").tobytes()).decode(), model=self._model)

    def catch_up(self) -> int:
        """Make every change that is stored by now searchable; the number of the last."""
        self._follower.catch_up()
        return self.index.seq

    def stop(self) -> None:
        self._follower.stop()
        self._items.close()
        self._claim.close()

    def _known(self, item_id: str) -> np.ndarray:
        known_D = self.index.vector(item_id)
        if known_D is None:
            raise NotFound(f"there is no item {item_id!r}")
        return known_D

    def _hits(self, query_D: np.ndarray, request: Request, exclude: Collection[str]) -> Any:
        return _scored(self.index.search(query_D[None], request.k, request.filters, exclude)[0])

    def _embedded(self, item: Item) -> np.ndarray | None:
        """The vector of an item that was stored while no network was there, or another one."""
        try:
            picture = self._items.picture(item.item_id)
            return None if picture is None else self._searcher.look(picture)[0]
        except PictureError as error:
            logger.warning("item %s cannot be searched: %s", item.item_id, error)
            return None


def _scored(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    return [{"item_id": hit.item_id, "score": hit.score} for hit in hits]


def index_name(bundle_hash: str, catalogue: str, items: Items) -> str:
    """The name of the folder for compacted indexes: of these vectors, these rows, and changes of this numbering."""
    return f"{bundle_hash[:16]}-{catalogue}-{items.store_id()[:16]}"


def make_search_app(
    metrics: RequestMetrics, searcher: Searcher, model: str, items: Items, catalogue: Path, indexes: Path
) -> Any:
    """`POST /v1/search` of any system, and for the entry `POST` on the names of `works`.

    model: the hash of the bundle. catalogue: the folder of this release's items. indexes: where the live indexes of
    several releases lie; those that nobody uses any more are deleted.
    """
    folder = indexes / index_name(model, catalogue.name, items)
    search = LiveSearch(searcher, model, items, catalogue, folder)
    for former in drop_unclaimed(indexes):
        logger.info("deleted the index of a former champion, %s", former.name)
    app = make_app(Answering("search", Request, Response, takes={PICTURE: PICTURES}), metrics)
    app.state.predictor = search
    pool = ThreadPoolExecutor(threads(), "embed")

    def called(work: Callable[[bytes], bytes]) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
        async def answer(request: HttpRequest) -> HttpResponse:
            body = await request.body()  # within the guard's limit
            if len(body) > MAX_UPLOAD_BYTES:
                raise RequestError(413, f"the picture is over {MAX_UPLOAD_BYTES // 2**20} MiB; send a smaller one")
            content = await asyncio.get_running_loop().run_in_executor(pool, work, body)
            return HttpResponse(content, media_type="application/json")

        return answer

    def read(kind: type[Strict], work: Callable[[Any], Strict | dict[str, Any]]) -> Callable[[bytes], bytes]:
        return lambda body: to_json(work(kind.model_validate_json(body)))

    works: dict[str, Callable[[bytes], bytes]] = {
        "alike": read(AlikeRequest, search.alike),
        "interests": read(InterestsRequest, search.interests),
        "embed": lambda picture: to_json(search.embed(picture)),
        "scenes": read(ScenesRequest, search.scenes),
        "follow": lambda _: b'{"seq": %d}' % search.catch_up(),
    }

    async def unavailable(_: HttpRequest, error: Exception) -> HttpResponse:
        return error_response(503, str(error))

    for name, work in works.items():
        app.add_route(f"/v1/{name}", called(work), methods=["POST"])
    app.add_exception_handler(Unavailable, unavailable)
    return app
