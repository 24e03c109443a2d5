"""What has to hold for `items`. Columns beyond the table's are findings of `data/evidence/items.py`."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data.images import MAX_PIXELS
from data.suites.expect import between, in_set, never, not_null, unique, with_values
from data.tables import ITEMS, SPLITS

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

__all__ = ["LEAST_SIDE_PX", "keys", "pictures"]

LEAST_SIDE_PX = 8  # below it nothing can be seen
SMALL_SIDE_PX = 32
MOST_ASPECT = 10.0


def keys() -> "list[Expectation]":
    """What has to hold for every item, with or without a picture."""
    return [unique("item_id"), *[not_null(field.name) for field in ITEMS.schema if not field.nullable]]


def pictures(
    labels: Sequence[str] | None, seen: Iterable[str] | None = None, reference: Path | None = None
) -> "list[Expectation]":
    """What has to hold for pictures; `labels` are the only categories allowed, where the data set names them.

    Where it does not, those `seen` in the last version that passed are expected; the file `reference` holds them.
    """
    suite = [
        not_null("split"),
        in_set("split", SPLITS, "split is known", f"split has to be one of {', '.join(SPLITS)}"),
        with_values(
            "split", SPLITS[:3], "splits are used", "there have to be pictures in each of train, validation and test"
        ),
        never("missing", "file exists", "every picture has to be there, inside the data set's folder"),
        never("undecodable", "file decodes", "every picture has to decode in full"),
        never("damaged", "damaged picture", "excluded, as `damaged` in params.yaml says; nothing uses it", "warning"),
        never("too_large", "pixels in bounds", f"a picture may have {MAX_PIXELS // 10**6} million pixels"),
        never("altered", "file as recorded", "the file has to have the size and hash that the table says"),
        between(
            "short_side_px",
            LEAST_SIDE_PX,
            None,
            "least size",
            f"the shorter side has to have {LEAST_SIDE_PX} pixels",
            "critical",
        ),
        between(
            "short_side_px",
            SMALL_SIDE_PX,
            None,
            "small pictures",
            f"pictures of less than {SMALL_SIDE_PX} pixels teach little",
            "warning",
        ),
        between(
            "aspect",
            None,
            MOST_ASPECT,
            "aspect",
            f"the longer side should be at most {MOST_ASPECT:g} times the shorter one",
            "warning",
        ),
        never("exact_leak", "exact leak", "no file may be in two splits"),
        never("near_leak", "near leak", "no picture may be in two splits, re-encoded or resized"),
        never("two_labels", "same picture, two labels", "one picture should have one category", "warning"),
        never("unlabelled", "category is given", "a picture without regions should have a category", "warning"),
    ]
    if labels is not None:
        says = f"category has to be one of the data set's labels: {', '.join(labels)}"
        suite.append(in_set("category", [*labels, ""], "label is known", says))
    elif seen is not None:
        says = f"category should be one of the last version that passed; if it is meant, remove {reference}"
        suite.append(in_set("category", [*seen, ""], "label is known", says, "warning"))
    return suite
