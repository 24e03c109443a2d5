"""Queries of the world, with the true grade of every item: what people type who want an object with some attributes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from data.world.behaviour.stock import Goods
from data.world.words import LANGUAGES, TRAITS, Language

__all__ = ["Asked", "ask", "grade"]

NAMED = (  # what a query names besides the thing, and how often
    ((), 0.15),
    (("colour",), 0.25),
    (("colour", "pattern"), 0.25),
    (("trait",), 0.1),
    (("colour", "trait"), 0.15),
    (("colour", "pattern", "trait"), 0.1),
)
GERMAN_SHARE = 0.25
FIRST_WORD_SHARE = 0.7  # the commonest word for a thing, a colour or a pattern; otherwise another
MISSPELT_SHARE = 0.15
LONG_WORD = 5  # letters from which on a word is misspelt
EXACT, GOOD, LITTLE = 3, 2, 1


@dataclass(frozen=True)
class Asked:
    """A query: `wanted` are the category and attributes that it names, in our own words."""

    text: str
    locale: str
    wanted: dict[str, str]
    misspelt: bool


def ask(seed: int, goods: Sequence[Goods], count: int) -> list[Asked]:
    """`count` queries with different texts, or as many as there are, each for an object of the world."""
    rng = np.random.default_rng([seed, 3, 0])
    chances = np.array([chance for _, chance in NAMED])
    asked: dict[str, Asked] = {}
    for _ in range(10 * count):
        if len(asked) == count:
            break
        one = goods[int(rng.integers(len(goods)))]
        named, _ = NAMED[int(rng.choice(len(NAMED), p=chances / chances.sum()))]
        language = LANGUAGES[int(rng.random() < GERMAN_SHARE)]
        query = _worded(one, named, language, rng)
        asked.setdefault(query.text.casefold(), query)
    return list(asked.values())


def grade(wanted: dict[str, str], goods: Goods) -> int:
    """How well an object answers: 3 all that was named, 2 all but one of several, 1 the category alone, 0 otherwise."""
    if goods.category != wanted["category"]:
        return 0
    named = [name for name in wanted if name != "category"]
    missing = sum(goods.attributes.get(name) != wanted[name] for name in named)
    if missing == 0:
        return EXACT
    return GOOD if missing == 1 and len(named) > 1 else LITTLE


def _worded(one: Goods, named: tuple[str, ...], language: Language, rng: Generator) -> Asked:
    attributes = {"colour": "colour", "pattern": "pattern", "trait": TRAITS.get(one.category, "")}
    wanted = {attributes[name]: one.attributes[attributes[name]] for name in named if attributes[name]}
    words = {"thing": _word(language.things[one.category], rng), "colour": "", "pattern": "", "trait": ""}
    for name in named:
        value = wanted.get(attributes[name], "")
        if name == "trait":
            words["trait"] = language.traits.get(value, value)
        else:
            words[name] = _word((language.colours if name == "colour" else language.patterns)[value], rng)
    forms = [form for form in language.forms if words["colour"] or " in {colour}" not in form]
    text = " ".join(str(rng.choice(forms)).format(**words).split())
    misspelt = bool(rng.random() < MISSPELT_SHARE)
    spelt = _misspell(text, rng) if misspelt else text
    return Asked(spelt, language.locale, {"category": one.category, **wanted}, spelt != text)


def _word(words: tuple[str, ...], rng: Generator) -> str:
    if len(words) == 1 or rng.random() < FIRST_WORD_SHARE:
        return words[0]
    return str(rng.choice(words[1:]))


def _misspell(text: str, rng: Generator) -> str:
    """The text with two letters of a long word exchanged, or one of its letters left out or doubled."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= LONG_WORD]
    if not long:
        return text
    place = int(rng.choice(long))
    word = words[place]
    letter = int(rng.integers(1, len(word) - 1))
    words[place] = [
        word[:letter] + word[letter + 1] + word[letter] + word[letter + 2 :],
        word[:letter] + word[letter + 1 :],
        word[:letter] + word[letter] + word[letter:],
    ][int(rng.integers(3))]
    return " ".join(words)
