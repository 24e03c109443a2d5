"""Texts as words that are known: what is misspelt, split or run together is read as what it most likely stands for."""

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache

from components.keywords.spelling import Spelling
from components.systems.safety.spelling import plain, words

__all__ = ["Reader"]

LEAST_JOINED = 5  # letters of a word that was split, or of words that were run together
MOST_JOINED = 32
MOST_PARTS = 3  # that a word is split into
REMEMBERED = 20_000


class Reader:
    """Reads with the words of `counts`, which says how often each stands somewhere. Safe from several threads."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = dict(counts)
        self._spelling = Spelling(self.counts)
        self._total = math.log(sum(self.counts.values()) or 1)
        self.known = lru_cache(REMEMBERED)(self._known)

    def read(self, text: str) -> list[str]:
        """The words of a text, as they are meant."""
        given = words(plain(text))
        return [word for one in self._joined(given) for word in self.known(one)]

    def _joined(self, given: list[str]) -> Iterator[str]:
        """Words that were split by spaces as one: where a part is no word, and all together are one."""
        at = 0
        while at < len(given):
            for size in range(MOST_PARTS, 1, -1):
                parts = given[at : at + size]
                whole = "".join(parts)
                strange = any(part not in self.counts or len(part) == 1 for part in parts)
                if len(parts) == size and strange and len(whole) >= LEAST_JOINED and whole in self.counts:
                    yield whole
                    at += size
                    break
            else:
                yield given[at]
                at += 1

    def _known(self, word: str) -> tuple[str, ...]:
        if word in self.counts or not LEAST_JOINED <= len(word) <= MOST_JOINED:
            return (word,)
        corrected = self._spelling.corrected(word)
        return (corrected,) if corrected else self._cut(word) or (word,)

    def _cut(self, word: str) -> tuple[str, ...]:
        """The likeliest words that were run together, or none."""
        best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ()), *[None] * len(word)]
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 16), end):
                before, part = best[start], word[start:end]
                count = self.counts.get(part, 0)
                if before is None or not count or (len(part) == 1 and part not in "ai"):
                    continue
                score = before[0] + math.log(count) - self._total
                found = best[end]
                if found is None or score > found[0]:
                    best[end] = (score, (*before[1], part))
        last = best[-1]
        return last[1] if last else ()
