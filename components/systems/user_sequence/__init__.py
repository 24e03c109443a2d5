"""User sequences: what a person did, in order, becomes what to show next.

Not for guessing what people are or will do elsewhere, nor for decisions that they cannot turn down.
"""

from components.system import System

SYSTEM = System(
    __name__,
    tables={
        "items": ("item_id", "image", "title", "category", "attributes", "created_s"),
        "events": ("user_id", "place", "item_id", "action", "surface", "time_s", "split"),
    },
    route="recommend",
    batch=8,
)
