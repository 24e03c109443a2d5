"""The ground truth of a world, kept beside its tables in `truth/` as JSON and as `.npz` without objects.

`laws.json`; `items.npz`; `tally.npz`; `day-N.npz` with the tastes of an evaluated day's morning and the popularity it
began with; `validation.npz` and `test.npz` with what people had done when the split began, and the day on which each
first came back (-1: not). Legend: U people, N items.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data.files import atomic, write_json
from data.world.behaviour.acted import Acted
from data.world.behaviour.laws import DAY_S, START_S, Laws
from data.world.behaviour.people import People
from data.world.behaviour.stock import Stock
from data.world.behaviour.tally import Tally

if TYPE_CHECKING:
    from data.params import WorldBehaviour

__all__ = ["FOLDER", "Record"]

FOLDER = "truth"


def _split_days(days: int, validation_days: int, test_days: int) -> dict[str, range]:
    """The days of each evaluated split: the last ones are of test, those before of validation."""
    begins = days - test_days
    return {"validation": range(begins - validation_days, begins), "test": range(begins, days)}


class Record:
    """Collects the ground truth as the days pass."""

    def __init__(self, out: Path, params: "WorldBehaviour", seed: int, laws: Laws, stock: Stock) -> None:
        self._folder = out / FOLDER
        self._splits = _split_days(params.days, params.splits.validation_days, params.splits.test_days)
        self._first = {split: np.full(params.users, -1, np.int32) for split in self._splits}
        self._began: dict[str, dict[str, NDArray[np.int64]]] = {}
        write_json(
            self._folder / "laws.json",
            {
                "seed": seed,
                "users": params.users,
                "days": params.days,
                "splits": {split: [days.start, days.stop] for split, days in self._splits.items()},
                "start_s": START_S,
                "day_s": DAY_S,
                "laws": asdict(laws),
            },
        )
        self._save(
            "items",
            item_id=np.array(stock.item_id),
            codes=stock.codes_NB,
            cell=stock.cell_N,
            quality=stock.quality_N,
            day=stock.day_N,
            neighbours=stock.neighbours_NK,
            offsets=np.array(stock.offsets),
        )

    def open_day(self, day: int, people: People, popularity: NDArray[np.float64], acted: Acted) -> None:
        for split, days in self._splits.items():
            if day in days:
                self._save(f"day-{day}", taste=people.taste_UD, popularity=popularity)
            if day == days.start:
                self._began[split] = {"last": people.last_U.copy(), "acted": acted.keys()}

    def came(self, day: int, person: NDArray[np.int64]) -> None:
        for split, days in self._splits.items():
            if day in days:
                first = self._first[split]
                first[person] = np.where(first[person] < 0, day, first[person])

    def close(self, people: People, tally: Tally) -> None:
        for split, began in self._began.items():
            self._save(split, first_day=self._first[split], **began)
        self._save("people", archetype=people.archetype_U, gap_days=people.gap_days_U)
        self._save("tally", shown=tally.shown, seen=tally.seen, positive=tally.positive, expected=tally.expected)

    def _save(self, name: str, **arrays: NDArray[np.generic]) -> None:
        with atomic(self._folder / f"{name}.npz") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
