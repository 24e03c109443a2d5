"""Golden requests: one of every kind that the predictor answers."""

from pathlib import Path
from typing import Any

from components.golden import golden
from components.system import Golden
from components.systems.ads.log import impressions_of
from components.systems.ads.predictor import AdsPredictor
from components.systems.ads.types import Request
from data.dataset import Dataset

__all__ = ["golden_requests"]

CANDIDATES = 30
BID = 1000


def golden_requests(bundle: Path, dataset: Dataset) -> list[Golden]:
    """Several slots, one, a stranger with an unknown ad, ads that may not be shown, and none at all."""
    predictor = AdsPredictor.open(bundle)
    rows = impressions_of(dataset, ("train",))
    ads = rows.drop_duplicates("ad_id").head(CANDIDATES)[["ad_id", "campaign_id", "advertiser_id"]].to_dict("records")
    candidates: list[dict[str, Any]] = [
        {str(name): value for name, value in one.items()} | {"bid": BID + 7 * place} for place, one in enumerate(ads)
    ]
    first = rows.iloc[0]
    features = dict(first["features"])
    known: dict[str, Any] = {
        "user_id": str(first["user_id"]),
        "surface": str(first["surface"]),
        "features": features,
        "slots": 4,
        "candidates": candidates,
    }
    named, value = next(iter(features.items()), ("", ""))
    changes: list[dict[str, Any]] = [
        {"targeting": {"no such": "thing"}},
        {"left": 3},
        {"shown": 100},
        {"pace": 0.0},
        {"objective": "impressions", "targeting": {named: value} if named else {}},
    ]
    unfit = [
        candidates[place % len(candidates)]
        | {"ad_id": f"{candidates[place % len(candidates)]['ad_id']}-{place}"}
        | change
        for place, change in enumerate(changes)
    ]
    requests = {
        "several": known,
        "one_slot": known | {"slots": 1},
        "stranger": {"slots": 2, "candidates": [*candidates[:3], {"ad_id": "unheard of", "bid": 5 * BID}]},
        "not_to_be_shown": known | {"candidates": unfit},
        "nothing": known | {"candidates": []},
    }
    return [golden(predictor, name, Request, fields) for name, fields in requests.items()]
