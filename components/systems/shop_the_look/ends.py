"""From a picture to the item: whether the item that a region shows is among its first matches.

Legend: R regions.
"""

from dataclasses import dataclass

import numpy as np

from components.errors import NotFound
from components.message import PICTURE, Message, answer_one
from components.system import Predictor, Progress
from components.systems.shop_the_look.predictor import LookPredictor, search_request
from components.systems.shop_the_look.truths import Scene
from components.systems.shop_the_look.types import MatchedRegion, Region, Request

__all__ = ["Ends", "iou", "measured_ends"]

LEAST_IOU = 0.5  # of a predicted box with the true one, whose label it has to have too


@dataclass(frozen=True)
class Ends:
    """The regions whose item is in the gallery that is searched, and of each 0 or 1.

    found_R: its item is among the first matches of the predicted region. found_true_R: of the true region. seen_R: a
    predicted region counts for it.
    """

    region_ids: tuple[str, ...]
    scene_ids: tuple[str, ...]
    labels: tuple[str, ...]
    found_R: np.ndarray
    found_true_R: np.ndarray
    seen_R: np.ndarray


def measured_ends(
    predictor: LookPredictor, searcher: Predictor, scenes: list[Scene], top: int, progress: Progress
) -> Ends:
    """Ask for every scene twice: with its true regions, and with none, so that it is parsed."""
    names: list[tuple[str, str, str]] = []
    outcomes: list[tuple[bool, bool, bool]] = []
    for number, scene in enumerate(scenes):
        progress("match regions", number, len(scenes), {})
        counted = [place for place, item_id in enumerate(scene.item_ids) if _is_known(searcher, item_id)]
        if counted:
            outcomes += _one(predictor, scene, counted, top)
            names += [(scene.region_ids[place], scene.scene_id, scene.regions[place].label) for place in counted]
    found, true, seen = np.array(outcomes, float).reshape(-1, 3).T
    region_ids, scene_ids, labels = zip(*names, strict=True) if names else ((), (), ())
    return Ends(region_ids, scene_ids, labels, found, true, seen)


def _one(predictor: LookPredictor, scene: Scene, counted: list[int], top: int) -> list[tuple[bool, bool, bool]]:
    """Whether the item is found by the predicted and by the true region, and whether one was predicted."""
    part = {PICTURE: scene.picture}
    true = tuple(scene.regions[place] for place in counted)
    given = answer_one(predictor.answers, Message(Request(regions=true, k=top, categories=0), part)).fields.regions
    parsed = answer_one(predictor.answers, Message(Request(k=top, categories=0), part)).fields.regions
    taken: set[int] = set()
    outcomes = []
    for place, region in zip(counted, given, strict=True):
        best = _predicted(region, parsed, taken)
        found = best is not None and _has(parsed[best], scene.item_ids[place])
        outcomes.append((found, _has(region, scene.item_ids[place]), best is not None))
        taken |= set() if best is None else {best}
    return outcomes


def _has(region: MatchedRegion, item_id: str) -> bool:
    return item_id in {item.item_id for item in region.items}


def _predicted(true: Region, parsed: tuple[MatchedRegion, ...], taken: set[int]) -> int | None:
    """The predicted region that counts for a true one: of its label, and with the largest overlap."""
    overlaps = {
        place: iou(true.box, region.box)
        for place, region in enumerate(parsed)
        if region.label == true.label and place not in taken
    }
    best = max(overlaps, key=lambda place: overlaps[place], default=None)
    return best if best is not None and overlaps[best] >= LEAST_IOU else None


def iou(left: tuple[float, ...], right: tuple[float, ...]) -> float:
    """Intersection over union of two boxes."""
    width = min(left[2], right[2]) - max(left[0], right[0])
    height = min(left[3], right[3]) - max(left[1], right[1])
    both = max(width, 0.0) * max(height, 0.0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (left, right)]
    return both / (sum(areas) - both) if both else 0.0


def _is_known(searcher: Predictor, item_id: str) -> bool:
    (answer,) = searcher.answers([Message(search_request(item_id=item_id, k=1))])
    return not isinstance(answer, NotFound)
