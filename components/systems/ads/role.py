"""Ads in the composed service: role `advertise`, the champion's predictor as it is."""

from pathlib import Path

from components.systems.ads.predictor import AdsPredictor

__all__ = ["open_role"]


def open_role(bundle: Path, threads: int = 1) -> AdsPredictor:
    """What the composed service calls of `bundle`; see `AdsPredictor.open`."""
    return AdsPredictor.open(bundle, threads)
