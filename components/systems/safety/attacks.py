"""How people misspell so that a filter does not see a word."""

import random
from collections.abc import Callable, Mapping

from components.systems.safety.spelling import WORD

__all__ = ["ATTACKS", "misspelt"]

LEAST = 4  # letters of a word that is misspelt
LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5"})
CYRILLIC = str.maketrans({"a": "а", "e": "е", "o": "о", "p": "р", "c": "с"})  # noqa: RUF001 - they look the same


def _dropped(word: str, at: int) -> str:
    return word[:at] + word[at + 1 :]


def _swapped(word: str, at: int) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


ATTACKS: Mapping[str, Callable[[str, int], str]] = {
    "dropped": _dropped,
    "swapped": _swapped,
    "leet": lambda word, _: word.translate(LEET),
    "repeated": lambda word, at: word[:at] + word[at] * 3 + word[at:],
    "spaced": lambda word, _: " ".join(word),
    "zero_width": lambda word, at: word[:at] + "\u200b" + word[at:],
    "lookalikes": lambda word, _: word.translate(CYRILLIC),
}


def misspelt(text: str, attack: str, seed: int) -> str:
    """The text with the two longest words misspelt, which mostly bear what it says, at places that `seed` chooses."""
    draws = random.Random(seed)
    longest = sorted(WORD.finditer(text), key=lambda found: -len(found[0]))[:2]
    for found in sorted(longest, key=lambda found: -found.start()):
        word = found[0]
        if len(word) >= LEAST:
            changed = ATTACKS[attack](word, draws.randrange(1, len(word) - 1))
            text = text[: found.start()] + changed + text[found.end() :]
    return text
