"""Search by words in the composed service: role `find`."""

from pathlib import Path

from components.systems.search_relevance.predictor import SearchPredictor, open_empty

__all__ = ["open_role"]


def open_role(bundle: Path, threads: int = 1) -> SearchPredictor:
    """What the composed service asks of `bundle`: nothing is found until it puts items; see `open_empty`."""
    return open_empty(bundle, threads)
