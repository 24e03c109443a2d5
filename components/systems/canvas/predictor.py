"""The opened bundle: what to show in, a picture out. numpy, onnxruntime and OpenCV alone.

Legend: H height and W width in pixels, S side of what the network makes.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from components.message import PICTURE, Message, Part, one_by_one
from components.roles import OnStep
from components.systems.canvas.conditions import CATEGORY
from components.systems.canvas.masks import MOST_PX, beside_product, extended, is_animated, marked, read_mask
from components.systems.canvas.sampler import Sampler
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
        """A picture; outside the mask its pixels are those uploaded. Raises as `begin`."""
        return self.begin(request)(None)

    def begin(self, request: Message) -> Callable[[OnStep | None], Message]:
        """A function that makes the picture; it takes the `on_step` of `Sampler.make`.

        Raises:
            UserError: a value that the model did not learn, parts or fields that do not go with the task.
            PictureError: the picture cannot be used.
        """
        fields: Request = request.fields
        _check(fields, request)
        labels = fields.attributes | ({CATEGORY: fields.category} if fields.category else {})
        self.sampler.conditions.refuse(*labels.values(), fields.words)
        condition_K = self.sampler.conditions.vector(labels, fields.words)
        if fields.student_steps and self.sampler.student is None:
            raise UserError("this model has no student; leave student_steps out, or train it with the setting student")
        side = self.sampler.size_px
        if fields.task == "generate":
            whole_HW3, mask_HW = np.zeros((side, side, 3), np.uint8), np.ones((side, side), bool)
        else:
            whole_HW3, mask_HW = _to_make(fields, request)
        return partial(self._made, fields, condition_K, whole_HW3, mask_HW)

    def _made(
        self,
        fields: Request,
        condition_K: np.ndarray,
        whole_HW3: np.ndarray,
        mask_HW: np.ndarray,
        on_step: OnStep | None,
    ) -> Message:
        (height, width), side = mask_HW.shape, self.sampler.size_px
        known = (_resized(whole_HW3, side, side), _shrunk(mask_HW, side))
        steps, guidance = (fields.student_steps, None) if fields.student_steps else (fields.steps, fields.guidance)
        made_SS3 = self.sampler.make(condition_K, fields.seed, steps, guidance, *known, on_step=on_step)
        made_SS3 = self.sampler.upsampled(made_SS3)
        if fields.task == "generate":
            height, width = made_SS3.shape[:2]
            whole_HW3, mask_HW = made_SS3, np.ones((height, width), bool)
        whole_HW3 = np.where(mask_HW[..., None], _resized(made_SS3, height, width), whole_HW3)
        if self.sampler.conditions.mark:
            whole_HW3 = marked(whole_HW3, mask_HW)
        response = Response(
            width_px=width, height_px=height, made_px=int(mask_HW.sum()), seed=fields.seed, model=self.sampler.model
        )
        content = made_picture(whole_HW3, response.model, fields.seed, fields.task, fields.format)
        return Message(response, {PICTURE: Part(content, f"image/{fields.format}")})


def _check(fields: Request, request: Message) -> None:
    if fields.task == "generate" and request.parts:
        raise UserError("the task generate takes no picture; use fill, background or extend")
    if fields.task != "generate" and PICTURE not in request.parts:
        raise UserError(f"the task {fields.task} needs a picture; upload one")
    if (fields.task == "fill" and MASK not in request.parts) or (fields.task == "extend" and MASK in request.parts):
        raise UserError("the part mask goes with the tasks fill, which needs it, and background")
    if (fields.task == "extend") != (fields.aspect is not None):
        raise UserError("the field aspect goes with the task extend, which needs it, and with no other")


def _to_make(fields: Request, request: Message) -> tuple[np.ndarray, np.ndarray]:
    """The picture (H, W, 3) and what of it is to be made (H, W)."""
    width, height = picture_size(request.parts[PICTURE].content)
    if min(height, width) < LEAST_PX:
        raise UserError(f"the picture has {width} x {height} px; upload one of at least {LEAST_PX} px on both sides")
    if max(height, width) > MOST_PX:
        raise UserError(f"the picture has {width} x {height} px; upload one of at most {MOST_PX} px on both sides")
    if is_animated(request.parts[PICTURE].content):
        raise UserError("the picture is animated; upload one that stands still")
    pixels_HW3 = decode(request.parts[PICTURE].content)
    if fields.aspect is not None:
        return extended(pixels_HW3, fields.aspect)
    mask = request.parts.get(MASK)
    return pixels_HW3, beside_product(pixels_HW3) if mask is None else read_mask(mask.content, height, width)


def _resized(pixels_HW3: np.ndarray, height: int, width: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels_HW3).resize((width, height), Image.Resampling.BICUBIC))


def _shrunk(mask_HW: np.ndarray, side: int) -> np.ndarray:
    """The small mask, bool (S, S): set where any of its pixels is."""
    share_SS = Image.fromarray(mask_HW.astype(np.uint8) * 255).resize((side, side), Image.Resampling.BOX)
    return np.asarray(share_SS) > 0


def open_bundle(bundle: Path, threads: int = 1) -> CanvasPredictor:
    """The predictor that serves `bundle`; see `Sampler.open`."""
    return CanvasPredictor(Sampler.open(bundle, threads))
