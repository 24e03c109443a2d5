"""`python -m serving.happened FILE`: write what the state holds of what happened as CSV, for the monitor."""

import argparse
import csv
import io
from pathlib import Path
from typing import Any

from data.files import atomic
from serving.command import run
from serving.state import open_state

__all__ = ["main"]


def main() -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m serving.happened")
    parser.add_argument("file", type=Path)
    path, state, rows, last = parser.parse_args().file, open_state(), 0, 0
    try:
        with atomic(path) as file:
            text = io.TextIOWrapper(file, "utf-8", newline="")
            writer = csv.writer(text)
            writer.writerow(("number", "item_id", "action", "time_s"))
            while found := state.events.since(last):
                writer.writerows((one.number, one.item_id, one.action, one.time_s) for one in found)
                rows, last = rows + len(found), found[-1].number
            text.detach()
        store = state.items.store_id()
    finally:
        state.close()
    return {"events": rows, "store": store}


if __name__ == "__main__":
    run(main)
