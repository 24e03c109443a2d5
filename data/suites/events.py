"""What has to hold for `events`. The columns are findings of `data/evidence/events.py`."""

from typing import TYPE_CHECKING

from data.actions import ACTIONS
from data.suites.expect import Severity, never
from data.tables import EVENTS

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

__all__ = ["expectations"]

# finding: check, sentence, severity
FINDINGS: dict[str, tuple[str, str, Severity]] = {
    "copied_key": ("key is unique", "no two events of a user may have the same place", "critical"),
    "misplaced": ("place counts from 0", "the places of a user's events are 0, 1, 2, … without a gap", "critical"),
    "unsorted": ("events in order", "the times of a user's events may not fall from one place to the next", "critical"),
    "half_timed": ("times are given", "either all events of a user have a time or none", "critical"),
    "split_order": ("split in order", "a user's events train, then validate, then test, and never go back", "critical"),
    "unknown_item": ("item exists", "an event has to be about an item of the table items", "critical"),
    "unknown_user": ("user exists", "an event has to be by a user of the table users", "critical"),
    "duplicate": (
        "no duplicate events",
        "a user does the same thing to the same item only once a second; remove the copies, or set `duplicates: drop` "
        "for a source event_log",
        "critical",
    ),
    "unknown_action": (
        "action is known",
        f"action has to be one of {', '.join(ACTIONS)}; map the log's words by `actions` in params.yaml",
        "critical",
    ),
    "unknown_split": ("split is known", "split has to be one of train, validation, test", "critical"),
    "bad_position": ("position in bounds", "a position counts from 0", "critical"),
    "bad_propensity": ("propensity in bounds", "a propensity is above 0 and at most 1", "critical"),
    "milliseconds": (
        "time in seconds",
        "time_s has to be in seconds; set `time_unit: ms` (or us) in params.yaml, or divide it",
        "critical",
    ),
    "future": ("time in bounds", "time_s may not be in the future", "critical"),
    "ancient": ("time not too early", "time_s has to be after 1995, in seconds since 1970", "critical"),
}


def expectations() -> "list[Expectation]":
    """The suite over the findings."""
    given = [field.name for field in EVENTS.schema if not field.nullable]
    return [
        *[never(f"no_{name}", f"{name} is given", f"every event needs a {name}") for name in given],
        *[never(finding, check, says, severity) for finding, (check, says, severity) in FINDINGS.items()],
    ]
