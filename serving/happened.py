"""`python -m serving.happened FILE SINCE_S`: the stored events from the first after a moment, as CSV."""

import argparse
import csv
import io
from contextlib import closing
from itertools import dropwhile
from pathlib import Path
from typing import Any

from data.errors import UserError
from data.files import atomic
from serving.command import run
from serving.state import Unavailable, open_state

__all__ = ["main"]


def main() -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m serving.happened")
    parser.add_argument("file", type=Path)
    parser.add_argument("since_s", type=float)
    given = parser.parse_args()
    try:
        return _written(given.file, given.since_s)
    except Unavailable as error:
        raise UserError(str(error)) from error


def _written(path: Path, since_s: float) -> dict[str, Any]:
    last, begun = 0, False
    with closing(open_state()) as state, atomic(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(("number", "item_id", "action", "time_s"))
        while found := state.events.since(last):
            last = found[-1].number
            if not begun:
                found = list(dropwhile(lambda one: one.time_s <= since_s, found))
                begun = bool(found)
            writer.writerows((one.number, one.item_id, one.action, one.time_s) for one in found)
        text.detach()
        return {"store": state.items.store_id()}


if __name__ == "__main__":
    run(main)
