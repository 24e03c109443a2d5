"""Golden requests: one of every kind that the predictor answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components.golden import golden
from components.message import PICTURE, picture_part
from components.system import Golden, Inputs
from components.systems.shop_the_look.outfits import Outfits, read_outfits
from components.systems.shop_the_look.predictor import open_bundle
from components.systems.shop_the_look.truths import images_of
from components.systems.shop_the_look.types import Request
from data.dataset import Dataset

__all__ = ["golden_requests"]

PICTURES = 2
LOOKS = 4


def golden_requests(bundle: Path, dataset: Dataset, inputs: Inputs) -> list[Golden]:
    """Looks of the validation split, one thing alone, candidates, and pictures, parsed and with regions given."""
    predictor = open_bundle(bundle, 1, inputs)
    (outfits,) = read_outfits(dataset, "validation")
    groups = [members.tolist() for members in outfits.members()]
    looks = [[_piece(outfits, row) for row in rows] for rows in groups[:LOOKS]]
    first = looks[0]
    requests: list[tuple[str, dict[str, Any], bytes | None]] = [
        *((f"look-{number}", {"look": look[1:], "k": 3}, None) for number, look in enumerate(looks)),
        ("one-thing", {"look": first[:1], "categories": 3}, None),
        ("candidates", {"look": first[1:], "candidates": [piece for look in looks for piece in look], "k": 0}, None),
        ("unknown", {"look": [{"category": "no such thing", "item_id": "no such item"}], "k": 1}, None),
        *_of_pictures(dataset, outfits),
    ]
    return [
        golden(predictor, name, Request, fields, {} if picture is None else {PICTURE: picture_part(picture)})
        for name, fields, picture in requests
    ]


def _of_pictures(dataset: Dataset, outfits: Outfits) -> Iterator[tuple[str, dict[str, Any], bytes | None]]:
    """Outfits that are pictures: parsed, and with a part of them given as a region."""
    images = images_of(dataset)
    shown = [outfit_id for outfit_id in outfits.outfit_ids if outfit_id in images]
    for number, outfit_id in enumerate(shown[:PICTURES]):
        picture = dataset.file(images[outfit_id]).read_bytes()
        region = {"label": outfits.categories[0], "box": [0, 0, 20, 20]}
        yield f"picture-{number}", {"k": 3}, picture
        yield f"regions-{number}", {"k": 2, "regions": [region]}, picture


def _piece(outfits: Outfits, row: int) -> dict[str, Any]:
    return {"category": str(outfits.name_M[row]), "item_id": str(outfits.item_M[row]) or None}
