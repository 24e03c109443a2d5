"""The opened bundle: pictures or items in, similar items out. numpy, onnxruntime and faiss alone.

Legend: N pictures, S side in pixels, C colour channels or categories, D dimensions, Q queries, K results.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from components.errors import NotFound
from components.images import square
from components.index import VectorIndex, Where
from components.systems.visual_search.types import CategoryProbability, Hit, Request, Response
from data.errors import UserError

__all__ = ["VisualSearchPredictor"]

NETWORK, DESCRIPTION, INDEX = "embed.onnx", "network.json", "index"
TOP_CATEGORIES = 3


class VisualSearchPredictor:
    """Safe to call from several threads at once."""

    def __init__(self, session: Any, index: VectorIndex, categories: tuple[str, ...], size_px: int) -> None:
        self.session = session
        self.index = index
        self.categories = categories
        self.size_px = size_px

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "VisualSearchPredictor":
        """Open the network and the index of `bundle`; `threads` is what one call may use.

        Raises:
            UserError: files are missing, damaged, or do not belong together.
        """
        try:
            description = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
            network = (bundle / NETWORK).read_bytes()
        except FileNotFoundError as error:
            raise UserError(f"{error.filename} is missing; {bundle} is no bundle of visual-search") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        index = VectorIndex.load(bundle / INDEX)
        if index.dim != description["dim"]:
            raise UserError(f"{bundle}: the index has {index.dim} dimensions, the network {description['dim']}")
        return cls(session, index, tuple(description["categories"]), description["size_px"])

    def embed(self, pixels_NSSC: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors (N, D) and calibrated logits (N, C) of uint8 squares (N, S, S, 3)."""
        embedding_ND, logits_NC = self.session.run(["embedding_ND", "logits_NC"], {"pixels_NHWC": pixels_NSSC})
        return embedding_ND, logits_NC

    def search_vectors(
        self, query_QD: np.ndarray, k: int, where: Where | None = None, exclude: Collection[str] = ()
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores and gallery rows (Q, K); see `VectorIndex.search`."""
        return self.index.search(query_QD, k, where, exclude)

    def answer(self, request: Request, picture: bytes | None = None) -> Response:
        """Answer a request that gives either a picture or an item of the gallery.

        Raises:
            UserError: neither or both are given, an unknown filter, a box that does not fit.
            PictureError: the picture cannot be used.
            NotFound: the item is not in the gallery.
        """
        if (picture is None) == (request.item_id is None):
            raise UserError("give either a picture or an item_id" + ("" if picture is None else ", not both"))
        if picture is None:
            return self._by_item(request)
        embedding_ND, logits_NC = self.embed(square(picture, self.size_px, request.box)[None])
        return Response(hits=self._hits(embedding_ND, request), categories=self._categories(logits_NC[0]))

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

    def _categories(self, logits_C: np.ndarray) -> tuple[CategoryProbability, ...]:
        weights_C = np.exp(logits_C.astype(np.float64) - logits_C.max())
        probability_C = weights_C / weights_C.sum()
        top = np.argsort(-probability_C, kind="stable")[:TOP_CATEGORIES]
        return tuple(
            CategoryProbability(category=self.categories[code], probability=float(probability_C[code])) for code in top
        )
