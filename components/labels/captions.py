"""Titles and captions of items, and guides to collections of them; what they claim is checked against attributes."""

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

import pandas as pd

from components.labels.attributes import CATEGORY, attributes_of, items_of, values_of, words_of
from components.labels.question import Question, Task, choose, form
from components.language.prompt import load_prompt
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["captions", "guides"]

LEAST_ITEMS = 12  # of a collection
SHARED = 0.9  # share of a collection's items that have a value which the guide may claim


def captions(dataset: Dataset, split: str, limit: int | None) -> Task:
    """A title and a caption for each item of a split.

    Raises:
        UserError: the items have no words.
    """
    items = items_of(dataset)
    vocabulary = values_of(items)
    asked = choose(items[items["split"] == split], ["item_id"], limit).to_dict("records")
    questions = []
    for row in asked:
        held = attributes_of(row, vocabulary)
        questions.append(Question("", row["item_id"], words_of(row) | held, held=held))
    answer = form("captions", {"title": None, "caption": None})
    return Task(load_prompt("captions"), answer, questions, vocabulary=vocabulary)


def guides(dataset: Dataset, split: str, limit: int | None) -> Task:
    """A name and a short guide for each collection, items of a category that share another attribute, largest first.

    Source: PinLanding (arXiv 2503.00619), collections out of attributes.

    Raises:
        UserError: the items have no words, or no collection is large enough.
    """
    items = items_of(dataset)
    vocabulary = values_of(items)
    here = items[items["split"] == split]
    collections = _collections(here, vocabulary)[:limit]
    if not collections:
        raise UserError(
            f"no collection of {dataset.name!r} has {LEAST_ITEMS} items of a category that share an attribute; choose "
            f"a data set with categories and attributes"
        )
    questions = []
    for chosen in collections:
        members = here[[chosen.items() <= held.items() for held in here["attributes"]]]
        held = chosen | _shared(members, vocabulary)
        name = ", ".join(f"{attribute}={value}" for attribute, value in chosen.items())
        questions.append(Question(name, "", held, held=held))
    return Task(load_prompt("guides"), form("guides", {"name": None, "guide": None}), questions, vocabulary=vocabulary)


def _collections(items: pd.DataFrame, vocabulary: Mapping[str, object]) -> list[dict[str, str]]:
    """Category and another attribute, unless nearly the whole category has it: then it parts nothing."""
    whole = Counter(held.get(CATEGORY) for held in items["attributes"])
    counted: Counter[tuple[tuple[str, str], ...]] = Counter()
    for held in items["attributes"]:
        pairs = [(name, held[name]) for name in vocabulary if held.get(name)]
        counted.update(pair for pair in combinations(pairs, 2) if pair[0][0] == CATEGORY)
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return [dict(pair) for pair, count in ordered if LEAST_ITEMS <= count < SHARED * whole[pair[0][1]]]


def _shared(members: pd.DataFrame, vocabulary: Mapping[str, object]) -> dict[str, str]:
    """The attributes that nearly all members have in common."""
    shared = {}
    for name in vocabulary:
        ((value, count),) = Counter(held.get(name) for held in members["attributes"]).most_common(1)
        if value and count >= SHARED * len(members):
            shared[name] = value
    return shared
