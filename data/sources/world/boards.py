"""The world's boards as rows of tables."""

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from data.tables.board_items import TABLE as BOARD_ITEMS
from data.tables.boards import TABLE as BOARDS
from data.world.behaviour.stock import Goods
from data.world.boards import Kept, keep

__all__ = ["boards"]


def boards(seed: int, goods: Sequence[Goods], count: int) -> dict[str, pd.DataFrame]:
    """Rows of `boards` and `board_items` by table, of `count` boards."""
    kept = pd.DataFrame([asdict(one) for one in keep(seed, goods, count)], columns=list(Kept.__annotations__))
    return {
        BOARDS.name: kept[["board_id", "title", "owner_id"]].drop_duplicates("board_id"),
        BOARD_ITEMS.name: kept[["board_id", "item_id", "split"]],
    }
