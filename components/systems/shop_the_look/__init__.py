"""Shop the look: the things in a picture become items to choose from, and a look becomes what completes it.

Not for judging bodies or people; it knows what is worn together in its data and nothing of taste.
"""

from components.message import PICTURE, PICTURES
from components.system import System

BOX = ("x0_px", "y0_px", "x1_px", "y1_px")
SYSTEM = System(
    __name__,
    tables={"outfits": ("outfit_id", "place", "item_id", "category", "split")},
    optional={
        "items": ("item_id", "image", "category", "attributes", "split"),
        "regions": ("region_id", "item_id", "label", *BOX, "mask", "mask_value", "product_id"),
    },
    route="shop-the-look",
    uses=("visual-search", "scene-parsing"),
    takes={PICTURE: PICTURES},
)
