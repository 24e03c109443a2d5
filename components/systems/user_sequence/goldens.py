"""Golden requests: one of every kind that the predictor answers."""

from pathlib import Path
from typing import Any

import numpy as np

from components.golden import golden
from components.system import Golden
from components.systems.user_sequence.history import NO_TIME
from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.tables import Histories, read_histories
from components.systems.user_sequence.types import Request
from data.dataset import Dataset

__all__ = ["golden_requests"]

PEOPLE = 4
NEWEST = 50  # actions of a golden request


def golden_requests(bundle: Path, dataset: Dataset) -> list[Golden]:
    """The actions of people spread over the data set, one explained, one filtered; a known user; somebody unknown."""
    predictor = UserSequencePredictor.open(bundle)
    histories = read_histories(dataset, predictor.item_ids, predictor.actions, predictor.surfaces)
    histories = histories.within("train", "validation")
    some_U = np.flatnonzero(np.diff(histories.offset_U1))
    users = some_U[np.linspace(0, len(some_U) - 1, PEOPLE).astype(int)].tolist()
    done = [_actions(predictor, histories, user) for user in users]
    last_user = str(histories.user_ids[users[-1]])
    requests: list[tuple[str, dict[str, Any]]] = [
        *((f"actions-{number}", {"actions": actions, "k": 10}) for number, actions in enumerate(done)),
        ("explained", {"actions": done[0], "k": 5, "explain": True}),
        ("history-kept", {"actions": done[1], "k": 5, "exclude_history": False}),
        ("known-user", {"user_id": last_user, "k": 10}),
        ("acting-user", {"user_id": last_user, "actions": [{"item_id": predictor.item_ids[0]}], "k": 10}),
        ("unknown-item", {"actions": [{"item_id": "no such item"}, *done[2][-1:]], "k": 3}),
        ("nobody", {"k": 10}),
        *_filtered(predictor, done[-1]),
        *_trending(predictor, done[0]),
    ]
    return [golden(predictor, name, Request, fields) for name, fields in requests]


def _actions(predictor: UserSequencePredictor, histories: Histories, user: int) -> list[dict[str, Any]]:
    history = histories.between(int(histories.offset_U1[user]), int(histories.offset_U1[user + 1]))
    history = history.part(slice(-NEWEST, None))
    rows = zip(*(column.tolist() for column in history.columns()), strict=True)
    return [
        {
            "item_id": predictor.item_ids[item],
            "action": predictor.actions[action - 1] if action else None,
            "surface": predictor.surfaces[surface - 1] if surface else None,
            "time_s": None if time_s == NO_TIME else time_s,
        }
        for item, action, surface, time_s in rows
    ]


def _trending(predictor: UserSequencePredictor, actions: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """A request with what everybody acts on just now, if the bundle weighs that."""
    if not predictor.scorer.blend.trend:
        return []
    people = list(predictor.scorer.neighbours.row_of)[:PEOPLE] if predictor.scorer.neighbours else []
    trending = [
        {"item_id": item_id, "count": float(number), "user_ids": people[:number]}
        for number, item_id in enumerate(predictor.item_ids[:PEOPLE], 1)
    ]
    return [("trending", {"actions": actions, "k": 5, "trending": trending})]


def _filtered(predictor: UserSequencePredictor, actions: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """A request with the first value of the first attribute that items have, if they have any."""
    for name, values in predictor.index.metadata.vocabulary.items():
        if values:
            return [("filtered", {"actions": actions, "k": 5, "filters": {name: values[0]}})]
    return []
