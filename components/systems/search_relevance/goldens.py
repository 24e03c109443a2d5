"""Golden requests: words, filtered and paged, a misspelt word, nothing to find, and a picture with words."""

from pathlib import Path
from typing import Any

from components.finding.judgements import items_of
from components.golden import golden
from components.message import PICTURE, Part, picture_part
from components.system import Golden
from components.systems.search_relevance.predictor import open_bundle
from components.systems.search_relevance.types import Request
from data.dataset import Dataset

__all__ = ["golden_requests"]

K = 5


def golden_requests(bundle: Path, dataset: Dataset) -> list[Golden]:
    """Answers of each kind, by items of the data set."""
    predictor = open_bundle(bundle)
    items = items_of(dataset)
    titled = items[items["title"].str.strip() != ""]
    first = titled.iloc[0]
    text = first["title"][:200]
    requests: dict[str, dict[str, Any]] = {
        "words": {"text": text, "k": K},
        "paged": {"text": text, "k": K, "offset": K},
        "among": {"text": text, "among": titled["item_id"].tolist()[:K]},
        "unknown": {"text": "zzqx wvvk", "k": K},
    }
    if first["category"]:
        requests["filtered"] = {"text": text, "k": K, "filters": {"category": first["category"]}}
    goldens = [golden(predictor, name, Request, fields) for name, fields in requests.items()]
    pictured = items[items["image"].notna()]
    if predictor.networks.sees and len(pictured):
        parts: dict[str, Part] = {PICTURE: picture_part(dataset.file(pictured.iloc[0]["image"]).read_bytes())}
        goldens.append(golden(predictor, "picture", Request, {"k": K}, parts))
        goldens.append(golden(predictor, "worded-picture", Request, {"text": "in red", "k": K}, parts))
    return goldens
