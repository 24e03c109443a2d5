"""The opened bundle: pictures or items in, similar items out. numpy, onnxruntime and faiss alone.

Legend: N pictures, D dimensions, C categories, Q queries, K results.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from components.errors import NotFound
from components.index import VectorIndex, Where
from components.message import PICTURE, Message, check_one, one_by_one
from components.systems.visual_search.embedder import Embedder
from components.systems.visual_search.types import CategoryProbability, Hit, Request, Response
from data.errors import UserError

__all__ = ["INDEX", "VisualSearchPredictor", "open_bundle"]

INDEX = "index"


class VisualSearchPredictor:
    """Safe to call from several threads at once."""

    def __init__(self, embedder: Embedder, index: VectorIndex) -> None:
        self.embedder = embedder
        self.index = index

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "VisualSearchPredictor":
        """Open the network and the index of `bundle`; `threads` is what one call may use.

        Raises:
            UserError: files are missing, damaged, or do not belong together.
        """
        embedder = Embedder.open(bundle, threads)
        index = VectorIndex.load(bundle / INDEX)
        if index.dim != embedder.dim:
            raise UserError(f"{bundle}: the index has {index.dim} dimensions, the network {embedder.dim}")
        return cls(embedder, index)

    def search_vectors(
        self, query_QD: np.ndarray, k: int, where: Where | None = None, exclude: Collection[str] = ()
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores and gallery rows (Q, K); see `VectorIndex.search`."""
        return self.index.search(query_QD, k, where, exclude)

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As `answer`, of several requests, one after the other."""
        return one_by_one(requests, lambda request: Message(self.answer(request.fields, _picture(request))))

    def is_quick(self, request: Message) -> bool:  # noqa: ARG002 - the network reads every picture
        return False

    def answer(self, request: Request, picture: bytes | None = None) -> Response:
        """Answer a request that gives either a picture or an item of the gallery.

        Raises:
            UserError: neither or both are given, an unknown filter, a box that does not fit.
            PictureError: the picture cannot be used.
            NotFound: the item is not in the gallery.
        """
        check_one(picture, request.item_id)
        if picture is None:
            return self._by_item(request)
        embedding_ND, logits_NC = self.embedder.embed_picture(picture, request.box)
        likely = self.embedder.likely(logits_NC[0])
        categories = tuple(CategoryProbability(category=name, probability=share) for name, share in likely)
        return Response(hits=self._hits(embedding_ND, request), categories=categories)

    def _by_item(self, request: Request) -> Response:
        if request.box is not None:
            raise UserError("a box needs a picture; leave it out when searching by item_id")
        assert request.item_id is not None
        row = self.index.row_of.get(request.item_id)
        if row is None:
            raise NotFound(f"there is no item {request.item_id!r} in the gallery")
        query_QD = self.index.vectors()[row : row + 1]
        return Response(hits=self._hits(query_QD, request, (request.item_id,)), categories=())

    def _hits(self, query_QD: np.ndarray, request: Request, exclude: tuple[str, ...] = ()) -> tuple[Hit, ...]:
        scores_QK, rows_QK = self.search_vectors(query_QD, request.k, request.filters, exclude)
        return tuple(self._hit(int(row), float(score)) for score, row in zip(scores_QK[0], rows_QK[0], strict=True))

    def _hit(self, row: int, score: float) -> Hit:
        attributes = self.index.metadata.row(row)
        title = self.index.texts.get("title")
        return Hit(
            item_id=str(self.index.item_ids[row]),
            score=score,
            category=attributes.pop("category", None),
            attributes=attributes,
            title=str(title[row]) if title is not None and title[row] else None,
        )


def _picture(request: Message) -> bytes | None:
    part = request.parts.get(PICTURE)
    return None if part is None else part.content


def open_bundle(bundle: Path, threads: int = 1) -> VisualSearchPredictor:
    """The predictor that serves `bundle`; see `VisualSearchPredictor.open`."""
    return VisualSearchPredictor.open(bundle, threads)
