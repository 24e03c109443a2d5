"""What a process that serves says it counts, now and then, for the monitor to compare with the events that are stored.

Legend: N items, E entities, H half-lives, O outcomes.
"""

from collections.abc import Mapping
from pathlib import Path

from components.features.counters import Definition
from data.params import Strict
from data.project import home

__all__ = ["EVERY_S", "Counted", "ServedCounts", "place"]

EVERY_S = 600


class Counted(Strict):
    """Counts of some items as of a moment. last_number: of the event that was followed last by then.

    definition: of the entities that an event's item alone gives. outcome_of: of each action that counts.
    """

    definition: Definition
    outcome_of: Mapping[str, str]
    time_ms: int
    count_NEHO: list[list[list[list[float]]]]
    last_number: int = 0


class ServedCounts(Strict):
    """Of one process. store: the id of the state that it follows. since_s: events up to then it passes over.

    counts: the first are those of training alone.
    """

    store: str
    item_ids: tuple[str, ...]
    since_s: float
    counts: tuple[Counted, ...]


def place() -> Path:
    """Where each process keeps its file: beside the log of the service, which the monitor reads."""
    return home() / "traffic" / "counts"
