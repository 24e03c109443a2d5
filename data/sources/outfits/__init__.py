"""Outfits that people put together, without pictures: categories, and items or boxes where they are known."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import UserError
from data.params import FromFile, OutfitsParams
from data.single import single_file
from data.sources.outfits.rows import read_rows
from data.sources.outfits.sets import read_names, read_sets
from data.sources.raw import Progress, Raw
from data.tables.outfits import TABLE as OUTFITS

__all__ = ["read"]


def read(params: OutfitsParams, out: Path, progress: Progress) -> Raw:
    """Read the outfits; things keep the order of the file. Outfits of one thing are left out and counted.

    Raises:
        UserError: a file is missing, differs, or is not of its form, or an outfit is in two files.
    """
    frames = []
    with tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as workplace:
        for part, given in (("", params.all), ("train", params.train), ("test", params.test)):
            if given is not None:
                frame = _things(params, given, Path(workplace), progress)
                frames.append(frame.assign(split=[_split(outfit, part, params) for outfit in frame["outfit_id"]]))
                progress("read outfits", len(frame), len(frame))
    _apart(frames)
    things = pd.concat(frames, ignore_index=True)
    sizes = things.groupby("outfit_id")["outfit_id"].transform("size")
    kept = things[sizes > 1]
    kept = kept.assign(place=kept.groupby("outfit_id").cumcount())
    report: dict[str, Any] = {
        "outfits": kept.groupby("split")["outfit_id"].nunique().to_dict(),
        "categories": kept["category"].nunique(),
        "of_one_thing": int((sizes == 1).sum()),
    }
    return Raw(simulated=False, tables={OUTFITS.name: kept}, report=report)


def _things(params: OutfitsParams, given: FromFile, workplace: Path, progress: Progress) -> pd.DataFrame:
    """A row for each thing: `outfit_id`, `category` and what else the file tells."""
    names = {}
    if params.categories is not None:
        with single_file(params.categories, workplace, progress) as path:
            names = read_names(path)
    with single_file(given, workplace, progress) as path:
        rows: Iterator[dict[str, Any]] = (
            read_rows(path, params.columns) if params.columns is not None else read_sets(path, names)
        )
        frame = pd.DataFrame(rows)
    if frame.empty:
        raise UserError(f"{path.name} holds no outfits; correct its entry in params.yaml")
    return frame


def _split(outfit: str, part: str, params: OutfitsParams) -> str:
    """By the MD5 of the id, so that it depends on nothing else: test if that divides, then validation."""
    number = int(hashlib.md5(outfit.encode(), usedforsecurity=False).hexdigest(), 16)
    if part == "":
        number, rest = divmod(number, params.test_one_in)
        part = "train" if rest else "test"
    return "validation" if part == "train" and number % params.validation_one_in == 0 else part


def _apart(frames: list[pd.DataFrame]) -> None:
    if len(frames) == 2:
        both = sorted(set(frames[0]["outfit_id"]) & set(frames[1]["outfit_id"]))
        if both:
            raise UserError(
                f"{len(both)} outfits are for training and for test, such as {both[0]}; remove them from one file"
            )
