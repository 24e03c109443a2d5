"""Visual search: from a picture to similar items."""

from pathlib import Path

from components.systems.visual_search.types import Request, Response
from components.system import Predictor

__all__ = ["Request", "Response", "open_bundle"]


def open_bundle(bundle: Path, threads: int = 1) -> Predictor:
    """Open a bundle of this system for answering."""
    from components.systems.visual_search.predictor import VisualSearchPredictor

    return VisualSearchPredictor.open(bundle, threads)
