"""Read the ground truth of a prepared world: tastes, and the ranking that is beaten only by chance."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import UserError
from data.world.behaviour.laws import Laws
from data.world.behaviour.log import user_name
from data.world.behaviour.market import open_market
from data.world.behaviour.oracle import next_positive
from data.world.behaviour.record import FOLDER
from data.world.behaviour.stock import Stock

__all__ = ["Truth", "open_truth", "oracle_scores"]

CHUNK_CELLS = 2_000_000  # people times items that are scored at once


@dataclass(frozen=True)
class Truth:
    """The laws and the stock of a world, and the days of its evaluated splits."""

    folder: Path
    laws: Laws
    stock: Stock
    users: int
    splits: dict[str, range]

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """One of the record's files, such as `day-28`, `test` or `tally`."""
        with np.load(self.folder / f"{name}.npz", allow_pickle=False) as file:
            return {key: file[key] for key in file.files}


def open_truth(folder: Path) -> Truth:
    """The truth of the data set in `folder`.

    Raises:
        UserError: the data set is no world with behaviour.
    """
    path = folder / FOLDER / "laws.json"
    if not path.is_file():
        raise UserError(f"{folder.name} keeps no truth about behaviour; prepare a `world` data set with `behaviour`")
    content = json.loads(path.read_text(encoding="utf-8"))
    laws: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in content["laws"].items()
    }
    with np.load(folder / FOLDER / "items.npz", allow_pickle=False) as items:
        stock = Stock(
            item_id=tuple(items["item_id"].tolist()),
            codes_NB=items["codes"],
            cell_N=items["cell"],
            quality_N=items["quality"],
            day_N=items["day"],
            neighbours_NK=items["neighbours"],
            offsets=tuple(items["offsets"].tolist()),
        )
    return Truth(
        folder=folder / FOLDER,
        laws=Laws(**laws),
        stock=stock,
        users=content["users"],
        splits={split: range(*days) for split, days in content["splits"].items()},
    )


def oracle_scores(folder: Path, user_ids: Sequence[str], split: str) -> tuple[list[str], Iterator[NDArray[np.float32]]]:
    """The oracle's ranking for people at the time of a split, `validation` or `test`.

    Scores are the true probabilities of being the person's next positive action (click or save), given the morning
    of the day on which the person first comes back within the split (the split's first day, for who does not) and what
    the person had done when the split began; what was acted on before, or arrives later, scores 0.

    Returns:
        Item ids, ascending, and chunks of scores (U, N) in the order of `user_ids`.

    Raises:
        UserError: the data set is no world with behaviour, or a user or the split is unknown.
    """
    truth = open_truth(folder)
    if split not in truth.splits:
        raise UserError(f"the world knows no split {split!r}; use one of {', '.join(truth.splits)}")
    known = {user_name(person): person for person in range(truth.users)}
    strange = next((user for user in user_ids if user not in known), None)
    if strange is not None:
        raise UserError(f"user {strange!r} is not of this world; give ids of its table users")
    person = np.array([known[user] for user in user_ids], np.int64)
    order = np.argsort(np.array(truth.stock.item_id), kind="stable")
    return [truth.stock.item_id[row] for row in order], _chunks(truth, person, split, order)


def _chunks(
    truth: Truth, person: NDArray[np.int64], split: str, order: NDArray[np.int64]
) -> Iterator[NDArray[np.float32]]:
    began, count = truth.arrays(split), len(truth.stock.item_id)
    first = np.asarray(began["first_day"], np.int64)
    day_U = np.where(first[person] < 0, truth.splits[split].start, first[person])
    days = {day: truth.arrays(f"day-{day}") for day in np.unique(day_U).tolist()}
    markets = {
        day: open_market(day, truth.stock, np.asarray(kept["popularity"], np.float64), truth.laws)
        for day, kept in days.items()
    }
    keys = np.asarray(began["acted"], np.int64)
    size = max(1, CHUNK_CELLS // count)
    for start in range(0, len(person), size):
        scores = np.zeros((min(size, len(person) - start), count), np.float32)
        for day, kept in days.items():
            rows = np.flatnonzero(day_U[start : start + size] == day)
            if not len(rows):
                continue
            people = person[start + rows]
            scores[rows] = next_positive(
                np.asarray(kept["taste"], np.float32)[people],
                np.asarray(began["last"], np.int64)[people],
                _acted(keys, people, count),
                markets[day],
                truth.stock,
                truth.laws,
            )
        yield scores[:, order]


def _acted(keys: NDArray[np.int64], people: NDArray[np.int64], items: int) -> NDArray[np.bool_]:
    acted = np.zeros((len(people), items), np.bool_)
    lows, highs = np.searchsorted(keys, people * items), np.searchsorted(keys, (people + 1) * items)
    for row, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
        acted[row, keys[low:high] - people[row] * items] = True
    return acted
