"""The exported network: a picture's bytes in, the most probable label of every pixel out.

Legend: H height and W width of the answer in pixels, h and w those of the network's maps, L labels, V values of
attributes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from components.session import open_session
from components.systems.scene_parsing.config import STRIDE
from components.systems.scene_parsing.sizes import CELL_PX, padded, scaled_picture, scaled_size
from data.errors import UserError

__all__ = ["DESCRIPTION", "NETWORK", "Parsed", "Parser"]

NETWORK, DESCRIPTION = "parse.onnx", "parser.json"
MOST_PX = 2**20  # pixels of an answer's mask
GREY = 127  # beyond the edge of a picture, as in training
FAINT = 0.05  # a label whose probability is lower everywhere is nowhere the most probable, or hardly


@dataclass(frozen=True)
class Parsed:
    """What the network sees in a picture. The maps have the picture's size, or up to `MOST_PX` at its aspect."""

    label_HW: np.ndarray  # uint8
    probability_HW: np.ndarray  # of that label
    centre_3hw: np.ndarray | None  # peaks and ways, see `targets.centres`
    value_Vhw: np.ndarray | None  # logits of the values of all attributes
    width_px: int  # of the picture
    height_px: int


class Parser:
    """Safe to call from several threads at once."""

    def __init__(self, session: Any, description: dict[str, Any]) -> None:
        self.session = session
        self.labels: Sequence[str] = description["labels"]
        self.side_px: int = description["side_px"]
        self.least_share: float = description["least_share"]
        self.attributes: Mapping[str, Sequence[str]] = description["attributes"]
        self.attributes_of: Mapping[str, Sequence[str]] = description["attributes_of"]
        self.outputs = [output.name for output in session.get_outputs()]

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "Parser":
        """Open the network of `bundle`; `threads` is what one call may use.

        Raises:
            UserError: files are missing.
        """
        try:
            description = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
            return cls(open_session(bundle / NETWORK, threads), description)
        except FileNotFoundError as error:
            raise UserError(f"{error.filename} is missing; {bundle} is no bundle of scene-parsing") from None

    def parse(self, picture: bytes) -> Parsed:
        """The labels of a picture's pixels.

        Raises:
            PictureError: the picture cannot be used.
        """
        pixels_HW3, (width_px, height_px) = scaled_picture(picture, self.side_px)
        height, width = pixels_HW3.shape[:2]
        to_height, to_width = (-(-side // STRIDE) * STRIDE for side in (height, width))
        seen = padded(pixels_HW3, to_height, to_width, GREY)
        found = dict(zip(self.outputs, self.session.run(None, {"pixels_NHW3": seen[None]}), strict=True))
        maps = {name: map_NChw[0, :, : height // CELL_PX, : width // CELL_PX] for name, map_NChw in found.items()}
        label_HW, probability_HW = most_probable(maps["probability_NLhw"], answer_size(width_px, height_px))
        return Parsed(label_HW, probability_HW, maps.get("centre_N3hw"), maps.get("value_NVhw"), width_px, height_px)

    def told(self, label: str, inside_HW: np.ndarray, parsed: Parsed) -> dict[str, str]:
        """The likeliest values of the attributes that `label` has, over the pixels `inside` a region."""
        names = self.attributes_of[label]
        if parsed.value_Vhw is None or not names:
            return {}
        share_hw = cv2.resize(inside_HW.astype(np.float32), parsed.value_Vhw.shape[:0:-1], interpolation=cv2.INTER_AREA)
        logits_V = np.einsum("vhw,hw->v", parsed.value_Vhw, share_hw)
        start, told = 0, {}
        for name, values in self.attributes.items():
            if name in names:
                told[name] = values[int(logits_V[start : start + len(values)].argmax())]
            start += len(values)
        return told


def answer_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Width and height of an answer's mask: the picture's, or of `MOST_PX` pixels at its aspect."""
    if width_px * height_px <= MOST_PX:
        return width_px, height_px
    width, height = scaled_size(width_px, height_px, MOST_PX)
    return max(round(width), 1), max(round(height), 1)


def most_probable(probability_Lhw: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The label with the largest interpolated probability, uint8, and that probability, both at `size`.

    A label at a time, so that memory does not grow with the labels. A label that is hardly anywhere is passed over.
    """
    highest_L = probability_Lhw.max(axis=(1, 2))
    best = np.full(size[::-1], -1.0, np.float32)
    label_HW = np.zeros(size[::-1], np.uint8)
    for label in np.flatnonzero((highest_L > FAINT) | (highest_L == highest_L.max())).tolist():
        plane = cv2.resize(probability_Lhw[label], size, interpolation=cv2.INTER_LINEAR)
        label_HW[plane > best] = label
        np.maximum(best, plane, out=best)
    return label_HW, best
