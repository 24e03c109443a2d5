"""What has to hold for the categories as a whole: a row each, made by `data/evidence/categories.py`."""

from pathlib import Path
from typing import TYPE_CHECKING

from data.suites.expect import between, never

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

__all__ = ["expectations"]

DRIFT = 2.0  # fold
EXTREME = 10.0


def expectations(reference: Path) -> "list[Expectation]":
    """The suite over columns `empty_folder`, `train`, `validation`, `test` (counts) and `change` (fold).

    `reference` is the file that holds the shares of the last version that passed.
    """
    says = f"its share should be near that of the last version that passed; if it is meant, remove {reference}"
    return [
        never("empty_folder", "class has pictures", "a folder of a class has to hold pictures"),
        between("train", 1, None, "category in train", "a category needs pictures to train on", "critical"),
        between("validation", 1, None, "category in validation", "a category should be validated", "warning"),
        between("test", 1, None, "category in test", "a category should be tested", "warning"),
        between("change", 1 / DRIFT, DRIFT, "class balance", says, "warning"),
        between("change", 1 / EXTREME, EXTREME, "class balance", says, "critical"),
    ]
