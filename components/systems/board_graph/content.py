"""What items are like by their words and attributes, for those never on a board too: TF-IDF, and factors of words.

Legend: N items, W words, D factors, L items of a board.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, vstack

from components.arrays import mapped, save_array
from data.errors import UserError
from data.files import write_json

__all__ = ["WORDS", "Content", "rarities", "weighed", "words_of"]

WORDS = "words.json"
ARRAYS = ("word_rarity", "word_factors", "item_start", "item_word", "item_weight")


def rarities(words: Sequence[Sequence[str]], most: int | None = None) -> dict[str, float]:
    """Inverse document frequencies of the `most` commonest words."""
    counts = Counter(word for item in words for word in item)
    common = dict(sorted(counts.most_common(most)))
    return dict(zip(common, np.log(len(words) / np.array(list(common.values()))).tolist(), strict=True))


def weighed(words: Sequence[Sequence[str]], row_of: dict[str, int], rarity_W: np.ndarray) -> csr_array:
    """Unit vectors of items by their words, float32 (N, W); empty where no word is known."""
    rows = [[row for word in item if (row := row_of.get(word)) is not None] for item in words]
    start = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    index = np.array([row for item in rows for row in item], np.int32)
    weight_NW = csr_array((rarity_W[index].astype(np.float32), index, start), shape=(len(words), len(row_of)))
    length_N = np.sqrt(weight_NW.power(2).sum(axis=1))
    weight_NW.data /= np.repeat(np.maximum(length_N, 1e-12), np.diff(start)).astype(np.float32)
    return weight_NW


@dataclass(frozen=True)
class Content:
    """row_of: of words. factors (W, D): of words; those that an item is likely to have are the sum of its words'."""

    row_of: dict[str, int]
    rarity_W: np.ndarray
    factors: np.ndarray
    weight_NW: csr_array

    @property
    def items(self) -> int:
        return int(self.weight_NW.shape[0])

    def scores(self, row_L: np.ndarray) -> np.ndarray:
        """The mean cosine of each item with the board's, float32 (N,)."""
        held_L = row_L[row_L < self.items]
        bag_W = self.weight_NW[held_L].sum(axis=0) / max(len(held_L), 1)
        return np.asarray(self.weight_NW @ bag_W, np.float32)

    def guesses(self, factor_D: np.ndarray) -> np.ndarray:
        """The products of a board's factors with those that each item is likely to have, float32 (N,)."""
        return np.asarray(self.weight_NW @ (self.factors @ factor_D), np.float32)

    def alike(self, item: int, row_L: np.ndarray) -> int | None:
        """The place in `row_L` of what is most like an item; None where nothing is known of them."""
        if item >= self.items:
            return None
        cosine_L = (self.weight_NW[np.minimum(row_L, self.items - 1)] @ self.weight_NW[[item]].T).toarray()[:, 0]
        cosine_L = np.where(row_L < self.items, cosine_L, 0)
        return int(cosine_L.argmax()) if cosine_L.max(initial=0) > 0 else None

    def with_items(self, rows: Sequence[int], words: Sequence[Sequence[str]]) -> "Content":
        """The same, with the words of the items `rows`, which may go beyond those that are known."""
        items = max(self.items, max(rows) + 1)
        place_N = np.arange(items)
        place_N[self.items :] = self.items  # the empty row below
        place_N[list(rows)] = self.items + 1 + np.arange(len(rows))
        given = weighed([[], *words], self.row_of, self.rarity_W)
        return replace(self, weight_NW=csr_array(vstack([self.weight_NW, given], "csr")[place_N]))

    def save(self, bundle: Path) -> None:
        write_json(bundle / WORDS, sorted(self.row_of, key=self.row_of.__getitem__))
        weight_NW = self.weight_NW
        arrays = (self.rarity_W, self.factors, weight_NW.indptr, weight_NW.indices, weight_NW.data)
        for name, array in zip(ARRAYS, arrays, strict=True):
            save_array(bundle, name, array)

    @classmethod
    def load(cls, bundle: Path) -> "Content":
        """Raises `UserError` if a file is missing or damaged."""
        rarity_W, factor_WD, start, index, weight = (mapped(bundle, name) for name in ARRAYS)
        try:
            words = json.loads((bundle / WORDS).read_text(encoding="utf-8"))
            weight_NW = csr_array((weight, index, start), shape=(len(start) - 1, len(words)))
            weight_NW.check_format()
        except (OSError, ValueError) as error:
            raise UserError(f"{bundle / WORDS} is missing or damaged ({error}); make the bundle again") from None
        return cls({word: row for row, word in enumerate(words)}, rarity_W, factor_WD, weight_NW)


def words_of(title: str, category: str, attributes: dict[str, str]) -> list[str]:
    """The words of a title and the values of attributes, each with the name of its attribute."""
    named: Sequence[tuple[str, str]] = [("category", category), *sorted(attributes.items())]
    values = [f"{name}={value}" for name, text in named for value in text.split("|") if value]
    return list(dict.fromkeys([*title.casefold().split(), *values]))
