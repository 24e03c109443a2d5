"""The category and attributes of items from their words; people's are the data set's own."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from components.labels.question import Question, Task, choose, form, spread
from components.language.prompt import load_prompt
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["CATEGORY", "Row", "attributes", "attributes_of", "items_of", "values_of", "words_of"]

Row = Mapping[Any, Any]  # of a frame
CATEGORY = "category"
MOST_VALUES = 200  # more are no attribute, but an id or a text
MOST_CHARACTERS = 1000  # of a description that a model reads


def attributes(dataset: Dataset, split: str, limit: int | None) -> Task:
    """Questions about the items of a split: which of the values that the training split has.

    Raises:
        UserError: the items have no words, or neither category nor attributes.
    """
    items = items_of(dataset)
    train = items[items["split"] == "train"]
    options = values_of(train)
    if not options:
        raise UserError(f"the items of {dataset.name!r} have neither category nor attributes to learn from")
    prompt = load_prompt("attributes")
    asked = choose(items[items["split"] == split], ["item_id"], limit)
    return Task(
        prompt=prompt,
        answer=form("attributes", options),
        questions=[_question(row, options) for row in asked.to_dict("records")],
        examples=_examples(train, options, prompt.examples),
        usual={name: train["attributes"].map(lambda held, name=name: held.get(name)).mode()[0] for name in options},
    )


def items_of(dataset: Dataset) -> pd.DataFrame:
    """The items that have a title, with `attributes` as a dictionary and the category among them.

    Raises:
        UserError: there are none.
    """
    items = dataset.table("items").to_pandas()
    items = items[items["title"].fillna("").str.strip() != ""].reset_index(drop=True)
    if items.empty:
        raise UserError(f"the items of {dataset.name!r} have no titles; choose a data set with words")
    items["attributes"] = [
        dict(pairs) | ({CATEGORY: category} if category else {})
        for pairs, category in zip(items["attributes"], items["category"], strict=True)
    ]
    return items


def words_of(row: Row) -> dict[str, str]:
    """What a model reads of an item."""
    words = {"title": row["title"]}
    if row.get("description"):
        words["description"] = row["description"][:MOST_CHARACTERS]
    return words


def attributes_of(row: Row, names: Mapping[str, Any]) -> dict[str, str]:
    return {name: row["attributes"][name] for name in names if row["attributes"].get(name)}


def values_of(items: pd.DataFrame) -> dict[str, list[str]]:
    """The values of each attribute, the category first; of attributes that have several values and no endless list."""
    counted: dict[str, dict[str, int]] = {}
    for held in items["attributes"]:
        for name, value in held.items():
            values = counted.setdefault(name, {})
            values[value] = values.get(value, 0) + 1
    names = sorted(counted, key=lambda name: (name != CATEGORY, name))
    return {name: sorted(counted[name]) for name in names if 1 < len(counted[name]) <= MOST_VALUES}


def _question(row: Row, options: Mapping[str, Any]) -> Question:
    return Question("", row["item_id"], words_of(row), attributes_of(row, options))


def _examples(
    train: pd.DataFrame, options: Mapping[str, Any], count: int
) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Answered items of the most frequent categories, one of each in turn."""
    first = next(iter(options))
    whole = [held.keys() >= options.keys() for held in train["attributes"]]
    ordered = choose(train[whole], ["item_id"], None)
    values = ordered["attributes"].map(lambda held: held[first])
    groups = [
        ordered[values == value].head(count).to_dict("records") for value in values.value_counts().head(count).index
    ]
    return [(words_of(row), attributes_of(row, options)) for row in spread(groups, count)]
