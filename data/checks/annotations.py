"""Checks of annotations: those that a source could not use, named with their photos."""

from collections.abc import Mapping, Sequence

import pandas as pd

from data.checks.expect import Severity, never
from data.checks.run import Checked

__all__ = ["KINDS", "annotation_checks"]

# kind: check, sentence, severity
KINDS: dict[str, tuple[str, str, Severity]] = {
    "missing": (
        "photo is annotated",
        "a photo without an annotation is excluded: what it shows is unknown, and not nothing",
        "warning",
    ),
    "stray": ("annotation has a photo", "an annotation needs its photo, below the folder `photos`", "critical"),
    "unreadable": ("annotation can be read", "a label map is a .mat or PNG file of whole numbers", "critical"),
    "size": ("annotation fits its photo", "an annotation has to be as large as its photo, after rotation", "critical"),
    "unknown": ("annotated label is known", "a label has to be one of those that the data set names", "critical"),
    "shape": ("shape has pixels", "an outline, a mask or a box has to cover pixels of its photo", "critical"),
    "outside": ("annotated box in picture", "a box has to lie inside its photo", "critical"),
}


def annotation_checks(faults: Sequence[Mapping[str, str]]) -> Checked:
    """One row per fault, which has its `kind`, the `image`, the `annotation` and what was `found`."""
    rows = [
        {"image": fault["image"], "annotation": fault["annotation"], fault["kind"]: fault["found"]} for fault in faults
    ]
    frame = pd.DataFrame(rows, columns=["image", "annotation", *KINDS]).astype(object)
    suite = [never(kind, check, message, severity) for kind, (check, message, severity) in KINDS.items()]
    return Checked("items", "annotations", frame.where(frame.notna(), None), suite, ("image", "annotation"))
