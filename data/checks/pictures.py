"""Checks of each picture: its file, its size, its copies in other splits."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from data.duplicates import find_duplicates
from data.images import MAX_PIXELS, decode, is_made
from data.probe import Probe, probe
from data.reporting import Progress

__all__ = ["picture_evidence"]


def picture_evidence(items: pd.DataFrame, folder: Path, with_regions: set[str], progress: Progress) -> pd.DataFrame:
    """`items` with one column per finding; findings whose columns are missing are left out.

    Every file is decoded in full, as training and serving do it.
    """
    evidence = items.copy()
    if "image" in items:
        probes = _inspect(folder, items["image"], progress)
        evidence["missing"] = _problems(probes, lambda file: file.problem if not file.sha256 else None)
        evidence["too_large"] = _problems(probes, lambda file: file.problem if _pixels(file) > MAX_PIXELS else None)
        evidence["undecodable"] = _problems(
            probes, lambda file: file.problem if file.sha256 and _pixels(file) <= MAX_PIXELS else None
        )
        if {"split", "phash"} <= set(items):
            # only pictures that were damaged when they were prepared: later damage fails the check
            out = (items["split"] == "excluded") & items["phash"].isna()
            evidence["damaged"] = (
                evidence["undecodable"].where(evidence["undecodable"].notna(), evidence["too_large"]).where(out, None)
            )
            evidence[["undecodable", "too_large"]] = evidence[["undecodable", "too_large"]].mask(out, None)
        if "split" in items:
            learned = (items["split"] == "train").to_numpy()
            says = [f"in {split}" if file.made else None for split, file in zip(items["split"], probes, strict=True)]
            evidence["generated"] = pd.Series(says, dtype=object).where(learned, None)
        sizes = np.array([(file.width_px or np.nan, file.height_px or np.nan) for file in probes], float).reshape(-1, 2)
        evidence["short_side_px"] = sizes.min(axis=1)
        evidence["aspect"] = sizes.max(axis=1) / sizes.min(axis=1)
        if {"sha256", "width_px", "height_px", "size_bytes"} <= set(items):
            evidence["altered"] = [_altered(row, file) for row, file in zip(items.itertuples(), probes, strict=True)]
        if {"item_id", "split"} <= set(items):
            evidence = evidence.join(_copies(items, probes))
    if {"category", "item_id"} <= set(items):
        bare = (items["category"] == "") & ~items["item_id"].isin(with_regions)
        if "split" in items:  # what is excluded is named by the check that says why
            bare &= items["split"] != "excluded"
        evidence["unlabelled"] = bare.map({True: "no category and no regions", False: None}).astype(object)
    return evidence


def _inspect(folder: Path, images: pd.Series, progress: Progress) -> list[Probe]:
    def look(image: Any) -> Probe:
        if not isinstance(image, str) or not image:
            return Probe(0, "", problem="is not named")
        if PurePosixPath(image).is_absolute() or ".." in PurePosixPath(image).parts:
            return Probe(0, "", problem="is no path inside the data set's folder")
        result = probe(folder / image)
        if result.problem is None:
            try:
                content = (folder / image).read_bytes()
                decode(content)
                result = replace(result, made=is_made(content))
            except ValueError as error:
                return replace(result, problem=f"does not decode ({error})")
        return result

    probes: list[Probe] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, result in enumerate(pool.map(look, images), 1):
            probes.append(result)
            if done % 64 == 0 or done == len(images):
                progress("decode pictures", done, len(images))
    return probes


def _problems(probes: list[Probe], what: Callable[[Probe], str | None]) -> pd.Series:
    return pd.Series([what(file) for file in probes], dtype=object)


def _pixels(file: Probe) -> int:
    return (file.width_px or 0) * (file.height_px or 0)


def _altered(row: Any, file: Probe) -> str | None:
    if not file.sha256 or file.problem:
        return None  # the other findings report this
    for name, recorded, actual in (
        ("sha256", row.sha256, file.sha256),
        ("size_bytes", row.size_bytes, file.size_bytes),
        ("width_px", row.width_px, file.width_px),
        ("height_px", row.height_px, file.height_px),
    ):
        if recorded != actual:
            return f"{name} is {actual}, the table says {recorded}"
    return None


def _copies(items: pd.DataFrame, probes: list[Probe]) -> pd.DataFrame:
    """Columns `exact_leak`, `near_leak` and `two_labels`: another picture of the group, its split and its category."""
    evidence = pd.DataFrame(
        {name: pd.Series([None] * len(items), dtype=object) for name in ("exact_leak", "near_leak", "two_labels")}
    )
    ids, splits = items["item_id"].tolist(), items["split"].tolist()
    labels = items["category"].tolist() if "category" in items else [""] * len(items)
    files = [probe.sha256 for probe in probes]
    groups = pd.Series(find_duplicates(probes).groups)
    for rows in groups[groups.duplicated(keep=False)].groupby(groups).groups.values():
        of_label = {labels[row]: row for row in reversed(rows)}  # the first of each
        for row in rows:
            for label in [label for label in of_label if label != labels[row]][:1]:
                evidence.at[row, "two_labels"] = f"{labels[row]}; same as {ids[of_label[label]]}, {label}"
        used = [row for row in rows if splits[row] != "excluded"]
        for row, kind, other in _leaks(used, splits, files):
            evidence.at[row, kind] = f"in {splits[row]}; same as {ids[other]} in {splits[other]}"
    return evidence


def _leaks(rows: list[int], splits: list[str], files: list[str]) -> Iterator[tuple[int, str, int]]:
    """Each row of a group of copies with the kind of its leak and a copy of it in another split."""
    of_split: dict[str, dict[str, int]] = {}  # the first row of each file
    for row in rows:
        of_split.setdefault(splits[row], {}).setdefault(files[row], row)
    for row in rows:
        for firsts in [firsts for split, firsts in of_split.items() if split != splits[row]]:
            if files[row] in firsts:
                yield row, "exact_leak", firsts[files[row]]
            near = next((other for file, other in firsts.items() if file != files[row]), None)
            if near is not None:
                yield row, "near_leak", near
