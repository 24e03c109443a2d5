"""Canvas: a category, attributes and words become a picture, or the missing part of one.

Not for pictures of real people, nor for pictures that pass for photos of what happened.
"""

from components.message import PICTURE, PICTURES
from components.system import System

SYSTEM = System(
    __name__,
    tables={"items": ("item_id", "image", "title", "category", "split", "attributes")},
    route="canvas",
    takes={PICTURE: PICTURES, "mask": ("image/png",)},
    gives={PICTURE: ("image/png", "image/webp")},
    pixel_tolerance=2.0,
)
