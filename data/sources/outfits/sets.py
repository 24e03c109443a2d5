"""Outfits as Polyvore's sets: a list in JSON, with the categories of each set's items by number."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from data.errors import UserError, quoted
from data.params import explain

__all__ = ["read_names", "read_sets"]


class _Set(BaseModel):
    set_id: str
    items_category: list[int]
    items_index: list[int]


def read_names(path: Path) -> dict[int, str]:
    """Names of categories by number: a number, a space and a name a line.

    Raises:
        UserError: a line has no number or no name.
    """
    names = {}
    for line, text in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        number, _, name = text.strip().partition(" ")
        if not number.isdecimal() or not name:
            raise UserError(f"{path.name} line {line}: expected a number and a name, found {quoted(text)}; correct it")
        names[int(number)] = name
    return names


def read_sets(path: Path, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    """The items of the sets; an item's id is that of its set and its number there.

    Raises:
        UserError: the file is not of this form, or a category has no name.
    """
    try:
        sets = TypeAdapter(list[_Set]).validate_python(json.loads(path.read_text("utf-8")))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path.name} is no JSON ({error}); fetch it again") from None
    except ValidationError as error:
        raise UserError(f"{path.name} is no list of Polyvore's sets: {explain(error)}; correct it") from None
    for one in sets:
        if len(one.items_category) != len(one.items_index):
            raise UserError(f"{path.name}: set {one.set_id} has not as many categories as items; correct it")
        for category, number in zip(one.items_category, one.items_index, strict=True):
            if category not in names:
                raise UserError(
                    f"{path.name}: category {category} of set {one.set_id} has no name; add it to the names"
                )
            yield {"outfit_id": one.set_id, "category": names[category], "item_id": f"{one.set_id}_{number}"}
