"""What has to hold for `regions`. Columns beyond the table's are findings of `data/evidence/regions.py`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.suites.expect import in_set, never, not_null, unique
from data.tables import REGIONS

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

__all__ = ["expectations"]


def expectations(labels: Sequence[str] | None) -> "list[Expectation]":
    """The suite; `labels` are the only ones allowed, where the data set names them."""
    suite = [
        unique("region_id"),
        *[not_null(field.name) for field in REGIONS.schema if not field.nullable],
        never("orphan", "item exists", "a region has to lie in a picture of the table items"),
        never("box_fault", "box in picture", "a box has to have an area and lie inside its picture"),
        never("mask_fault", "mask matches", "a mask has to decode and be as large as its picture"),
        never("value_fault", "mask value present", "a region's number has to occur in its mask"),
    ]
    if labels is not None:
        says = f"label has to be one of the data set's labels: {', '.join(labels)}"
        suite.append(in_set("label", labels, "label is known", says))
    return suite
