"""The items that can be recommended, with their attributes as codes.

Legend: N items, E attributes of all items; `offset_N1` delimits items as in a CSR matrix.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from components.systems.user_sequence.freshness import NO_DATE
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["Attributes", "Catalogue", "read_catalogue"]


@dataclass(frozen=True)
class Attributes:
    """The attributes of every item, as positions in `vocabulary`."""

    offset_N1: np.ndarray
    code_E: np.ndarray
    vocabulary: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """All items, by id; `attributes` holds those of the table, and the category. `created_s_N` is -1 where unknown."""

    item_ids: tuple[str, ...]
    titles: tuple[str, ...]
    attributes: tuple[dict[str, str], ...]
    created_s_N: np.ndarray

    def metadata(self) -> dict[str, list[str | None]]:
        """Attributes as columns to filter by, None where an item lacks one."""
        names = sorted({name for values in self.attributes for name in values})
        return {name: [values.get(name) for values in self.attributes] for name in names}

    def codes(self) -> Attributes:
        """`name=value` of every attribute that two items share; several values joined by | count as several."""
        words = [
            sorted({f"{name}={part}" for name, value in values.items() for part in value.split("|") if part})
            for values in self.attributes
        ]
        times = Counter(word for line in words for word in line)
        vocabulary = tuple(sorted(word for word, count in times.items() if count > 1))
        code = {word: position for position, word in enumerate(vocabulary)}
        words = [[word for word in line if word in code] for line in words]
        return Attributes(
            offset_N1=np.cumsum([0, *(len(line) for line in words)], dtype=np.int64),
            code_E=np.array([code[word] for line in words for word in line], np.int64),
            vocabulary=vocabulary,
        )


def read_catalogue(dataset: Dataset) -> Catalogue:
    """Read `items` of `dataset`.

    Raises:
        UserError: there are none.
    """
    items = (
        dataset.table("items").select(["item_id", "title", "category", "attributes", "created_s"]).sort_by("item_id")
    )
    if not items.num_rows:
        raise UserError(f"data set {dataset.name!r} has no items; there is nothing to recommend")
    categories = items["category"].to_pylist()
    attributes = [dict(pairs) for pairs in items["attributes"].to_pylist()]
    return Catalogue(
        item_ids=tuple(items["item_id"].to_pylist()),
        titles=tuple(items["title"].to_pylist()),
        attributes=tuple(
            values | ({"category": category} if category else {})
            for values, category in zip(attributes, categories, strict=True)
        ),
        created_s_N=pc.fill_null(items["created_s"], NO_DATE).to_numpy(),
    )
