"""Shop the look: the things in a picture become items to choose from, and a look becomes what completes it."""

from components.message import PICTURE, PICTURES
from components.system import System

SYSTEM = System(
    __name__,
    tables={"outfits": ("outfit_id", "place", "item_id", "category", "x0", "y0", "x1", "y1", "split")},
    optional={"items": ("item_id", "image", "title", "category", "split")},
    route="shop-the-look",
    uses=("visual-search", "scene-parsing"),
    takes={PICTURE: PICTURES},
)
