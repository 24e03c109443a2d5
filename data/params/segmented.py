"""Parameters of photos whose pixels or objects are labelled."""

from collections import Counter
from typing import Literal

from pydantic import Field, model_validator

from data.params.origins import FromFolder
from data.params.pictures import Splits

__all__ = ["SegmentedPhotosParams"]


class SegmentedPhotosParams(FromFolder):
    """Photos with a label map each, as .mat or indexed PNG, or with a file of JSON in COCO's format for all.

    A map has the name of its photo; `a/b.mat` below `annotations` belongs to `a/b.jpg` below `photos`.
    """

    source: Literal["segmented_photos"]
    licence: str
    photos: str = Field("photos", description="the folder of photos, below the archive's or path's own")
    annotations: str = Field("annotations", description="beside it: a folder of label maps, or a file of JSON")
    names: tuple[str, ...] | str | None = Field(
        None, description="of the values of label maps, from 0: a list, or a file: .mat, or text with a name a line"
    )
    background: str | None = Field(None, description="the name that stands for nothing; by default all are things")
    groups: dict[str, tuple[str, ...]] | None = Field(
        None, description="coarse labels and the fine ones in each; by default the labels are as they are"
    )
    smallest_px: int = Field(64, ge=1, description="smaller parts of a label map join the nearest of their label")
    splits: Splits = Splits()

    @property
    def of_coco(self) -> bool:
        """Whether the annotations are a file of JSON."""
        return self.annotations.endswith(".json")

    @model_validator(mode="after")
    def _has_effect(self) -> "SegmentedPhotosParams":
        of_maps = {"names", "background", "smallest_px"} & self.model_fields_set
        if self.of_coco and of_maps:
            raise ValueError(f"{' and '.join(sorted(of_maps))} is of label maps; leave it out with a file of JSON")
        if not self.of_coco and self.names is None:
            raise ValueError("label maps need names, for their values from 0: a list, or a file")
        return self

    @model_validator(mode="after")
    def _one_group_each(self) -> "SegmentedPhotosParams":
        counts = Counter(label for labels in (self.groups or {}).values() for label in labels)
        twice = [label for label, count in counts.items() if count > 1]
        if twice:
            raise ValueError(f"groups name {', '.join(twice)} more than once; a label belongs to one group")
        return self
