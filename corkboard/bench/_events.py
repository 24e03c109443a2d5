"""A log of many events into tables, by our preparation or by plain pandas, in a process of its own.

Run as `python -m corkboard.bench._events LOG FOLDER ours|pandas`; prints {"seconds", "peak_gb"} of this process.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["main", "write_log"]

USERS, ITEMS, DAYS = 100_000, 12_000, 365
CHUNK = 1_000_000
TEST_DAYS = 28


def write_log(path: Path, events: int) -> None:
    """Parquet with `user`, `item`, `action`, `time` (seconds), in the order of time; items and users by a power law."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    generator = np.random.default_rng(0)
    users, items = (np.array([f"{kind}-{row}" for row in range(n)]) for kind, n in (("u", USERS), ("i", ITEMS)))
    actions = np.array(["view", "click", "save"])
    schema = pa.schema([("user", pa.string()), ("item", pa.string()), ("action", pa.string()), ("time", pa.int64())])
    span_s = DAYS * 86_400
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, events, CHUNK):
            count = min(CHUNK, events - start)
            columns = [
                users[(USERS * generator.random(count) ** 2).astype(int)],
                items[(ITEMS * generator.random(count) ** 3).astype(int)],
                actions[generator.choice(3, count, p=[0.8, 0.15, 0.05])],
                1_500_000_000
                + np.sort(generator.integers(start * span_s // events, (start + count) * span_s // events, count)),
            ]
            writer.write_table(pa.table([pa.array(column) for column in columns], schema))


def _ours(log: Path, folder: Path) -> None:
    from data.params import EventLogParams
    from data.prepare import prepare

    splits: Any = {"validation_days": TEST_DAYS, "test_days": TEST_DAYS}
    params = EventLogParams.model_validate(
        {"source": "event_log", "licence": "made up", "path": str(log), "duplicates": "drop", "splits": splits}
    )
    prepare("events", params, lambda *_: None, folder / "events")


def _pandas(log: Path, folder: Path) -> None:
    """The same tables in memory: drop duplicates, order, number, split by time, count users and items."""
    import pandas as pd

    events = pd.read_parquet(log).drop_duplicates(["user", "item", "action", "time"])
    events = events.sort_values(["user", "time"], kind="stable", ignore_index=True)
    events["place"] = events.groupby("user").cumcount()
    day = events["time"] // 86_400
    last = day.max()
    events["split"] = "train"
    events.loc[day > last - 2 * TEST_DAYS, "split"] = "validation"
    events.loc[day > last - TEST_DAYS, "split"] = "test"
    events.to_parquet(folder / "events.parquet")
    events.groupby("user")["time"].agg(["size", "min", "max"]).to_parquet(folder / "users.parquet")
    events[["item"]].drop_duplicates().to_parquet(folder / "items.parquet")


def main(log: Path, folder: Path, who: str) -> None:
    """Prepare and print."""
    started = time.perf_counter()
    (_ours if who == "ours" else _pandas)(log, folder)
    seconds = time.perf_counter() - started
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes here
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    print(json.dumps({"seconds": seconds, "peak_gb": peak_gb}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
