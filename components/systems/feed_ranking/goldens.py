"""Golden requests: one of every kind that the predictor answers."""

from pathlib import Path
from typing import Any

from components.golden import golden
from components.system import Golden
from components.systems.feed_ranking.predictor import FeedPredictor
from components.systems.feed_ranking.types import Request
from data.dataset import Dataset

__all__ = ["golden_requests"]

CANDIDATES = 40
LATER_S = 3600  # after the last impression


def golden_requests(bundle: Path, dataset: Dataset) -> list[Golden]:
    """A person who is known, one with actions of a moment ago, a stranger, an unknown item, and nothing to order."""
    predictor = FeedPredictor.open(bundle)
    rows = dataset.table("impressions").select(["user_id", "time_ms", "surface"]).to_pandas()
    items = sorted(predictor.maker.items.keys)[:CANDIDATES]
    now_s = int(rows["time_ms"].max()) // 1000 + LATER_S
    candidates = [{"item_id": item, "source": ("walks", "trend")[place % 2]} for place, item in enumerate(items)]
    known: dict[str, Any] = {
        "user_id": str(rows["user_id"].iloc[0]),
        "time_s": now_s,
        "surface": str(rows["surface"].iloc[0]),
        "candidates": candidates,
    }
    done = [{"item_id": items[0], "action": head, "time_s": now_s - 60} for head in ("shown", predictor.heads.names[0])]
    requests = {
        "known": known,
        "a_moment_ago": known | {"actions": done, "k": 5},
        "by_utility_alone": known | {"diversity": 0, "explore": False},
        "stranger": known | {"user_id": "nobody", "surface": "", "candidates": [*candidates, {"item_id": "nothing"}]},
        "nothing_to_order": known | {"candidates": []},
    }
    return [golden(predictor, name, Request, fields) for name, fields in requests.items()]
