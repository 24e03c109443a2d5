"""The words of a text, without case, accents and endings; scripts without spaces by pairs of letters."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

__all__ = ["STOP_WORDS", "Word", "stem", "words_of"]

RUN = re.compile(r"[^\W_]+")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
ENGLISH = (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with"
)
GERMAN = "auf das der die ein eine einem einen einer für im in mit oder und von zu"
STOP_WORDS = frozenset(f"{ENGLISH} {GERMAN}".split())
_SNOWBALL = Stemmer.Stemmer("english", 0)  # it has a state, which threads may not share
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Word:
    """A word as an index has it, and where it stands in its text."""

    text: str
    start: int
    stop: int


def words_of(text: str) -> list[Word]:
    """The words of `text`; of a script without spaces each two letters that stand together."""
    return [word for run in RUN.finditer(text) for word in _split(run.group(), run.start())]


def _split(run: str, start: int) -> Iterator[Word]:
    place = 0
    for part in UNSPACED.finditer(run):
        if part.start() > place:
            yield _word(run, place, part.start(), start)
        first, last = part.span()
        for at in range(first, max(first + 1, last - 1)):
            yield _word(run, at, min(at + 2, last), start)
        place = last
    if place < len(run):
        yield _word(run, place, len(run), start)


def _word(run: str, first: int, last: int, start: int) -> Word:
    return Word(_folded(run[first:last]), start + first, start + last)


@lru_cache(1 << 16)
def _folded(word: str) -> str:
    spread = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


@lru_cache(1 << 17)
def stem(word: str) -> str:
    """The word without its English ending (Porter 2001, Snowball)."""
    with _LOCK:
        return str(_SNOWBALL.stemWord(word))
