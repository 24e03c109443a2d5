"""Claims of a text: the values of attributes that it names, held against what is known."""

import re
from collections.abc import Mapping, Sequence

__all__ = ["claims", "false_claims", "supported"]

SENTENCE = re.compile(r"(?<=[.!?])\s+")
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
    """The claimed values that neither the attributes hold nor the given words name."""
    known = {_words(value) for value in held.values()}
    known |= {_words(value) for _, value in claims(given, vocabulary)}
    named = {value for _, value in claims(text, vocabulary)}
    return sorted(value for value in named if not _within(_words(value), known))


def supported(text: str, held: Mapping[str, str], vocabulary: Mapping[str, Sequence[str]], given: str = "") -> str:
    """The sentences of a text that make no false claim."""
    return " ".join(
        sentence for sentence in SENTENCE.split(text.strip()) if not false_claims(sentence, held, vocabulary, given)
    )


def _within(words: str, known: set[str]) -> bool:
    return any(f" {words} " in f" {one} " for one in known)


def _words(text: str) -> str:
    """Words in one case and in the singular."""
    return " ".join(_singular(word) for word in re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.casefold()))


def _singular(word: str) -> str:
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
