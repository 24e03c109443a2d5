"""The pictures of a data set with their regions: what the network has to find.

Legend: R regions of a picture, A attributes, L labels, H height and W width in pixels.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from data.dataset import Dataset
from data.errors import UserError

__all__ = ["BACKGROUND", "UNKNOWN", "Attributes", "Truth", "attributes_of", "labels_of", "looked_up", "truths_of"]

BACKGROUND = "background"  # label 0
UNKNOWN = -1  # code of what training does not know, or nobody labelled
LEAST_REGIONS = 5  # that have a value of an attribute


@dataclass(frozen=True)
class Truth:
    """A picture and its regions; `label_R` are numbers in the labels, in which the background has number 0."""

    item_id: str
    image: Path
    mask: Path
    value_R: np.ndarray  # numbers in the mask's file
    label_R: np.ndarray
    attributes: Sequence[Mapping[str, str]]  # of each region

    def places(self) -> np.ndarray:
        """`place_HW` int64: 0 for background, 1 + row of the region, `UNKNOWN` where the mask has another number."""
        with Image.open(self.mask) as image:
            number_HW = np.asarray(image).astype(np.int64)
        place = np.full(max(int(number_HW.max()), int(self.value_R.max(initial=0))) + 1, UNKNOWN)
        place[0] = 0
        place[self.value_R] = np.arange(1, len(self.value_R) + 1)
        return np.asarray(place[number_HW])

    def labels(self, place_HW: np.ndarray) -> np.ndarray:
        """The labels of places, int64."""
        return looked_up(self.label_R, 0, place_HW)


def looked_up(code_R: np.ndarray, background: int, place_HW: np.ndarray) -> np.ndarray:
    """The code of each place; that of the background is given."""
    return np.array([background, *code_R.tolist(), UNKNOWN])[place_HW]  # the last for UNKNOWN


@dataclass(frozen=True)
class Attributes:
    """The attributes that the network tells, each with its values; and which of them a label has."""

    values: Mapping[str, Sequence[str]]
    of_label: Mapping[str, Sequence[str]]

    def codes(self, truth: Truth) -> np.ndarray:
        """`value_AR`: the number of each region's value of each attribute, `UNKNOWN` where it has none."""
        code = [{value: number for number, value in enumerate(values)} for values in self.values.values()]
        names = list(self.values)
        rows = [
            [of.get(region.get(name, ""), UNKNOWN) for region in truth.attributes]
            for name, of in zip(names, code, strict=True)
        ]
        return np.array(rows, np.int64).reshape(len(names), len(truth.attributes))


def labels_of(dataset: Dataset) -> tuple[str, ...]:
    """The background, then the labels of the training split by name."""
    regions = _masked(dataset)
    return (BACKGROUND, *sorted(regions.loc[regions["split"] == "train", "label"].unique()))


def truths_of(dataset: Dataset, split: str, labels: Sequence[str]) -> list[Truth]:
    """The pictures of `split` that have regions with masks, by id; labels that `labels` lacks are `UNKNOWN`.

    Raises:
        UserError: there are none.
    """
    regions = _masked(dataset)
    chosen = regions[regions["split"] == split]
    if chosen.empty:
        raise UserError(
            f"data set {dataset.name!r} has no regions with masks in the split {split!r}; give it some or change the "
            "splits"
        )
    code = {label: number for number, label in enumerate(labels)}
    return [_truth(dataset, str(item_id), rows, code) for item_id, rows in chosen.groupby("item_id", sort=True)]


def attributes_of(truths: Sequence[Truth], labels: Sequence[str], names: Sequence[str]) -> Attributes:
    """The values of the attributes `names` that at least `LEAST_REGIONS` regions of `truths` have.

    A label has an attribute if half of its regions do.

    Raises:
        UserError: no region has one of them.
    """
    count = Counter((name, value) for truth in truths for region in truth.attributes for name, value in region.items())
    values = {
        name: sorted(value for (of, value), seen in count.items() if of == name and seen >= LEAST_REGIONS)
        for name in names
    }
    empty = [name for name, known in values.items() if not known]
    if empty:
        raise UserError(
            f"regions.attributes: no value of {' and '.join(empty)} is that of {LEAST_REGIONS} regions; leave it out"
        )
    regions = Counter(int(label) for truth in truths for label in truth.label_R)
    having = Counter(
        (int(label), name)
        for truth in truths
        for label, region in zip(truth.label_R, truth.attributes, strict=True)
        for name in names
        if name in region
    )
    of_label = {
        label: [name for name in names if 2 * having[number, name] >= max(regions[number], 1)]
        for number, label in enumerate(labels)
    }
    return Attributes(values, of_label)


def _masked(dataset: Dataset) -> pd.DataFrame:
    items = dataset.table("items").to_pandas()[["item_id", "image", "split"]]
    regions = dataset.table("regions").to_pandas().merge(items, on="item_id")
    return regions[regions["mask"].notna()].sort_values(["item_id", "mask_value", "region_id"])


def _truth(dataset: Dataset, item_id: str, rows: pd.DataFrame, code: dict[str, int]) -> Truth:
    masks = rows["mask"].unique()
    if len(masks) > 1:
        raise UserError(f"the regions of {item_id} have {len(masks)} masks; draw them into one, a number a region")
    return Truth(
        item_id=item_id,
        image=dataset.file(rows["image"].iloc[0]),
        mask=dataset.file(masks[0]),
        value_R=rows["mask_value"].to_numpy(np.int64),
        label_R=rows["label"].map(code).fillna(UNKNOWN).to_numpy(np.int64),
        attributes=[dict(pairs) for pairs in rows["attributes"]],
    )
