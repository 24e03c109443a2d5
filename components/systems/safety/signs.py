"""What the classifier sees of a text: hashed n-grams, and who is spoken of how.

Legend: F hashed features, S signs.
"""

import zlib
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

import numpy as np

__all__ = ["PEOPLE", "SIGNS", "hashed", "masked", "signs"]

LETTERS = (3, 4, 5)
PEOPLE = "people"  # stands for the name of any group, so that which one makes no difference
NEGATIONS = frozenset(
    [
        *("not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "cannot", "without"),
        *("dont", "doesnt", "didnt", "isnt", "arent"),
    ]
)
NEAR = 3  # words before one that negate it
NEGATED = -0.74  # of what a word means (Hutto and Gilbert 2014, "VADER")
OWN = frozenset(["i", "we", "my", "our", "us", "me", "am", "myself"])
SIGNS = (
    *("bad", "good", "worst", "best", "named", "own"),
    *("named_bad", "named_good", "named_worst", "named_own", "unnamed_bad", "unnamed_worst"),
)
MOST = 2.0  # that words add up to


def masked(words: Sequence[str], terms: Collection[str]) -> list[str]:
    """The words with every name of a group, of one word or two, replaced by the same."""
    read, at = [], 0
    while at < len(words):
        pair = " ".join(words[at : at + 2])
        if pair in terms:
            read.append(PEOPLE)
            at += 2
            continue
        read.append(PEOPLE if words[at].removesuffix("'s") in terms else words[at])
        at += 1
    return read


def hashed(words: Sequence[str], size: int) -> np.ndarray:
    """The features int64 (F,) below `size`: words, pairs of words, and letters within words."""
    grams = [f"w {word}" for word in words]
    grams += [f"p {one} {other}" for one, other in pairwise(words)]
    for word in words:
        edged = f"<{word}>"
        for count in LETTERS:
            grams += [edged[at : at + count] for at in range(len(edged) - count + 1)]
    return np.unique(np.array([zlib.crc32(gram.encode()) % size for gram in grams], np.int64))


def signs(words: Sequence[str], valence: Mapping[str, float]) -> np.ndarray:
    """How masked words speak, float32 (S,), see `SIGNS`: of good and bad, of groups of people, of the writer.

    valence: of words, from -4, the worst, to 4.
    """
    bad = good = worst = best = 0.0
    for at, word in enumerate(words):
        value = 0.0 if word == PEOPLE else valence.get(word, 0.0) / 4
        if not value:
            continue
        if any(each in NEGATIONS or each.endswith("n't") for each in words[max(0, at - NEAR) : at]):
            value *= NEGATED
        if value < 0:
            bad, worst = min(MOST, bad - value), max(worst, -value)
        else:
            good, best = min(MOST, good + value), max(best, value)
    named, own = float(PEOPLE in words), float(any(word in OWN for word in words))
    about = (named * bad, named * good, named * worst, named * own, (1 - named) * bad, (1 - named) * worst)
    return np.array([bad, good, worst, best, named, own, *about], np.float32)
