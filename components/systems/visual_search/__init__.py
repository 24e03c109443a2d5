"""Visual search: a picture, or part of one, becomes the most similar items of the gallery.

Not for recognising people, nor for proof that two things are the same.
"""

from components.message import PICTURE, PICTURES
from components.system import System

SYSTEM = System(
    __name__,
    tables={"items": ("item_id", "image", "title", "category", "split", "attributes")},
    route="search",
    takes={PICTURE: PICTURES},
)
