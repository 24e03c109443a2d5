"""The log: events as columns of numbers, written as Parquet files of a bounded number of rows."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data.world.behaviour.choices import DONE
from data.world.behaviour.laws import SURFACES

__all__ = ["FIELDS", "Events", "LogWriter", "user_name"]

Events = dict[str, NDArray[np.int64] | NDArray[np.float32]]  # one column for each of FIELDS

ROWS = 400_000  # most rows of a file
FIELDS = ("person", "item", "action", "surface", "time_s", "session", "position", "propensity")  # action 0 is view
_ACTIONS = ("view", *DONE)


def user_name(person: int) -> str:
    return f"user-{person:06d}"


class LogWriter:
    """Takes events of `FIELDS` and writes `part-00000.parquet` … below a folder; `close` returns their paths."""

    def __init__(self, folder: Path, people: int, item_id: tuple[str, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._users = pa.array([user_name(person) for person in range(people)])
        self._items = pa.array(item_id)
        self._waiting: list[Events] = []
        self._rows = 0
        self.written = 0
        self._paths: list[Path] = []

    def add(self, events: Events) -> None:
        self._waiting.append(events)
        self._rows += len(events["person"])
        if self._rows >= ROWS:
            self._flush()

    def close(self) -> tuple[Path, ...]:
        self._flush()
        return tuple(self._paths)

    def _flush(self) -> None:
        if not self._rows:
            return
        events = {name: np.concatenate([part[name] for part in self._waiting]) for name in FIELDS}
        users = self._users.take(pa.array(events["person"]))
        sessions = pc.binary_join_element_wise(users, pa.array(events["session"]).cast(pa.string()), "-")
        table = pa.table(
            {
                "row": pa.array(np.arange(self.written, self.written + self._rows)),
                "user_id": users,
                "item_id": self._items.take(pa.array(events["item"])),
                "action": pa.array(_ACTIONS).take(pa.array(events["action"])),
                "surface": pa.array(SURFACES).take(pa.array(events["surface"])),
                "time_s": pa.array(events["time_s"]),
                "session_id": sessions,
                "position": pa.array(events["position"].astype(np.int32)),
                "propensity": pa.array(events["propensity"].astype(np.float32)),
            }
        )
        path = self._folder / f"part-{len(self._paths):05d}.parquet"
        pq.write_table(table, path)
        self._paths.append(path)
        self.written += self._rows
        self._waiting, self._rows = [], 0
