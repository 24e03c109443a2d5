"""The exported network: squares of pixels in, unit vectors and calibrated logits out.

Legend: N pictures, S side in pixels, D dimensions, C categories.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from components.session import open_session
from data.errors import UserError
from data.images import Framing, square

__all__ = ["DESCRIPTION", "NETWORK", "Embedder"]

NETWORK, DESCRIPTION = "embed.onnx", "network.json"
TOP_CATEGORIES = 3


class Embedder:
    """Safe to call from several threads at once."""

    def __init__(self, session: Any, dim: int, categories: tuple[str, ...], size_px: int, framing: Framing) -> None:
        self.session = session
        self.dim = dim
        self.categories = categories
        self.size_px = size_px
        self.framing = framing

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "Embedder":
        """Open the network of `bundle`; `threads` is what one call may use.

        Raises:
            UserError: files are missing.
        """
        try:
            description = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
            session = open_session(bundle / NETWORK, threads)
        except FileNotFoundError as error:
            raise UserError(f"{error.filename} is missing; {bundle} is no bundle of visual-search") from None
        framing = description.get("framing", "squash")  # a bundle from before there was a choice says nothing
        return cls(session, description["dim"], tuple(description["categories"]), description["size_px"], framing)

    def square(self, picture: bytes, box: Sequence[float] | None = None) -> np.ndarray:
        """The square (S, S, 3) of a picture, or of the part in `box`, as the network was trained on; see `images`."""
        return square(picture, self.size_px, box, self.framing)

    def embed(self, pixels_NSS3: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors (N, D) and calibrated logits (N, C) of uint8 squares (N, S, S, 3)."""
        embedding_ND, logits_NC = self.session.run(["embedding_ND", "logits_NC"], {"pixels_NHWC": pixels_NSS3})
        return embedding_ND, logits_NC

    def embed_picture(self, picture: bytes, box: Sequence[float] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Unit vector (1, D) and logits (1, C) of a picture's bytes, or of the part in `box`; see `images.square`."""
        return self.embed(self.square(picture, box)[None])

    def likely(self, logits_C: np.ndarray) -> list[tuple[str, float]]:
        """The most probable categories of a picture with their probabilities, from its logits (C,)."""
        weights_C = np.exp(logits_C.astype(np.float64) - logits_C.max())
        probability_C = weights_C / weights_C.sum()
        top = np.argsort(-probability_C, kind="stable")[:TOP_CATEGORIES]
        return [(self.categories[code], float(probability_C[code])) for code in top]
