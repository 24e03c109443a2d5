"""Golden requests: who gains most and least by a message, who is held back, and of whom nothing is known."""

from itertools import count
from pathlib import Path
from typing import Any

from components.golden import golden
from components.system import Golden
from components.systems.notifications.predictor import NotificationPredictor
from components.systems.notifications.types import Request
from data.dataset import Dataset

__all__ = ["golden_requests"]

PEOPLE = 200  # who are looked through


def golden_requests(bundle: Path, dataset: Dataset) -> list[Golden]:
    """See the module."""
    predictor = NotificationPredictor.open(bundle)
    users = dataset.table("users").slice(0, PEOPLE)
    rows = [dict(one or ()) for one in users["attributes"].to_pylist()]
    open_to = next(f"somebody-{number}" for number in count() if not predictor.is_held_back(f"somebody-{number}"))
    gains = [predictor.answer(Request(user_id=open_to, attributes=row)).arms[0].gain for row in rows]
    of: dict[str, dict[str, Any]] = {
        "most": {"user_id": open_to, "attributes": rows[gains.index(max(gains))]},
        "least": {"user_id": open_to, "attributes": rows[gains.index(min(gains))]},
        "unknown": {"user_id": open_to},
        "strange": {"user_id": open_to, "attributes": {"never_seen": "1"}},
    }
    held = next((f"held-{number}" for number in range(PEOPLE) if predictor.is_held_back(f"held-{number}")), None)
    if held is not None:
        of["held_back"] = {"user_id": held, "attributes": rows[0]}
    return [golden(predictor, name, Request, fields) for name, fields in of.items()]
