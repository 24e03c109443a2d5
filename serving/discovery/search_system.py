"""Visual search over items that change: the champion's network before the live index.

The index lives in the process of the network, since that is where vectors are made and compared: a search crosses no
border between the two, and one process holds the vectors in memory. Legend: N pictures, D dimensions.
"""

import base64
import logging
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from pydantic import Field

from components.errors import NotFound
from components.index import VectorIndex
from components.index.claims import claim
from components.index.live import LiveIndex
from components.index.snapshot import Hit
from components.message import PICTURE, PICTURES, Message, one_by_one
from components.systems.visual_search import types
from components.systems.visual_search.predictor import VisualSearchPredictor
from data.errors import UserError
from data.images import PictureError
from data.params import Strict
from serving.answering import Answering
from serving.state import Follower, Item, Items

__all__ = ["ANSWERING", "Embedding", "Found", "LiveSearch", "Request", "Response", "index_name"]

MOST = 1101  # results of the deepest page, and one more, which tells whether there is another

logger = logging.getLogger(__name__)


class Request(types.Request):
    """As of visual search, with more results, and items that must not be among them."""

    k: int = Field(10, ge=1, le=MOST)
    exclude: tuple[str, ...] = Field((), max_length=2000)


class Found(Strict):
    item_id: str
    score: float


class Response(Strict):
    hits: tuple[Found, ...]
    categories: tuple[types.CategoryProbability, ...]


ANSWERING = Answering("search", Request, Response, takes={PICTURE: PICTURES})


class Embedding(Strict):
    """vector: float32, little-endian, in base64. model: whose it is."""

    vector: str
    model: str


def index_name(bundle_hash: str, catalogue_tag: str, items: Items) -> str:
    """The name of the folder for compacted indexes: of these vectors, these rows, and changes of this numbering."""
    return f"{bundle_hash[:16]}-{catalogue_tag.rpartition(':')[2]}-{items.store_id()[:16]}"


class LiveSearch:
    """Safe to call from several threads at once."""

    def __init__(self, predictor: VisualSearchPredictor, model: str, items: Items, base: Path, folder: Path) -> None:
        """base: the folder of the index that stands where nothing was changed. folder: where compacted ones go.

        Raises:
            UserError: an index is damaged.
            Unavailable: the state cannot be reached.
        """
        self._predictor, self._model, self._items = predictor, model, items
        self._claim = claim(folder)  # so that no other process takes it for a former champion's
        self.index = LiveIndex(folder, lambda: VectorIndex.load(base))
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
        """As visual search does; a deleted item is not found."""
        if (picture is None) == (request.item_id is None):
            raise UserError("give either a picture or an item_id" + ("" if picture is None else ", not both"))
        if picture is not None:
            embedding_ND, logits_NC = self._predictor.embedder.embed_picture(picture, request.box)
            return Response(
                hits=self._hits(embedding_ND, request, request.exclude),
                categories=self._predictor.categories(logits_NC[0]),
            )
        if request.box is not None:
            raise UserError("a box needs a picture; leave it out when searching by item_id")
        assert request.item_id is not None
        vector_D = self.index.vector(request.item_id)
        if vector_D is None:
            raise NotFound(f"there is no item {request.item_id!r}")
        return Response(hits=self._hits(vector_D[None], request, (*request.exclude, request.item_id)), categories=())

    def embed(self, picture: bytes) -> Embedding:
        """The vector of a picture, to be stored beside it."""
        vector_D = self._predictor.embedder.embed_picture(picture)[0][0]
        return Embedding(vector=base64.b64encode(vector_D.astype("<f4").tobytes()).decode(), model=self._model)

    def catch_up(self) -> int:
        """Make every change that is stored by now searchable; the number of the last."""
        self._follower.catch_up()
        return self.index.seq

    def stop(self) -> None:
        self._follower.stop()
        self._items.close()
        self._claim.close()

    def _hits(self, query_QD: np.ndarray, request: Request, exclude: Collection[str]) -> tuple[Found, ...]:
        hits: list[Hit] = self.index.search(query_QD, request.k, request.filters, exclude)[0]
        return tuple(Found(item_id=hit.item_id, score=hit.score) for hit in hits)

    def _embedded(self, item: Item) -> np.ndarray | None:
        """The vector of an item that was stored while no network was there, or another one."""
        try:
            picture = self._items.picture(item.item_id)
            return None if picture is None else self._predictor.embedder.embed_picture(picture)[0][0]
        except PictureError as error:
            logger.warning("item %s cannot be searched: %s", item.item_id, error)
            return None
