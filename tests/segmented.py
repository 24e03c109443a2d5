"""Photos with labelled pixels for tests: a hat of two parts, and a shoe, on each of a few photos."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.folders import SIDE_PX, picture

__all__ = ["NAMES", "instances", "label_map", "labelled_photos"]

NAMES = ("nothing", "hat", "cap", "shoe")


def label_map() -> np.ndarray:
    """A hat of 20 x 10 that touches a cap of 10 x 10, a shoe of 12 x 8, and a speck of hat near the cap."""
    values = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    values[5:15, 10:30] = 1
    values[5:15, 30:40] = 2
    values[40:48, 20:32] = 3
    values[5:7, 45:47] = 1
    return values


def labelled_photos(folder: Path, count: int = 12) -> Path:
    """`photos/<number>.jpg` and `annotations/<number>.png`, all with the same map."""
    (folder / "photos").mkdir(parents=True)
    (folder / "annotations").mkdir()
    for number in range(count):
        picture(number).save(folder / "photos" / f"{number:02d}.jpg", quality=90)
        Image.fromarray(label_map()).save(folder / "annotations" / f"{number:02d}.png")
    return folder


def instances(folder: Path, annotations: list[dict[str, Any]], count: int = 12) -> Path:
    """`photos/<number>.jpg` and `instances.json`; the annotations are those of the first photo unless they say else."""
    labelled_photos(folder, count)
    shared = {"image_id": 0, "category_id": 1}
    content = {
        "images": [{"id": number, "file_name": f"{number:02d}.jpg"} for number in range(count)],
        "categories": [{"id": 1, "name": "hat"}, {"id": 2, "name": "shoe"}],
        "annotations": [{"id": number} | shared | one for number, one in enumerate(annotations)],
    }
    (folder / "instances.json").write_text(json.dumps(content))
    return folder
