"""Words that nobody wrote become the known ones that they most likely stand for.

Legend: V known words, L letters of the longest.
"""

import threading
from collections import Counter
from collections.abc import Iterable

import numpy as np

__all__ = ["Spelling"]

LEAST_LETTERS = 4  # of a word that is corrected
LONG_LETTERS = 8  # from which on two letters may be wrong
MOST_LETTERS = 24
PRICE = 3.0  # how much commoner, as a log, a word has to be whose distance is larger by one


class Spelling:
    """Known words with how often they stand somewhere. Safe to call from several threads at once."""

    def __init__(self, counts: dict[str, int] | None = None) -> None:
        self._counts: Counter[str] = Counter(counts or {})
        self._known: _Known | None = None
        self._changing = threading.Lock()

    def add(self, words: Iterable[str], times: int = 1) -> None:
        """Count words; with `times` below zero take them back."""
        with self._changing:
            for word in words:
                before = self._counts[word]
                self._counts[word] = before + times
                if (before > 0) != (before + times > 0):
                    self._known = None

    def knows(self, word: str) -> bool:
        return self._counts[word] > 0

    def corrected(self, word: str) -> str | None:
        """The known word that is meant, or None: it is known itself, too short, has digits, or nothing is near."""
        if self.knows(word) or len(word) < LEAST_LETTERS or not word.isalpha():
            return None
        with self._changing:
            if self._known is None:
                self._known = _Known(self._counts)
            known = self._known
        return known.nearest(word, 2 if len(word) >= LONG_LETTERS else 1)


class _Known:
    """Words as rows of letters, so that distances to all of like length are computed at once."""

    def __init__(self, counts: Counter[str]) -> None:
        kept = sorted(
            word
            for word, count in counts.items()
            if count > 0 and word.isalpha() and LEAST_LETTERS - 1 <= len(word) <= MOST_LETTERS
        )
        self.words = kept
        self.letter_VL = np.array(kept, f"U{MOST_LETTERS}").view(np.uint32).reshape(len(kept), MOST_LETTERS)
        self.length_V = np.count_nonzero(self.letter_VL, axis=1)
        self.mask_V = _masks(self.letter_VL)
        self.log_V = np.log([counts[word] for word in kept])

    def nearest(self, word: str, most: int) -> str | None:
        if len(word) > MOST_LETTERS or not self.words:
            return None
        different_V = np.bitwise_count(self.mask_V ^ _masks(np.array([[ord(letter) for letter in word]], np.uint32)))
        near = np.flatnonzero((np.abs(self.length_V - len(word)) <= most) & (different_V <= 2 * most))
        if not len(near):
            return None
        distance = _distances(word, self.letter_VL[near], self.length_V[near])
        near, distance = near[distance <= most], distance[distance <= most]
        if not len(near):
            return None
        first = self.letter_VL[near, 0] != ord(word[0])  # people seldom miss the first letter
        return self.words[int(near[np.argmax(self.log_V[near] - PRICE * (distance + 0.5 * first))])]


def _masks(letter_VL: np.ndarray) -> np.ndarray:
    """Which letters a word has, as bits (V,)."""
    bit_VL = np.left_shift(np.uint64(1), letter_VL.astype(np.uint64) % np.uint64(64))
    return np.asarray(np.bitwise_or.reduce(np.where(letter_VL > 0, bit_VL, np.uint64(0)), axis=1))


def _distances(word: str, letter_VL: np.ndarray, length_V: np.ndarray) -> np.ndarray:
    """Letters exchanged with their neighbour, left out, added or replaced (Damerau 1964; optimal alignment), (V,)."""
    rows = len(letter_VL)
    before = [np.full(rows, place, np.int64) for place in range(len(word) + 1)]
    earlier = before
    result_V = np.full(rows, len(word), np.int64)
    for at in range(int(length_V.max())):
        current = [np.full(rows, at + 1, np.int64)]
        for place, letter in enumerate(map(ord, word)):
            same_V = letter_VL[:, at] == letter
            best_V = np.minimum(np.minimum(before[place + 1], current[place]) + 1, before[place] + ~same_V)
            if at and place:
                swapped_V = (letter_VL[:, at - 1] == letter) & (letter_VL[:, at] == ord(word[place - 1]))
                best_V = np.where(swapped_V, np.minimum(best_V, earlier[place - 1] + 1), best_V)
            current.append(best_V)
        result_V = np.where(length_V == at + 1, current[-1], result_V)
        earlier, before = before, current
    return result_V
