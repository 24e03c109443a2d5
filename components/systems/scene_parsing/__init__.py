"""Scene parsing: a picture becomes the things in it, each with a label, a box, a mask and its attributes.

Not for recognising people or telling what they are; of a person it knows what is worn.
"""

from components.message import PICTURE, PICTURES
from components.system import System

SYSTEM = System(
    __name__,
    tables={
        "items": ("item_id", "image", "split"),
        "regions": ("region_id", "item_id", "label", "mask", "mask_value", "attributes"),
    },
    route="parse",
    takes={PICTURE: PICTURES},
    gives={"mask": ("image/png",)},
)
