"""What should hold for a log as a whole: one row, made by `data/evidence/log.py`."""

from typing import TYPE_CHECKING

from data.suites.expect import between

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

__all__ = ["expectations"]

MOST_REPEATS = 0.5
MOST_COLD = 0.5


def expectations() -> "list[Expectation]":
    """The suite over columns `train`, `validation`, `test` (counts), `repeat_rate` and `cold_items` (shares)."""
    repeats = "in most events a user does again what they did to the same item before; is the log repeated?"
    cold = "most items of the test are in no event of the training: only attributes can tell of them"
    return [
        between("train", 1, None, "events in train", "there have to be events to train on", "critical"),
        between("validation", 1, None, "events in validation", "there have to be events to validate on", "critical"),
        between("test", 1, None, "events in test", "there have to be events to test on", "critical"),
        between("repeat_rate", None, MOST_REPEATS, "repeat rate", repeats, "warning"),
        between("cold_items", None, MOST_COLD, "cold items", cold, "warning"),
    ]
