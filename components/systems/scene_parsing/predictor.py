"""The opened bundle: a picture in, its regions out. numpy, onnxruntime and OpenCV alone.

Legend: H height, W width in pixels.
"""

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from components.message import PICTURE, Message, Part, one_by_one
from components.systems.scene_parsing.instances import Instance, instances
from components.systems.scene_parsing.parser import Parsed, Parser
from components.systems.scene_parsing.types import Mask, Region, Request, Response
from data.errors import UserError
from data.images.runs import runs_of

__all__ = ["MASK", "ParsingPredictor", "open_bundle"]

MASK = "mask"  # the name of the part with the regions' numbers


class ParsingPredictor:
    """Safe to call from several threads at once."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As `answer`, of several requests, one after the other."""
        return one_by_one(requests, self.answer)

    def is_quick(self, request: Message) -> bool:  # noqa: ARG002 - the network reads every picture
        return False

    def answer(self, request: Message) -> Message:
        """The regions of a picture.

        Raises:
            UserError: there is no picture.
            PictureError: the picture cannot be used.
        """
        picture = request.parts.get(PICTURE)
        if picture is None:
            raise UserError("there is nothing to parse; upload a picture")
        asked: Request = request.fields
        parsed = self.parser.parse(picture.content)
        found, value_HW = instances(parsed, self.parser.least_share)
        kept = [one for one in found if one.score >= asked.least_score]
        value_HW[value_HW > len(kept)] = 0
        regions = tuple(self._region(one, value, value_HW, parsed) for value, one in enumerate(kept, start=1))
        response = Response(regions=regions, width_px=parsed.width_px, height_px=parsed.height_px)
        return Message(response, {MASK: _png(value_HW)})

    def _region(self, found: Instance, value: int, value_HW: np.ndarray, parsed: Parsed) -> Region:
        height, width = value_HW.shape
        x, y = parsed.width_px / width, parsed.height_px / height
        x0, y0, x1, y1 = found.box
        return Region(
            label=self.parser.labels[found.label],
            score=found.score,
            box=(math.floor(x0 * x), math.floor(y0 * y), math.ceil(x1 * x), math.ceil(y1 * y)),
            area_px=round(found.pixels * x * y),
            value=value,
            mask=Mask(size=(height, width), counts=tuple(_runs(value_HW, value, x0, x1))),
            attributes=self.parser.told(self.parser.labels[found.label], value_HW == value, parsed),
        )


def _runs(value_HW: np.ndarray, value: int, left: int, right: int) -> list[int]:
    """Run lengths of the region `value`, all of which lies in the columns from `left` to `right`."""
    height, width = value_HW.shape
    return runs_of(value_HW[:, left:right] == value, left * height, (width - right) * height)


def _png(value_HW: np.ndarray) -> Part:
    """The regions' numbers, uint8, as a PNG."""
    file = io.BytesIO()
    Image.fromarray(value_HW).save(file, "PNG", compress_level=1)
    return Part(file.getvalue(), "image/png")


def open_bundle(bundle: Path, threads: int = 1) -> ParsingPredictor:
    """The predictor that serves `bundle`; see `Parser.open`."""
    return ParsingPredictor(Parser.open(bundle, threads))
