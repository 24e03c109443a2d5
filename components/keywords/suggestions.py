"""Queries that begin as a person's does, and queries like it: of the log and of titles, safe ones only."""

import bisect
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from components.keywords.analysis import stem, words_of
from data.errors import UserError
from data.files import write_json

__all__ = ["Suggestions", "of_titles", "safe"]

FILE = "suggestions.json"
MOST_WORDS, MOST_LETTERS = 8, 60
RUDE = (
    "bitch bomb cocaine cunt faggot fuck fucking heroin hitler kill murder naked nazi nigger nude nudes porn porno "
    "rape sex sexy shit suicide terrorist xxx"
)
UNSAFE = frozenset(RUDE.split())


def safe(text: str) -> bool:
    """Whether a query may be shown to everybody: short, of words, without rude words, addresses and long numbers."""
    words = [word.text for word in words_of(text)]
    digits = sum(letter.isdigit() for letter in text)
    return (
        0 < len(words) <= MOST_WORDS
        and len(text) <= MOST_LETTERS
        and not set(words) & UNSAFE
        and not set(text) & set('@<>{}[]\\|;=*`"')
        and "//" not in text
        and digits < 6
    )


class Suggestions:
    """Queries with how often they were asked. Safe to call from several threads at once."""

    def __init__(self, times: Mapping[str, float]) -> None:
        """times: of queries in lower case."""
        self.times = {text: float(count) for text, count in sorted(times.items()) if safe(text)}
        self._starts = sorted((text[at:], text) for text in self.times for at in _starts(text))
        self._keys = [start for start, _ in self._starts]
        self._most = sorted(self.times, key=lambda text: (-self.times[text], text))
        self._stems = {text: frozenset(stem(word.text) for word in words_of(text)) for text in self.times}

    def beginning(self, prefix: str, k: int) -> list[str]:
        """At most `k` queries of which a word begins as `prefix` does, first those that begin so, then by how often."""
        prefix = " ".join(prefix.casefold().split())
        if not prefix:
            return self._most[:k]
        first = bisect.bisect_left(self._keys, prefix)
        last = bisect.bisect_left(self._keys, prefix + "\U0010ffff")
        found = {text for _, text in self._starts[first:last]}
        order = sorted(found, key=lambda text: (not text.startswith(prefix), -self.times[text], text))
        return [text for text in order if text != prefix][:k]

    def like(self, text: str, k: int) -> list[str]:
        """At most `k` other queries that share words with `text`, those that share most of theirs first."""
        stems = {stem(word.text) for word in words_of(text)}
        share = {
            other: len(stems & theirs) / len(stems | theirs)
            for other, theirs in self._stems.items()
            if stems & theirs and other != text.casefold()
        }
        return sorted(share, key=lambda other: (-share[other], -self.times[other], other))[:k]

    def words(self) -> list[str]:
        """The words of all queries."""
        return [word.text for text in self.times for word in words_of(text)]

    def save(self, bundle: Path) -> None:
        write_json(bundle / FILE, self.times)

    @classmethod
    def load(cls, bundle: Path) -> "Suggestions":
        """Raises `UserError` where the file is missing or damaged."""
        try:
            return cls(json.loads((bundle / FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise UserError(f"{bundle} has no suggestions ({error}); make or fetch the bundle again") from None


def of_titles(titles: Iterable[str], categories: Sequence[str]) -> dict[str, float]:
    """Titles and categories as queries that people might ask, each a little."""
    counted: dict[str, float] = {}
    for text, weight in [*((title, 0.01) for title in titles), *((category, 0.1) for category in categories)]:
        plain = " ".join(text.casefold().split())
        counted[plain] = counted.get(plain, 0.0) + weight
    return counted


def _starts(text: str) -> list[int]:
    return [word.start for word in words_of(text)]
