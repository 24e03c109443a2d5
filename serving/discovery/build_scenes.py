"""The scenes of a catalogue, parsed once, and the index of all their regions.

Legend: R regions, D dimensions.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from components.index import VectorIndex
from components.roles import Searcher
from data.errors import UserError
from data.images import LEAST_BOX_PX, PictureError
from serving.discovery.catalogue import REGIONS, SCENES, Catalogue
from serving.discovery.parse import region_of
from serving.discovery.types import MAX_REGIONS

__all__ = ["Parse", "build_scenes"]

Parse = Callable[[bytes], Any]  # a picture to the answer of role `parse`
Progress = Callable[[str, int, int], None]


def build_scenes(folder: Path, searcher: Searcher, parse: Parse, progress: Progress) -> int:
    """Write `scenes.jsonl` and `regions/` beside the catalogue in `folder`; the number of scenes.

    A scene is an item without a category. It is parsed as it is shown, so that boxes are in pixels of what callers see.
    One that cannot be parsed, and one in which nothing is found, is left out.
    """
    catalogue = Catalogue(folder)
    scenes = [line for line in catalogue if not line["category"]]
    lines, names, labels, vectors = [], [], [], []
    for number, scene in enumerate(scenes):
        progress("scenes", number, len(scenes))
        picture = catalogue.picture(scene["item_id"])
        assert picture is not None
        try:
            answer = parse(picture)
        except UserError:
            continue
        regions = [region_of(region.model_dump(mode="json")) for region in answer.regions[:MAX_REGIONS]]
        for place, region in enumerate(regions):
            vector_D = _vector(searcher, picture, region["box"])
            if vector_D is not None:
                names.append(f"{place} {scene['item_id']}")
                labels.append(region["label"])
                vectors.append(vector_D)
        known = {"width_px": answer.width_px, "height_px": answer.height_px, "regions": regions}
        if regions:
            lines.append({"item_id": scene["item_id"], "version": scene["version"], **known})
    if lines:
        text = "".join(json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n" for line in lines)
        (folder / SCENES).write_text(text, encoding="utf-8")
    if vectors:
        VectorIndex.build(np.stack(vectors), names, {"label": labels}).save(folder / REGIONS)
    return len(lines)


def _vector(searcher: Searcher, picture: bytes, box: list[float]) -> np.ndarray | None:
    """None of a region that is too small to look like anything."""
    if min(box[2] - box[0], box[3] - box[1]) < LEAST_BOX_PX:
        return None
    try:
        return searcher.look(picture, box)[0]
    except PictureError:
        return None
