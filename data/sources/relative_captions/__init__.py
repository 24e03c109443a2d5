"""Relative captions: queries that are an item and words, such as "this, but longer", without the items' pictures."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, TypeAdapter, ValidationError

from data.errors import UserError, quoted
from data.params import RelativeCaptionsParams, explain
from data.single import single_file
from data.sources.catalogue.splits import without_leaks
from data.sources.raw import Progress, Raw
from data.splits import SPLIT_NAMES
from data.tables.items import ITEM_COLUMNS
from data.tables.items import TABLE as ITEMS
from data.tables.qrels import AGREED, MOST_GRADE
from data.tables.qrels import TABLE as QRELS
from data.tables.queries import TABLE as QUERIES

__all__ = ["read"]


class _Caption(BaseModel):
    category: str
    split: str
    candidate: str
    target: str | None = None
    captions: list[str]


def read(params: RelativeCaptionsParams, out: Path, progress: Progress) -> Raw:
    """Read ids and captions; the target answers its query exactly. Items are called by their ids.

    A query without words is left out, and so is one whose words and reference are in a more held-out split.

    Raises:
        UserError: a file is missing, differs, or is not of its form.
    """
    with tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as workplace:
        with single_file(params.pictures_of, Path(workplace), progress) as path:
            items = _items(path)
        with single_file(params, Path(workplace), progress) as path:
            asked = pd.DataFrame(_asked(path, params.locale))
    worded = asked[asked["text"] != ""]
    queries = without_leaks(worded)
    answered = queries.dropna(subset=["item_id"])
    return Raw(
        tables={
            ITEMS.name: items,
            QUERIES.name: queries,
            QRELS.name: answered[["query_id", "item_id"]].assign(rater=AGREED, grade=MOST_GRADE),
        },
        simulated=False,
        report={
            "items_without_picture": len(items),
            "queries_without_words": len(asked) - len(worded),
            "queries_in_two_splits": len(worded) - len(queries),
            "queries_without_answer": len(queries) - len(answered),
        },
    )


def _items(path: Path) -> pd.DataFrame:
    """The pictures; one that is in the lists of several categories has the first, and all as an attribute."""
    try:
        with path.open("rb") as file:
            lists = TypeAdapter(dict[str, list[str]]).validate_json(file.read())
    except ValidationError as error:
        raise UserError(f"{path.name} is no JSON of lists of ids: {explain(error)}; fetch it again") from None
    categories: dict[str, list[str]] = {}
    for name in sorted(lists):
        category = name.partition(".")[0]
        for item_id in lists[name]:
            of_item = categories.setdefault(item_id, [])
            if category not in of_item:
                of_item.append(category)
    items = pd.DataFrame({"item_id": list(categories)}).assign(image=None, split=None)
    items["title"] = items["item_id"]
    items["category"] = [of_item[0] for of_item in categories.values()]
    items["attributes"] = pd.Series(
        [{"categories": "|".join(of_item)} if len(of_item) > 1 else {} for of_item in categories.values()], dtype=object
    )
    return items[list(ITEM_COLUMNS)]


def _asked(path: Path, locale: str) -> Iterator[dict[str, object]]:
    """The queries, each with the item that answers it, None where that is kept secret."""
    with path.open("rb") as file:
        for number, line in enumerate(file.read().splitlines(), 1):
            try:
                one = _Caption.model_validate(json.loads(line))
            except (json.JSONDecodeError, UnicodeDecodeError) as error:
                raise UserError(f"{path.name} line {number} is no JSON ({error}); fetch it again") from None
            except ValidationError as error:
                raise UserError(f"{path.name} line {number}: {explain(error)}; correct it") from None
            if one.split not in SPLIT_NAMES:
                raise UserError(f"{path.name} line {number}: the split is {quoted(one.split)}; give train, val or test")
            yield {
                "query_id": f"{one.category}-{number:06d}",
                "text": ", ".join(text for caption in one.captions if (text := " ".join(caption.split()))),
                "locale": locale,
                "split": SPLIT_NAMES[one.split],
                "reference": one.candidate,
                "attributes": [("category", one.category)],
                "item_id": one.target,
            }
