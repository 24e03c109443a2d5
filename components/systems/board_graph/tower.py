"""What items are like by their words and attributes: a vector each, for those never on a board too.

The vector of an item is the sum of those of its words, each weighed by how rare it is, through one hidden layer; that
of a board is the mean of its items. Legend: N items, W words, C dimensions, L items of a board.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from components.arrays import mapped, save_array
from data.errors import UserError
from data.files import write_json

__all__ = ["Tower", "unit", "words_of"]

WORDS = "words.json"
ARRAYS = ("word_vectors", "hidden", "item_vectors")


def unit(vector_NC: np.ndarray) -> np.ndarray:
    """Rows of length 1; zeros stay."""
    return vector_NC / np.maximum(np.linalg.norm(vector_NC, axis=-1, keepdims=True), 1e-12)


@dataclass(frozen=True)
class Tower:
    """row_of: of words. word_vectors (W, C) are weighed already; hidden (2, C, C): in and out of the hidden layer."""

    row_of: dict[str, int]
    word_vectors: np.ndarray
    hidden: np.ndarray
    item_vectors: np.ndarray

    def vectors(self, words: Sequence[Sequence[str]]) -> np.ndarray:
        """Unit vectors of items by their words, float32 (N, C); zeros where no word is known."""
        summed_NC = np.zeros((len(words), self.word_vectors.shape[1]), np.float32)
        for place, item in enumerate(words):
            rows = [row for word in item if (row := self.row_of.get(word)) is not None]
            if rows:
                summed_NC[place] = self.word_vectors[rows].sum(axis=0)
        return self.projected(summed_NC)

    def projected(self, summed_NC: np.ndarray) -> np.ndarray:
        """Through the hidden layer, which is added to what it gets."""
        into_CC, out_CC = self.hidden
        base_NC = unit(summed_NC)
        return np.asarray(unit(base_NC + np.maximum(base_NC @ into_CC, 0) @ out_CC), np.float32)

    def scores(self, row_L: np.ndarray) -> np.ndarray:
        """The cosine of each item with the mean of the board's, float32 (N,)."""
        held_L = row_L[row_L < len(self.item_vectors)]
        if not len(held_L):
            return np.zeros(len(self.item_vectors), np.float32)
        return np.asarray(self.item_vectors @ unit(self.item_vectors[held_L].mean(axis=0)), np.float32)

    def alike(self, item: int, row_L: np.ndarray) -> int | None:
        """The place in `row_L` of what is most like an item; None where nothing is known of them."""
        known = len(self.item_vectors)
        if item >= known:
            return None
        cosine_L = self.item_vectors[np.minimum(row_L, known - 1)] @ self.item_vectors[item]
        cosine_L = np.where(row_L < known, cosine_L, 0)
        return int(cosine_L.argmax()) if cosine_L.max(initial=0) > 0 else None

    def with_items(self, item_vectors: np.ndarray) -> "Tower":
        return replace(self, item_vectors=item_vectors)

    def save(self, bundle: Path) -> None:
        write_json(bundle / WORDS, sorted(self.row_of, key=self.row_of.__getitem__))
        for name in ARRAYS:
            save_array(bundle, name, getattr(self, name))

    @classmethod
    def load(cls, bundle: Path) -> "Tower":
        """Raises `UserError` if a file is missing or damaged."""
        try:
            words = json.loads((bundle / WORDS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{bundle / WORDS} is missing or damaged ({error}); make the bundle again") from None
        return cls({word: row for row, word in enumerate(words)}, *(mapped(bundle, name) for name in ARRAYS))


def words_of(title: str, category: str, attributes: dict[str, str]) -> list[str]:
    """The words of a title and the values of attributes, each with the name of its attribute."""
    named: Sequence[tuple[str, str]] = [("category", category), *sorted(attributes.items())]
    values = [f"{name}={value}" for name, text in named for value in text.split("|") if value]
    return [*dict.fromkeys(title.casefold().split()), *values]
