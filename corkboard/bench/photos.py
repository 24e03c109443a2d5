"""What the released system of role `check` finds in real photos, where there is nothing to find: its false alarms."""

import hashlib
from collections import Counter
from typing import Any

from corkboard.bench._row import Row

__all__ = ["run"]

MOST = 300  # photos of a data set, the first by a hash of their ids
ACTIONS = ("age", "hold", "block")


def run() -> list[Row]:
    """What is said of photos of each data set that lies prepared and is real.

    Raises:
        UserError: nothing is released, or no data set with photos lies prepared.
    """
    from components.roles import CHECK
    from components.settings import system_names, system_settings
    from components.system import load_system
    from corkboard.bench._service import champion_bundle
    from data.errors import UserError
    from data.params import load
    from data.versioned import current, prepared

    served = {name: system_settings(name).serving for name in system_names()}
    system = load_system(next(name for name, serving in served.items() if serving and serving.role == CHECK))
    predictor = system.open_bundle(champion_bundle(system.name))
    datasets = [current(name) for name in load().datasets if prepared(name)]
    rows = [row for one in datasets if not one.simulated for row in _alarms(predictor, system.Request(), one)]
    if not rows:
        raise UserError("no real data set with photos lies prepared; run `corkboard data get clothing` first")
    return rows


def _alarms(predictor: Any, request: Any, dataset: Any) -> list[Row]:
    """On how many photos the policy does what, and the largest probability of anything."""
    from components.message import PICTURE, Message, answer_one, picture_part

    if "items" not in dataset.tables:
        return []
    items = dataset.table("items").select(["item_id", "image"]).to_pylist()
    photos = sorted(
        (hashlib.sha256(item["item_id"].encode()).digest(), item["image"])
        for item in items
        if item["image"] is not None
    )[:MOST]
    done: Counter[str] = Counter()
    largest = 0.0
    for _, path in photos:
        message = Message(request, {PICTURE: picture_part(dataset.file(path).read_bytes())})
        answer = answer_one(predictor.answers, message).fields
        done[answer.action] += 1
        largest = max([largest, *(finding.probability for finding in answer.findings)])
    if not photos:
        return []
    counted = [(f"photos with {action}", float(done[action]), "photos") for action in ACTIONS]
    whole = [("photos", float(len(photos)), "photos"), *counted, ("largest probability", largest, "1")]
    return [Row(f"{dataset.name}: {metric}", value, None, unit) for metric, value, unit in whole]
