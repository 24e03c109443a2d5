"""What items are like by their words and attributes and by their pictures, for those never on a board too.

Legend: N items, W words, E dimensions of pictures, D factors, L items of a board.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from components.arrays import mapped, save_array
from components.systems.board_graph.features import Features
from data.errors import UserError
from data.files import write_json

__all__ = ["WORDS", "Content", "centred", "normal", "rarities", "weighed", "words_of"]

WORDS = "words.json"
ARRAYS = ("word_rarity", "word_factors", "item_start", "item_word", "item_weight")
PICTURES = ("picture_mean", "picture_vectors", "picture_factors")


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
    """row_of: of words. pictures: None where none was looked at; mean_E: of their vectors before they were centred."""

    row_of: dict[str, int]
    rarity_W: np.ndarray
    words: Features
    pictures: Features | None = None
    mean_E: np.ndarray | None = None

    @property
    def items(self) -> int:
        return max(self.words.items, 0 if self.pictures is None else self.pictures.items)

    def evidence(self, row_L: np.ndarray, factor_D: np.ndarray, items: int) -> np.ndarray:
        """By words and by pictures: likeness to a board, and its factors times likely ones; float32 (2, 2, N)."""
        evidence_22N = np.zeros((2, 2, items), np.float32)
        for evidence_2N, features in zip(evidence_22N, (self.words, self.pictures), strict=True):
            if features is not None:
                evidence_2N[:, : features.items] = features.scores(row_L), features.guesses(factor_D)
        return evidence_22N

    def mixed(self, evidence_22N: np.ndarray, looks: float) -> np.ndarray:
        """Words and pictures together, float32 (2, N): of an item without words its picture alone."""
        if self.pictures is None:
            return evidence_22N[0]
        share_N = np.zeros(evidence_22N.shape[-1], np.float32)
        share_N[: self.pictures.items][self.pictures.known] = looks
        share_N[: self.words.items][~self.words.known] = 1
        words_2N, pictures_2N = (np.stack([normal(likeness_N), guess_N]) for likeness_N, guess_N in evidence_22N)
        return np.asarray((1 - share_N) * words_2N + share_N * pictures_2N)

    def alike(self, item: int, row_L: np.ndarray) -> int | None:
        """The place in `row_L` of what is most like an item, by words if it has any; None where nothing is known."""
        place = self.words.alike(item, row_L)
        return self.pictures.alike(item, row_L) if place is None and self.pictures is not None else place

    def with_items(
        self, rows: Sequence[int], words: Sequence[Sequence[str]], seen: Sequence[np.ndarray | None]
    ) -> "Content":
        """The same, with the words of the items `rows`, which may go beyond those that are known, and their pictures.

        seen: vectors (E,); of an item with None what is known stays.
        """
        content = replace(self, words=self.words.with_items(rows, weighed(words, self.row_of, self.rarity_W)))
        if self.pictures is None or self.mean_E is None:
            return content
        looked = {row: vector_E for row, vector_E in zip(rows, seen, strict=True) if vector_E is not None}
        if not looked:
            return content
        vector_NE = centred(np.stack(list(looked.values())), self.mean_E)
        return replace(content, pictures=self.pictures.with_items(list(looked), vector_NE))

    def save(self, bundle: Path) -> None:
        write_json(bundle / WORDS, sorted(self.row_of, key=self.row_of.__getitem__))
        weight_NW = self.words.vector_NF
        words = (self.rarity_W, self.words.factor_FD, weight_NW.indptr, weight_NW.indices, weight_NW.data)
        arrays = dict(zip(ARRAYS, words, strict=True))
        if self.pictures is not None:
            pictures = (self.mean_E, self.pictures.vector_NF, self.pictures.factor_FD)
            arrays |= dict(zip(PICTURES, pictures, strict=True))
        for name, array in arrays.items():
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
        row_of = {word: row for row, word in enumerate(words)}
        content = cls(row_of, rarity_W, Features(weight_NW, factor_WD))
        if not (bundle / f"{PICTURES[0]}.npy").is_file():
            return content
        mean_E, vector_NE, factor_ED = (mapped(bundle, name) for name in PICTURES)
        if not (len(mean_E) == vector_NE.shape[1] == len(factor_ED)):
            raise UserError(f"{bundle}: vectors of pictures have different dimensions; make the bundle again")
        return replace(content, pictures=Features(vector_NE, factor_ED), mean_E=mean_E)


def normal(score_N: np.ndarray) -> np.ndarray:
    """Scores in deviations, so that those of parts can be added; zeros stay."""
    deviation = float(score_N.std())
    return score_N / deviation if deviation > 0 else score_N


def centred(vector_NE: np.ndarray, mean_E: np.ndarray) -> np.ndarray:
    """Unit vectors of what vectors have beyond their mean, float32; zeros, where there is no picture, stay."""
    beyond_NE = np.where(vector_NE.any(axis=1, keepdims=True), vector_NE - mean_E, 0)
    length_N1 = np.linalg.norm(beyond_NE, axis=1, keepdims=True)
    return np.asarray(beyond_NE / np.maximum(length_N1, 1e-12), np.float32)


def words_of(title: str, category: str, attributes: dict[str, str]) -> list[str]:
    """The words of a title and the values of attributes, each with the name of its attribute."""
    named: Sequence[tuple[str, str]] = [("category", category), *sorted(attributes.items())]
    values = [f"{name}={value}" for name, text in named for value in text.split("|") if value]
    return list(dict.fromkeys([*title.casefold().split(), *values]))
