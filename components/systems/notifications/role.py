"""Notifications in the composed service: role `notify`, the champion's predictor as it is."""

from pathlib import Path

from components.systems.notifications.predictor import NotificationPredictor

__all__ = ["open_role"]


def open_role(bundle: Path, threads: int = 1) -> NotificationPredictor:
    """What the composed service calls of `bundle`; see `NotificationPredictor.open`."""
    return NotificationPredictor.open(bundle, threads)
