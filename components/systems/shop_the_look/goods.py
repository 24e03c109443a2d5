"""The items that can complete a look: what each is, how it looks and its colours; and how well one goes with others.

Legend: N items, B items of a look, K words of colour, D dimensions, X what speaks for a pair.
"""

from pathlib import Path

import numpy as np

from components.arrays import opened_arrays
from components.gallery import Gallery
from components.systems.shop_the_look.palette import nearness
from data.files import atomic

__all__ = ["SIGNS", "Goods"]

FOLDER, FILE = "goods", "goods.npz"
SIGNS = ("looks alike", "colours alike", "colours seen together")


class Goods:
    """weight_X: of each of `SIGNS`. affinity_KK: log of how much more often two words of colour stand together."""

    def __init__(self, gallery: Gallery, palette_NK: np.ndarray, affinity_KK: np.ndarray, weight_X: np.ndarray) -> None:
        self.gallery, self.palette_NK, self.affinity_KK, self.weight_X = gallery, palette_NK, affinity_KK, weight_X
        codes = gallery.metadata.codes["category"]
        vocabulary = gallery.metadata.vocabulary["category"]
        self.rows_of = {category: np.flatnonzero(codes == code) for code, category in enumerate(vocabulary)}
        self._nearness_KK = nearness()

    def row(self, item_id: str | None) -> int | None:
        return None if item_id is None else self.gallery.row_of.get(item_id)

    def category(self, row: int) -> str | None:
        return self.gallery.metadata.value("category", row)

    def signs(self, look_B: np.ndarray, rows_N: np.ndarray) -> np.ndarray:
        """What speaks for each of the items `rows_N` beside those of a look, on average over these, (N, X)."""
        vectors_ND, palette_NK = self.gallery.vectors_ND[rows_N], self.palette_NK[rows_N]
        mean_D = self.gallery.vectors_ND[look_B].mean(axis=0)
        mean_K = self.palette_NK[look_B].mean(axis=0)
        together = (
            vectors_ND @ mean_D,
            palette_NK @ self._nearness_KK @ mean_K,
            palette_NK @ self.affinity_KK @ mean_K,
        )
        return np.stack(together, axis=1)

    def fit(self, look_B: np.ndarray, rows_N: np.ndarray) -> np.ndarray:
        """How well each of the items `rows_N` goes with those of a look, in nats, (N,); 0 beside no item."""
        if not len(look_B):
            return np.zeros(len(rows_N))
        return np.asarray(self.signs(look_B, rows_N) @ self.weight_X)

    def save(self, bundle: Path) -> None:
        self.gallery.save(bundle / FOLDER)
        arrays = {"palette_NK": self.palette_NK, "affinity_KK": self.affinity_KK, "weight_X": self.weight_X}
        with atomic(bundle / FILE) as file:
            np.savez(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, bundle: Path) -> "Goods | None":
        """None where the bundle learned from outfits without pictures; raises `UserError` if files are damaged."""
        if not (bundle / FILE).is_file():
            return None
        with opened_arrays(bundle / FILE, "holds no goods") as arrays:
            learned = arrays["palette_NK"], arrays["affinity_KK"], arrays["weight_X"]
        return cls(Gallery.load(bundle / FOLDER), *learned)
