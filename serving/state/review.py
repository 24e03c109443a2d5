"""An item that waits for a person's decision, as it is stored."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.state.item import Item

__all__ = ["Review", "packed_review", "unpacked_item"]


@dataclass(frozen=True)
class Review:
    """findings: why it waits, each with `kind`, `probability` and `action`. decision: empty while it waits.

    who: the name of the key that decided. item: as it is written once it is let in; without its picture in lists.
    """

    review_id: str
    item: Item
    findings: Sequence[Mapping[str, Any]]
    asked_s: int
    decision: str = ""
    reason: str = ""
    who: str = ""
    decided_s: int | None = None


def packed_review(item: Item, findings: Sequence[Mapping[str, Any]]) -> str:
    """All but the picture as JSON."""
    fields = {
        "item_id": item.item_id,
        "title": item.title,
        "category": item.category,
        "attributes": dict(item.attributes),
        "details": dict(item.details),
    }
    return json.dumps({"item": fields, "findings": [dict(finding) for finding in findings]}, ensure_ascii=False)


def unpacked_item(packed: str, picture: bytes | None) -> tuple[Item, Sequence[Mapping[str, Any]]]:
    """The item and its findings."""
    known = json.loads(packed)
    return Item(**known["item"], picture=picture), known["findings"]
