"""The items that can complete a look: what each is, how it looks, its colours, and how well one goes with others.

Legend: N items, B items of a look, K words of colour, V values of attributes, D dimensions, X signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.arrays import opened_arrays
from components.gallery import Gallery
from components.systems.shop_the_look.palette import overlap
from components.systems.shop_the_look.types import Scored
from data.files import atomic

__all__ = ["CATEGORY", "Goods", "Learned"]

FOLDER, FILE = "goods", "goods.npz"
CATEGORY = "category"
MOST_VALUES = 100  # of an attribute that says what goes together; more are names, which say nothing
ALIKE = 2  # signs before those of each attribute: looks, and colours that are alike; colours seen together


@dataclass(frozen=True)
class Learned:
    """What was learned of items.

    colours_KK, values_VV: log of how much more often two words of colour, or two values of one attribute, stand
    together than by chance. sign_X: what each sign counts for an item beside others. match_2: what likeness of looks
    and of colours count for an item that a region may show.
    """

    colours_KK: np.ndarray
    values_VV: np.ndarray
    sign_X: np.ndarray
    match_2: np.ndarray


class Goods:
    """Items with their vectors and palettes. Safe to read from several threads."""

    def __init__(self, gallery: Gallery, palette_NK: np.ndarray, learned: Learned | None = None) -> None:
        """learned: None: nothing yet; items that look alike match, and none goes better than another."""
        self.gallery, self.palette_NK = gallery, palette_NK
        codes, vocabulary = gallery.metadata.codes, gallery.metadata.vocabulary
        self.rows_of = {
            category: np.flatnonzero(codes[CATEGORY] == code) for code, category in enumerate(vocabulary[CATEGORY])
        }
        self.attributes = [name for name in vocabulary if name != CATEGORY and len(vocabulary[name]) <= MOST_VALUES]
        parts = [codes[name][:, None] == np.arange(len(vocabulary[name])) for name in self.attributes]
        self.value_NV = np.concatenate([np.zeros((len(gallery), 0), bool), *parts], axis=1).astype(np.float32)
        self.starts = np.cumsum([0, *(len(vocabulary[name]) for name in self.attributes)])
        self.learned = learned or self._nothing()

    def _nothing(self) -> Learned:
        words, values = self.palette_NK.shape[1], self.value_NV.shape[1]
        signs = np.zeros(ALIKE + 1 + len(self.attributes))
        return Learned(np.zeros((words, words)), np.zeros((values, values)), signs, np.array([1.0, 0.0]))

    def row(self, item_id: str | None) -> int | None:
        return None if item_id is None else self.gallery.row_of.get(item_id)

    def category(self, row: int) -> str | None:
        return self.gallery.metadata.value(CATEGORY, row)

    def signs(self, look_B: np.ndarray, rows_N: np.ndarray) -> np.ndarray:
        """What speaks for each of the items `rows_N` beside those of a look, on average over these, (N, X)."""
        palette_NK, palette_BK = self.palette_NK[rows_N], self.palette_NK[look_B]
        looks_N = self.gallery.vectors_ND[rows_N] @ self.gallery.vectors_ND[look_B].mean(axis=0)
        colours_N = np.mean([overlap(palette_NK, palette_K) for palette_K in palette_BK], axis=0)
        seen_N = palette_NK @ self.learned.colours_KK @ palette_BK.mean(axis=0)
        value_NV = self.value_NV[rows_N] * (self.learned.values_VV @ self.value_NV[look_B].mean(axis=0))
        parts = [value_NV[:, start:stop].sum(axis=1) for start, stop in zip(self.starts, self.starts[1:], strict=False)]
        return np.stack([looks_N, colours_N, seen_N, *parts], axis=1)

    def fit(self, look_B: np.ndarray, rows_N: np.ndarray) -> np.ndarray:
        """How well each of the items `rows_N` goes with those of a look, in nats, (N,); 0 beside no item."""
        if not len(look_B):
            return np.zeros(len(rows_N))
        return np.asarray(self.signs(look_B, rows_N) @ self.learned.sign_X)

    def match_signs(self, palette_K: np.ndarray, found: Sequence[Scored]) -> np.ndarray:
        """Likeness in looks, as it was found, and in colours, (N, 2); an item without palette is as alike as most."""
        rows = [self.row(item.item_id) for item in found]
        known = np.array([row is not None for row in rows])
        overlap_N = np.zeros(len(rows))
        overlap_N[known] = overlap(self.palette_NK[[row for row in rows if row is not None]], palette_K)
        overlap_N[~known] = overlap_N[known].mean() if known.any() else 0.0
        return np.stack([np.array([item.score for item in found]), overlap_N], axis=1)

    def save(self, bundle: Path) -> None:
        self.gallery.save(bundle / FOLDER)
        arrays = {name: np.asarray(value, np.float32) for name, value in vars(self.learned).items()}
        with atomic(bundle / FILE) as file:
            np.savez(file, allow_pickle=False, palette_NK=self.palette_NK, **arrays)

    @classmethod
    def load(cls, bundle: Path) -> "Goods | None":
        """None where the bundle learned from outfits without pictures; raises `UserError` if files are damaged."""
        if not (bundle / FILE).is_file():
            return None
        with opened_arrays(bundle / FILE, "holds no goods") as arrays:
            learned = Learned(**{name: arrays[name] for name in Learned.__dataclass_fields__})
            palette_NK = arrays["palette_NK"]
        return cls(Gallery.load(bundle / FOLDER), palette_NK, learned)
