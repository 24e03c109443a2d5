"""Canvas in the composed service: role `make`."""

from pathlib import Path

from components.systems.canvas.predictor import CanvasPredictor, open_bundle

__all__ = ["open_role"]


def open_role(bundle: Path, threads: int = 1) -> CanvasPredictor:
    """What the composed service asks of `bundle`; a `components.roles.Maker`."""
    return open_bundle(bundle, threads)
