"""Pictures in and pictures out: the negative of a picture where a mask allows it."""

from components.message import PICTURE, PICTURES
from components.system import System

SYSTEM = System(
    __name__,
    tables={},
    route="negative",
    takes={PICTURE: PICTURES, "mask": ("image/png",)},
    gives={PICTURE: ("image/png",)},
    pixel_tolerance=1.0,
)
