"""Claims of a text: the values of attributes that it names, held against what is known."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain

__all__ = ["claims", "false_claims", "supported"]

SENTENCE = re.compile(r"(?<=[.!?])\s+")
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
LEAST_CHARACTERS = 3  # shorter values, such as NA, are also words


def claims(text: str, vocabulary: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """The attributes and values that a text names, the longest value at each place: "navy blue" does not claim blue."""
    by_words: dict[str, list[tuple[str, str]]] = {}
    for name, values in vocabulary.items():
        for value in values:
            if len(value) >= LEAST_CHARACTERS:
                by_words.setdefault(_words(value), []).append((name, value))
    found: list[tuple[str, str]] = []
    rest = f" {_words(text)} "
    for words in sorted(by_words, key=len, reverse=True):
        if f" {words} " in rest:
            rest = rest.replace(f" {words} ", " · ")
            found += by_words[words]
    return found


def false_claims(
    text: str, held: Mapping[str, str], vocabulary: Mapping[str, Sequence[str]], given: str = ""
) -> list[str]:
    """The claimed values that neither the attributes hold nor the given words name, and names that nothing gave."""
    known = {_words(value) for value in held.values()}
    known |= {_words(value) for _, value in claims(given, vocabulary)}
    named = {value for _, value in claims(text, vocabulary)}
    wrong = {value for value in named if not _within(_words(value), known)}
    familiar = {word for one in (given, *held.values(), *chain(*vocabulary.values())) for word in _words(one).split()}
    return sorted(wrong | {name for name in _names(text) if not set(_words(name).split()) <= familiar})


def supported(text: str, held: Mapping[str, str], vocabulary: Mapping[str, Sequence[str]], given: str = "") -> str:
    """The sentences of a text that make no false claim."""
    return " ".join(
        sentence for sentence in SENTENCE.split(text.strip()) if not false_claims(sentence, held, vocabulary, given)
    )


def _names(text: str) -> list[str]:
    """Words that look like names, such as a brand: with a capital, within a sentence that is mostly without."""
    found: list[str] = []
    for sentence in SENTENCE.split(text.strip()):
        words = WORD.findall(sentence)[1:]
        capital = [word for word in words if word[0].isupper() and len(word) >= LEAST_CHARACTERS]
        found += capital if len(capital) <= len(words) / 2 else []  # otherwise a title
    return found


def _within(words: str, known: set[str]) -> bool:
    return any(f" {words} " in f" {one} " for one in known)


def _words(text: str) -> str:
    """Words in one case and in the singular."""
    return " ".join(_singular(word) for word in WORD.findall(text.casefold()))


def _singular(word: str) -> str:
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
