"""The classifier of texts: logistic regressions over n-grams and signs, as arrays.

Legend: F hashed features, S signs, H heads.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from components.systems.safety.reading import Reader
from components.systems.safety.signs import hashed, masked, signs
from components.systems.safety.types import Kind
from data.errors import UserError
from data.files import write_json

__all__ = ["HEADS", "Reading", "TextClassifier", "save_classifier"]

HEADS: tuple[Kind, ...] = ("hateful", "offensive")
WORDS, WEIGHTS = "words.json", "weights.npz"
WINDOW = 60  # words that are judged together: in a long text a few would not count
STEP = 40


class Reading:
    """Texts as features. Safe to call from several threads."""

    def __init__(
        self, counts: Mapping[str, int], valence: Mapping[str, float], terms: tuple[str, ...], size: int
    ) -> None:
        self.counts, self.valence, self.terms, self.size = dict(counts), dict(valence), frozenset(terms), size
        self._reader = Reader(counts)

    def words(self, text: str) -> list[str]:
        """The words of a text as they are meant, with groups of people by one name."""
        return masked(self._reader.read(text), self.terms)

    def features(self, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Hashed features int64 (F,) and signs float32 (S,)."""
        return hashed(words, self.size), signs(words, self.valence)


class TextClassifier:
    """Safe to call from several threads."""

    def __init__(self, reading: Reading, arrays: Mapping[str, np.ndarray]) -> None:
        self.reading = reading
        self._gram_FH, self._sign_SH, self._bias_H = arrays["grams"], arrays["signs"], arrays["bias"]
        self._slope_H, self._shift_H = arrays["slope"], arrays["shift"]
        self.threshold_H = arrays["threshold"]

    def probabilities(self, text: str) -> np.ndarray:
        """How likely raters find the text, or the worst part of a long one, of each head, float64 (H,)."""
        words = self.reading.words(text)
        if not words:  # nothing to read, such as signs alone
            return np.zeros(len(HEADS))
        starts = range(0, max(1, len(words) - (WINDOW - STEP)), STEP)
        logits_H = np.max([self._logits(words[start : start + WINDOW]) for start in starts], axis=0)
        return np.asarray(1 / (1 + np.exp(-(self._slope_H * logits_H + self._shift_H))))

    def _logits(self, words: list[str]) -> np.ndarray:
        gram_F, sign_S = self.reading.features(words)
        grams_H = self._gram_FH[gram_F].sum(axis=0) / np.sqrt(max(len(gram_F), 1))
        return np.asarray(grams_H + sign_S @ self._sign_SH + self._bias_H, np.float64)

    @classmethod
    def open(cls, folder: Path) -> "TextClassifier":
        """Raises `UserError` if files are missing or damaged."""
        try:
            known = json.loads((folder / WORDS).read_text(encoding="utf-8"))
            with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
                weights = dict(arrays)
            reading = Reading(known["counts"], known["valence"], tuple(known["terms"]), len(weights["grams"]))
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{folder} holds no classifier of texts ({error}); train it again") from None
        return cls(reading, weights)


def save_classifier(folder: Path, reading: Reading, arrays: Mapping[str, np.ndarray]) -> None:
    """Write what `TextClassifier.open` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {"counts": reading.counts, "valence": reading.valence, "terms": sorted(reading.terms)}
    write_json(folder / WORDS, known)
    np.savez(folder / WEIGHTS, allow_pickle=False, **dict(sorted(arrays.items())))
