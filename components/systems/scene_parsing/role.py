"""Scene parsing in the composed service: role `parse`, which asks what the system's own service does."""

from pathlib import Path

from components.systems.scene_parsing.predictor import ParsingPredictor, open_bundle

__all__ = ["open_role"]


def open_role(bundle: Path, threads: int = 1) -> ParsingPredictor:
    """What the composed service asks of `bundle`; see `predictor.open_bundle`."""
    return open_bundle(bundle, threads)
