"""Which pixels of an uploaded picture are made, and the mark on them.

Legend: H height, W width in pixels.
"""

import io
import warnings

import cv2
import numpy as np
from PIL import Image, ImageDraw

from data.errors import UserError

__all__ = ["MOST_PX", "beside_product", "extended", "is_animated", "marked", "read_mask"]

WHITE = 235  # the darkest channel of a white backdrop
MOST_PX = 2048  # side of a picture


def is_animated(content: bytes) -> bool:
    """Whether a PNG or a WebP has more than one frame: a chunk `acTL`, or the flag of the extended header."""
    if content.startswith(b"\x89PNG"):
        return b"acTL" in content.partition(b"IDAT")[0]
    return content[8:16] == b"WEBPVP8X" and bool(content[20] & 2)


def read_mask(content: bytes, height: int, width: int) -> np.ndarray:
    """The white part of a mask, bool (H, W).

    Raises:
        UserError: it is no picture, has another size than the uploaded one, is empty or full.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
                if image.size != (width, height):
                    raise UserError(f"the mask has {image.width} x {image.height} px, the picture {width} x {height}")
                mask_HW = np.asarray(image.convert("L")) >= 128
    except UserError:
        raise
    except Exception as error:  # Pillow raises what has no class of its own
        raise UserError(f"the mask is no PNG that can be read ({error}); upload another") from None
    if not mask_HW.any():
        raise UserError("the mask is empty; draw white what is to be made")
    if mask_HW.all():
        raise UserError("the mask covers the whole picture; leave some of it black, or use the task generate")
    return mask_HW


def beside_product(pixels_HW3: np.ndarray) -> np.ndarray:
    """The white backdrop that reaches the border, bool (H, W).

    Raises:
        UserError: there is none.
    """
    white_HW = (pixels_HW3.min(axis=2) >= WHITE).astype(np.uint8)
    _, part_HW = cv2.connectedComponents(white_HW)
    edges = np.concatenate([part_HW[0], part_HW[-1], part_HW[:, 0], part_HW[:, -1]])
    mask_HW = np.isin(part_HW, np.unique(edges[edges > 0]))
    if not 0.02 < mask_HW.mean() < 0.98:
        raise UserError("no product on a white backdrop was found; upload a mask that is black on the product")
    return mask_HW


def extended(pixels_HW3: np.ndarray, aspect: float) -> tuple[np.ndarray, np.ndarray]:
    """The picture in the middle of a wider or higher one, and what is new of that, bool.

    Raises:
        UserError: the picture has that aspect ratio, or would become too large.
    """
    height, width = pixels_HW3.shape[:2]
    wide, high = max(width, round(height * aspect)), max(height, round(width / aspect))
    if (wide, high) == (width, height):
        raise UserError(f"the picture of {width} x {height} px has the aspect ratio {aspect:g}; give another")
    if max(wide, high) > MOST_PX:
        raise UserError(f"the picture would become {wide} x {high} px; upload one that stays within {MOST_PX} px")
    whole_HW3, mask_HW = np.full((high, wide, 3), 255, np.uint8), np.ones((high, wide), bool)
    place = np.s_[
        (high - height) // 2 : (high - height) // 2 + height, (wide - width) // 2 : (wide - width) // 2 + width
    ]
    whole_HW3[place], mask_HW[place] = pixels_HW3, False
    return whole_HW3, mask_HW


def marked(pixels_HW3: np.ndarray, mask_HW: np.ndarray) -> np.ndarray:
    """The picture with `AI` in the lower right corner of what was made; all other pixels are as they were."""
    rows, columns = (np.flatnonzero(mask_HW.any(axis=axis)) for axis in (1, 0))
    size_px = max(8, min(len(rows), len(columns)) // 10)
    right, bottom = int(columns[-1]), int(rows[-1])
    image = Image.fromarray(pixels_HW3)
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((right - round(1.4 * size_px), bottom - size_px, right, bottom), (40, 40, 40))
    drawing.text((right, bottom), "AI", (255, 255, 255), anchor="rb", font_size=size_px)
    return np.where(mask_HW[..., None], np.asarray(image), pixels_HW3)
