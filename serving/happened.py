"""`python -m serving.happened FILE`: write what the state holds of what happened as CSV, for the monitor."""

import argparse
import csv
import io
from contextlib import closing
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
    try:
        return _written(parser.parse_args().file)
    except Unavailable as error:
        raise UserError(str(error)) from error


def _written(path: Path) -> dict[str, Any]:
    last = 0
    with closing(open_state()) as state, atomic(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(("number", "item_id", "action", "time_s"))
        while found := state.events.since(last):
            writer.writerows((one.number, one.item_id, one.action, one.time_s) for one in found)
            last = found[-1].number
        text.detach()
        return {"store": state.items.store_id()}


if __name__ == "__main__":
    run(main)
