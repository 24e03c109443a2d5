"""The opened bundle: what to show in, a picture out. numpy, onnxruntime and OpenCV alone.

Legend: H height and W width in pixels, S side of what the network makes.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from components.message import PICTURE, Message, Part, one_by_one
from components.systems.canvas.conditions import CATEGORY
from components.systems.canvas.masks import MOST_PX, beside_product, extended, marked, read_mask
from components.systems.canvas.sampler import Sampler, Told
from components.systems.canvas.types import Request, Response
from data.errors import UserError
from data.images import decode, made_picture, picture_size

__all__ = ["MASK", "CanvasPredictor", "open_bundle"]

MASK = "mask"
LEAST_PX = 16  # side of an uploaded picture


class CanvasPredictor:
    """Safe to call from several threads at once."""

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As `answer`, of several requests, one after the other."""
        return one_by_one(requests, self.answer)

    def is_quick(self, request: Message) -> bool:  # noqa: ARG002 - the network makes every picture
        return False

    def answer(self, request: Message) -> Message:
        """A picture as asked; outside what was made, its pixels are those uploaded. Raises as `begin`."""
        return self.begin(request)(None)

    def begin(self, request: Message) -> Callable[[Told | None], Message]:
        """What makes the picture; it takes what is told of every step, see `Sampler.make`.

        Raises:
            UserError: a value that the model did not learn, parts or fields that do not go with the task.
            PictureError: the picture cannot be used.
        """
        asked: Request = request.fields
        _check(asked, request)
        given = asked.attributes | ({CATEGORY: asked.category} if asked.category else {})
        self.sampler.conditions.refuse(*given.values(), asked.words)
        condition_K = self.sampler.conditions.vector(given, asked.words)
        if asked.few and self.sampler.few is None:
            raise UserError("this model has no student for few steps; leave few out, or train it with few")
        side = self.sampler.size_px
        if asked.task == "generate":
            whole_HW3, mask_HW = np.zeros((side, side, 3), np.uint8), np.ones((side, side), bool)
        else:
            whole_HW3, mask_HW = _to_make(asked, request)
        return partial(self._made, asked, condition_K, whole_HW3, mask_HW)

    def _made(
        self, asked: Request, condition_K: np.ndarray, whole_HW3: np.ndarray, mask_HW: np.ndarray, told: Told | None
    ) -> Message:
        (height, width), side = mask_HW.shape, self.sampler.size_px
        known = (_resized(whole_HW3, side, side), _covered(mask_HW, side))
        steps, guidance = (asked.few, None) if asked.few else (asked.steps, asked.guidance)
        made_SS3 = self.sampler.make(condition_K, asked.seed, steps, guidance, *known, told=told)
        made_SS3 = self.sampler.enlarged(made_SS3)
        if asked.task == "generate":
            height, width = made_SS3.shape[:2]
            whole_HW3, mask_HW = made_SS3, np.ones((height, width), bool)
        whole_HW3 = np.where(mask_HW[..., None], _resized(made_SS3, height, width), whole_HW3)
        if self.sampler.conditions.mark:
            whole_HW3 = marked(whole_HW3, mask_HW)
        response = Response(
            width_px=width, height_px=height, made_px=int(mask_HW.sum()), seed=asked.seed, model=self.sampler.model
        )
        content = made_picture(whole_HW3, response.model, asked.seed, asked.task, asked.format)
        return Message(response, {PICTURE: Part(content, f"image/{asked.format}")})


def _check(asked: Request, request: Message) -> None:
    if asked.task == "generate" and request.parts:
        raise UserError("the task generate takes no picture; use fill, background or extend")
    if asked.task != "generate" and PICTURE not in request.parts:
        raise UserError(f"the task {asked.task} needs a picture; upload one")
    if (asked.task == "fill" and MASK not in request.parts) or (asked.task == "extend" and MASK in request.parts):
        raise UserError("the part mask goes with the tasks fill, which needs it, and background")
    if (asked.task == "extend") != (asked.aspect is not None):
        raise UserError("the field aspect goes with the task extend, which needs it, and with no other")


def _to_make(asked: Request, request: Message) -> tuple[np.ndarray, np.ndarray]:
    """The picture (H, W, 3) and what of it is to be made (H, W)."""
    width, height = picture_size(request.parts[PICTURE].content)
    if min(height, width) < LEAST_PX:
        raise UserError(f"the picture has {width} x {height} px; upload one of at least {LEAST_PX} px on both sides")
    if max(height, width) > MOST_PX:
        raise UserError(f"the picture has {width} x {height} px; upload one of at most {MOST_PX} px on both sides")
    pixels_HW3 = decode(request.parts[PICTURE].content)
    if asked.aspect is not None:
        return extended(pixels_HW3, asked.aspect)
    mask = request.parts.get(MASK)
    return pixels_HW3, beside_product(pixels_HW3) if mask is None else read_mask(mask.content, height, width)


def _resized(pixels_HW3: np.ndarray, height: int, width: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels_HW3).resize((width, height), Image.Resampling.BICUBIC))


def _covered(mask_HW: np.ndarray, side: int) -> np.ndarray:
    """The small mask: a place is made if any of its pixels is."""
    share_SS = Image.fromarray(mask_HW.astype(np.uint8) * 255).resize((side, side), Image.Resampling.BOX)
    return np.asarray(share_SS) > 0


def open_bundle(bundle: Path, threads: int = 1) -> CanvasPredictor:
    """The predictor that serves `bundle`; see `Sampler.open`."""
    return CanvasPredictor(Sampler.open(bundle, threads))
