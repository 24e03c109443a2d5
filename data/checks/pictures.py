"""Checks of each picture: its file, its size, its copies in other splits."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from data.duplicates import find_duplicates
from data.images import MAX_PIXELS, decode
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
                decode((folder / image).read_bytes())
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
        of_label: dict[str, int] = {}  # the first of each
        of_file: dict[tuple[str, str], int] = {}
        of_split: dict[str, dict[str, int]] = {}  # the first two files of each
        for row in rows:
            of_label.setdefault(labels[row], row)
            if splits[row] != "excluded":
                of_file.setdefault((files[row], splits[row]), row)
                firsts = of_split.setdefault(splits[row], {})
                if len(firsts) < 2:
                    firsts.setdefault(files[row], row)
        for row in rows:
            for label in [label for label in of_label if label != labels[row]][:1]:
                evidence.at[row, "two_labels"] = f"{labels[row]}; same as {ids[of_label[label]]}, {label}"
            for split in of_split if splits[row] != "excluded" else ():
                if split == splits[row]:
                    continue
                other = of_file.get((files[row], split))
                if other is not None:
                    evidence.at[row, "exact_leak"] = f"in {splits[row]}; same as {ids[other]} in {split}"
                for other in [other for file, other in of_split[split].items() if file != files[row]][:1]:
                    evidence.at[row, "near_leak"] = f"in {splits[row]}; same as {ids[other]} in {split}"
    return evidence
