"""Boards as a graph: what belongs on a board, what goes with an item, and which boards are alike.

Not for guessing what people are, believe or suffer from by what they keep.
"""

from components.system import System

SEARCH = "visual-search"
SYSTEM = System(
    __name__,
    tables={"board_items": ("board_id", "item_id", "split")},
    optional={
        "boards": ("board_id", "title", "owner_id", "test_rows"),
        "items": ("item_id", "image", "title", "category", "attributes"),
    },
    route="boards",
    may_use={SEARCH: ("items", "image")},
    batch=16,
)
