"""Safety in the composed service: role `check`."""

from pathlib import Path

from components.systems.safety.predictor import SafetyPredictor

__all__ = ["open_role"]


def open_role(bundle: Path, threads: int = 1) -> SafetyPredictor:
    """What the composed service asks of `bundle`; a `components.roles.Checker`."""
    return SafetyPredictor.open(bundle, threads)
