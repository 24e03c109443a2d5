"""Boards as a graph: what belongs on a board, what goes with an item, and which boards are alike.

Not for guessing what people are, believe or suffer from by what they keep.
"""

from components.system import System

SYSTEM = System(
    __name__,
    tables={"board_items": ("board_id", "item_id", "split")},
    optional={
        "boards": ("board_id", "title", "owner_id", "test_rows"),
        "items": ("item_id", "title", "category", "attributes"),
    },
    route="boards",
    batch=16,
)
