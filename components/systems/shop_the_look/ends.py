"""From a picture to the item: whether the item that a region shows is among its first matches.

Legend: M members.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.errors import NotFound
from components.message import PICTURE, Message, answer_one, picture_part
from components.system import Predictor, Progress
from components.systems.shop_the_look.outfits import Outfits
from components.systems.shop_the_look.predictor import LookPredictor, search_request
from components.systems.shop_the_look.types import MatchedRegion, Region, Request
from data.dataset import Dataset
from data.images import picture_size

__all__ = ["Ends", "images_of", "iou", "measured_ends"]

LEAST_IOU = 0.5  # of a predicted box with the true one, whose label it has to have too


@dataclass(frozen=True)
class Ends:
    """Of each member 0 or 1. counted_M: its item is in the gallery that is searched, and its box is known.

    found_M: among the first matches of the predicted region. found_true_M: of its true box. seen_M: a predicted region
    counts for it.
    """

    counted_M: np.ndarray
    found_M: np.ndarray
    found_true_M: np.ndarray
    seen_M: np.ndarray


def measured_ends(
    predictor: LookPredictor, searcher: Predictor, dataset: Dataset, outfits: Outfits, top: int, progress: Progress
) -> Ends | None:
    """Ask for every outfit that is a picture of the data set; None if there is none with an item of the gallery."""
    images = images_of(dataset)
    ends = Ends(*(np.zeros(len(outfits)) for _ in range(4)))
    groups = outfits.members()
    for number, members in enumerate(groups):
        progress("match regions", number, len(groups), {})
        image = images.get(outfits.outfit_ids[outfits.outfit_M[members[0]]])
        counted = [row for row in members.tolist() if _is_known(searcher, outfits, row)]
        if image is not None and counted:
            _one(predictor, dataset.file(image), outfits, counted, top, ends)
    return ends if ends.counted_M.any() else None


def _one(predictor: LookPredictor, path: Path, outfits: Outfits, counted: list[int], top: int, ends: Ends) -> None:
    picture = path.read_bytes()
    part, size = {PICTURE: picture_part(picture)}, np.tile(picture_size(picture), 2)
    boxes = {row: tuple((outfits.box_M4[row] * size).tolist()) for row in counted}
    true = tuple(Region(label=str(outfits.name_M[row]), box=boxes[row]) for row in counted)
    given = answer_one(predictor.answers, Message(Request(regions=true, k=top, categories=0), part)).fields.regions
    parsed = answer_one(predictor.answers, Message(Request(k=top, categories=0), part)).fields.regions
    taken: set[int] = set()
    for row, region in zip(counted, given, strict=True):
        item_id = outfits.item_M[row]
        ends.counted_M[row] = 1
        ends.found_true_M[row] = item_id in {match.item_id for match in region.items}
        place = _predicted(region, parsed, taken)
        if place is not None:
            taken.add(place)
            ends.seen_M[row] = 1
            ends.found_M[row] = item_id in {match.item_id for match in parsed[place].items}


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


def _is_known(searcher: Predictor, outfits: Outfits, row: int) -> bool:
    """Whether a member has a box, and an item that can be found."""
    item_id = outfits.item_M[row]
    if not item_id or not np.isfinite(outfits.box_M4[row]).all():
        return False
    (answer,) = searcher.answers([Message(search_request(item_id=item_id, k=1))])
    return not isinstance(answer, NotFound)


def images_of(dataset: Dataset) -> dict[str, str]:
    if "items" not in dataset.tables:
        return {}
    items = dataset.table("items").to_pylist()
    return {item["item_id"]: item["image"] for item in items if item["image"]}
