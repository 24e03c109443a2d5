"""Boards of the world: what people keep together, each board about something that its items share.

One item in ten has never been on a board as training sees it; only its content tells where it belongs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from data.world.behaviour.stock import Goods

__all__ = ["Kept", "keep"]

THEMES = (  # what the items of a board share, and how often
    (("category", "colour"), 0.3),
    (("category", "pattern"), 0.2),
    (("colour", "pattern"), 0.2),
    (("category",), 0.15),
    (("colour",), 0.15),
)
MATCH = 3.0  # in utility, for each of the shared values that an item has
FASHION = 0.8  # deviation of what everybody thinks of an item
SIZES = (6, 60)  # items of a board: at least, and at most
LIKELY = 0.06  # of the geometric distribution between
SPLITS = (("train", 0.7), ("validation", 0.1), ("test", 0.2))
NEW_ONE_IN = 10
FEW_BOARDS = 3  # of one person, on average


@dataclass(frozen=True)
class Kept:
    """An item of a board, and the board's theme, which `title` tells."""

    board_id: str
    owner_id: str
    title: str
    item_id: str
    split: str


def keep(seed: int, goods: Sequence[Goods], count: int) -> list[Kept]:
    """The items of `count` boards, each once a board; who likes what is drawn anew for every board."""
    rng = np.random.default_rng([seed, 4, 0])
    values = {
        name: np.array([one.category if name == "category" else one.attributes.get(name, "") for one in goods])
        for name in ("category", "colour", "pattern")
    }
    fashion_N = FASHION * rng.standard_normal(len(goods))
    new_N = rng.permutation(len(goods)) % NEW_ONE_IN == 0
    owners = max(1, count // FEW_BOARDS)
    kept: list[Kept] = []
    for number in range(count):
        row_K, title = _board(values, fashion_N, rng)
        owner_id = f"person-{int(rng.integers(owners)):05d}"
        split_K = rng.choice([name for name, _ in SPLITS], len(row_K), p=[share for _, share in SPLITS])
        split_K[0] = "train"  # a board that training knows nothing of is none
        split_K[new_N[row_K]] = "test"
        kept += [
            Kept(f"board-{number:05d}", owner_id, title, goods[row].item_id, str(split))
            for row, split in zip(row_K.tolist(), split_K, strict=True)
        ]
    return kept


def _board(values: dict[str, np.ndarray], fashion_N: np.ndarray, rng: Generator) -> tuple[np.ndarray, str]:
    """Rows of the items, the most wanted first, and the title: the values that an item drawn at random gives."""
    names, _ = THEMES[int(rng.choice(len(THEMES), p=[chance for _, chance in THEMES]))]
    first = int(rng.integers(len(fashion_N)))
    wanted = {name: str(values[name][first]) for name in names}
    utility_N = fashion_N + rng.gumbel(size=len(fashion_N))
    for name, value in wanted.items():
        utility_N += MATCH * (values[name] == value)
    least, most = SIZES
    size = min(most, least + int(rng.geometric(LIKELY)), len(fashion_N))
    order = [wanted[name] for name in ("colour", "pattern", "category") if name in wanted]
    return np.argsort(-utility_N, kind="stable")[:size], " ".join(order)
