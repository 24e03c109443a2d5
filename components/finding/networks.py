"""Texts and pictures as vectors: of meaning, and in one space in which a text lies near the pictures that it describes.

Legend: N texts or pictures, D dimensions, S side in pixels.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from components.session import open_session
from components.text.encoder import StaticEncoder, TextEncoder, open_text_encoder
from data.errors import UserError
from data.images import PictureError, square

__all__ = ["DESCRIPTION", "MEANING", "PICTURES", "TEXTS", "TOKENS", "Networks"]

TOKENS, MEANING = "tokens", "meaning"  # folders of encoders
TEXTS, PICTURES, DESCRIPTION = "texts.onnx", "pictures.onnx", "networks.json"
BATCH = 16


class Networks:
    """Safe to call from several threads at once. sides: of the space of looks, where the bundle has it."""

    def __init__(
        self, meaning: TextEncoder, tokens: StaticEncoder, sides: tuple[Any, Any] | None, size_px: int
    ) -> None:
        self.encoder, self.tokens, self._sides, self._size_px = meaning, tokens, sides, size_px
        self.dims = (meaning.dim, 1 if sides is None else int(sides[0].get_outputs()[0].shape[-1]), tokens.dim)

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "Networks":
        """The networks of `bundle`. Raises `UserError` where files are missing or damaged."""
        tokens = open_text_encoder(bundle / TOKENS, threads)
        if not isinstance(tokens, StaticEncoder):
            raise UserError("tokens.weights: one vector a token is needed, such as wordllama has")
        meaning = open_text_encoder(bundle / MEANING, threads) if (bundle / MEANING).is_dir() else tokens
        if not (bundle / PICTURES).is_file():
            return cls(meaning, tokens, None, 0)
        size_px = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))["size_px"]
        return cls(
            meaning, tokens, (open_session(bundle / TEXTS, 1), open_session(bundle / PICTURES, threads)), size_px
        )

    def with_meaning(self, meaning: TextEncoder) -> "Networks":
        """The same with another encoder of meaning."""
        return Networks(meaning, self.tokens, self._sides, self._size_px)

    @property
    def sees(self) -> bool:
        """Whether pictures mean anything to this bundle."""
        return self._sides is not None

    def meaning(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of what texts mean, float32 (N, D)."""
        return self.encoder.encode(texts)

    def described(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of the looks that texts describe, float32 (N, D); zero where there is nothing to describe."""
        if self._sides is None:
            return np.zeros((len(texts), 1), np.float32)
        mean_ND = self.tokens.encode(texts)
        vectors_ND = self._sides[0].run(None, {"mean_ND": mean_ND})[0]
        return np.asarray(vectors_ND * np.any(mean_ND, axis=1, keepdims=True))

    def looks(self, pictures: Sequence[bytes | None]) -> np.ndarray:
        """Unit vectors of pictures, float32 (N, D); zero for those that cannot be used, or are none."""
        vectors_ND = np.zeros((len(pictures), self.dims[1]), np.float32)
        if self._sides is None:
            return vectors_ND
        squares = {row: pixels for row, one in enumerate(pictures) if one and (pixels := self._square(one)) is not None}
        rows = list(squares)
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            pixels_NSS3 = np.stack([squares[row] for row in some])
            vectors_ND[some] = self._sides[1].run(None, {"pixels_NHWC": pixels_NSS3})[0]
        return vectors_ND

    def looked_at(self, picture: bytes) -> tuple[np.ndarray, np.ndarray]:
        """Unit vector (D,) of a picture and logits (L,) of what it shows; `PictureError` where it cannot be used."""
        if self._sides is None:
            raise UserError("this bundle learned from no pictures; search by words")
        vector_ND, logit_NL = self._sides[1].run(None, {"pixels_NHWC": square(picture, self._size_px)[None]})
        return vector_ND[0], logit_NL[0]

    def _square(self, picture: bytes) -> np.ndarray | None:
        try:
            return square(picture, self._size_px)
        except PictureError:
            return None
