"""Notifications for what sends them: decisions for one person, and the plan of a week."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from components.message import Message
from components.systems.notifications.plan import plan
from components.systems.notifications.predictor import NotificationPredictor
from components.volume.week import Plan, Terms
from data.errors import UserError

__all__ = ["Notifier", "open_role"]


class Notifier:
    """Safe to call from several threads."""

    def __init__(self, predictor: NotificationPredictor) -> None:
        self._predictor = predictor

    @property
    def channels(self) -> tuple[str, ...]:
        """On which the messages of training went out."""
        return self._predictor.channels

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        return self._predictor.answers(requests)

    def is_quick(self, request: Message) -> bool:
        return self._predictor.is_quick(request)

    def is_held_back(self, user_id: str) -> bool:
        return self._predictor.is_held_back(user_id)

    def plan(self, people: pa.Table | Iterable[pa.RecordBatch], terms: Terms, week: str) -> Plan:
        """See `components.systems.notifications.plan`."""
        return plan(self._predictor, people, terms, week)


def open_role(bundle: Path, threads: int = 1) -> Notifier:
    """See `NotificationPredictor.open`."""
    return Notifier(NotificationPredictor.open(bundle, threads))
