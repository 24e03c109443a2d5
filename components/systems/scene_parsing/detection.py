"""Average precision of regions as COCO measures it, by boxes and by masks.

Legend: H height and W width of a picture in pixels, N regions.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from components.metrics import Scalar
from components.systems.scene_parsing.types import Region
from data.errors import UserError

__all__ = ["Detections"]

KINDS = {"box": "bbox", "mask": "segm"}


class Detections:
    """The true and the found regions of pictures, collected one picture after the other."""

    def __init__(self, labels: Sequence[str]) -> None:
        """labels: without the background.

        Raises:
            UserError: the package that measures is not installed.
        """
        try:
            from faster_coco_eval import COCO, COCOeval_faster
            from faster_coco_eval.core import mask
        except ImportError:
            raise UserError("faster-coco-eval is not installed; pip install 'corkboard[parsing]'") from None
        self._coco, self._measure, self._mask = COCO, COCOeval_faster, mask
        self._number = {label: number for number, label in enumerate(labels, start=1)}
        self._images: list[dict[str, Any]] = []
        self._true: list[dict[str, Any]] = []
        self._found: list[dict[str, Any]] = []

    def add(self, place_HW: np.ndarray, labels: Sequence[str], regions: Sequence[Region]) -> None:
        """A picture's truth, its regions as numbers from 1 with their `labels`, and the regions of the answer to it."""
        height, width = place_HW.shape
        image = len(self._images) + 1
        self._images.append({"id": image, "height": height, "width": width})
        for place, label in enumerate(labels, start=1):
            inside_HW = np.asfortranarray(place_HW == place, np.uint8)
            if label in self._number and inside_HW.any():
                runs = self._mask.encode(inside_HW)
                box, area = self._mask.toBbox(runs).tolist(), float(self._mask.area(runs))
                row = {"category_id": self._number[label], "bbox": box, "segmentation": runs, "area": area}
                self._true.append(row | {"id": len(self._true) + 1, "image_id": image, "iscrowd": 0})
        for region in regions:
            if region.label in self._number:
                x0, y0, x1, y1 = region.box
                row = {"category_id": self._number[region.label], "bbox": [x0, y0, x1 - x0, y1 - y0]}
                runs = self._runs(region, (height, width))
                self._found.append(row | {"image_id": image, "score": region.score, "segmentation": runs})

    def _runs(self, region: Region, size: tuple[int, int]) -> Any:
        """Compressed, at the picture's height and width."""
        given = {"size": list(region.mask.size), "counts": list(region.mask.counts)}
        runs = self._mask.frPyObjects(given, *region.mask.size)
        if region.mask.size == size:
            return runs
        inside_HW = cv2.resize(self._mask.decode(runs), size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
        return self._mask.encode(np.asfortranarray(inside_HW))

    def precision(self) -> dict[str, Scalar]:
        """`box_map_50`, `box_map`, `mask_map_50` and `mask_map`: at an IoU of .5, and the mean of .5 to .95.

        They are measured over all pictures at once: a resample would have to rank all regions anew.
        """
        categories = [{"id": number, "name": label} for label, number in self._number.items()]
        truth = self._coco({"images": self._images, "annotations": self._true, "categories": categories})
        figures = {}
        for name, kind in KINDS.items():
            value = {"AP_50": 0.0, "AP_all": 0.0}
            if self._found:
                measured = self._measure(truth, truth.loadRes(self._found), kind)
                measured.run()
                value = measured.stats_as_dict
            figures[f"{name}_map_50"] = Scalar(value=float(value["AP_50"]), direction="higher")
            figures[f"{name}_map"] = Scalar(value=float(value["AP_all"]), direction="higher")
        return figures
