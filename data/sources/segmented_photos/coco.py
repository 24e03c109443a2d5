"""Objects of photos in COCO's format: one file of JSON with images, categories and annotations.

Legend: H, W pixels of the photo.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, TypeAdapter, ValidationError

from data.errors import UserError
from data.params import explain
from data.sources.segmented_photos.annotated import Annotated, AnnotationError, Box, Photo, Region
from data.sources.segmented_photos.labels import Labels
from data.sources.segmented_photos.shapes import Patch, of_counts, of_polygons

__all__ = ["Listed", "Objects", "parse_objects", "read_objects"]

ROUNDING_PX = 1.0  # by which a box may leave its photo

Id = int | str


class _Runs(BaseModel):
    size: tuple[int, int]
    counts: str | list[int]


class _Annotation(BaseModel):
    id: Id | None = None
    image_id: Id
    category_id: Id
    bbox: list[float] | None = None
    segmentation: list[list[float]] | _Runs | None = None
    iscrowd: bool = False
    attributes: dict[str, Any] = {}


class _Image(BaseModel):
    id: Id
    file_name: str
    width: int | None = None
    height: int | None = None


class _Category(BaseModel):
    id: Id
    name: str


class _File(BaseModel):
    images: list[_Image]
    categories: list[_Category]
    annotations: list[_Annotation]


@dataclass
class Listed:
    """An image of the file: the size it was annotated at, where that is said, and its annotations."""

    size: tuple[int | None, int | None]
    annotations: list[_Annotation] = field(default_factory=list)


@dataclass(frozen=True)
class Objects:
    """The file: images by file name, names of categories by id; strays are annotations of no image."""

    images: Mapping[str, Listed]
    categories: Mapping[Id, str]
    strays: Sequence[tuple[str, str]]


def read_objects(path: Path) -> Objects:
    """Read a file of JSON.

    Raises:
        UserError: it is missing, no JSON, or not in COCO's format.
    """
    if not path.is_file():
        raise UserError(f"{path} is missing; correct `annotations` in params.yaml or put the file there")
    try:
        content = TypeAdapter(_File).validate_python(json.loads(path.read_text("utf-8")))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no JSON ({error}); export it again") from None
    except ValidationError as error:
        raise UserError(f"{path} is not in COCO's format: {explain(error)}; export it again") from None
    images: dict[str, Listed] = {}
    by_id: dict[Id, Listed] = {}
    for image in content.images:
        by_id[image.id] = images.setdefault(image.file_name, Listed((image.width, image.height)))
    strays = []
    for annotation in content.annotations:
        if annotation.image_id in by_id:
            by_id[annotation.image_id].annotations.append(annotation)
        else:
            strays.append((_name(annotation), f"no image {annotation.image_id}"))
    return Objects(images, {category.id: category.name for category in content.categories}, strays)


def parse_objects(listed: Listed, photo: Photo, categories: Mapping[Id, str], labels: Labels) -> Annotated:
    """The regions of a photo: one for each annotation. Where masks overlap, the smaller object lies in front."""
    if photo.size is None:
        return Annotated()
    if any(said not in (None, actual) for said, actual in zip(listed.size, photo.size, strict=True)):
        found = f"is for {listed.size[0]} x {listed.size[1]}, the photo has {photo.size[0]} x {photo.size[1]}"
        return Annotated(faults=(AnnotationError("size", found).of(f"image {photo.name}"),))
    regions: list[Region] = []
    patches: list[Patch | None] = []
    faults = []
    for annotation in listed.annotations:
        try:
            patch = _patch(annotation, photo.size)
            box = _box(annotation, photo.size, patch)
            regions.append(Region(**_label(annotation, categories, labels), box=box))
            patches.append(patch)
        except AnnotationError as error:
            faults.append(error.of(_name(annotation)))
    return _painted(regions, patches, photo.size, faults)


def _name(annotation: _Annotation) -> str:
    return f"annotation {annotation.id}" if annotation.id is not None else f"an annotation of {annotation.image_id}"


def _label(annotation: _Annotation, categories: Mapping[Id, str], labels: Labels) -> dict[str, Any]:
    name = categories.get(annotation.category_id)
    if name is None:
        raise AnnotationError("unknown", f"has the category {annotation.category_id}, which the file does not name")
    attributes = {
        key: str(value) for key, value in annotation.attributes.items() if isinstance(value, str | int | float)
    }
    attributes |= {"crowd": "true"} if annotation.iscrowd else {}
    attributes |= {"fine": name} if labels.grouped else {}
    return {"label": labels.coarse[labels.group_V[labels.fine.index(name)]], "attributes": attributes}


def _patch(annotation: _Annotation, size: tuple[int, int]) -> Patch | None:
    shape = annotation.segmentation
    if isinstance(shape, _Runs):
        return of_counts(shape.counts, shape.size, size)
    return of_polygons(shape, size) if shape else None


def _box(annotation: _Annotation, size: tuple[int, int], patch: Patch | None) -> Box:
    """The box as it is given, without what rounding added; of the mask where there is none."""
    if annotation.bbox is None:
        if patch is None:
            raise AnnotationError("shape", "has neither a box nor a mask")
        height, width = patch.pixels.shape
        return patch.x, patch.y, patch.x + width, patch.y + height
    text = f"has the box {annotation.bbox}"
    if len(annotation.bbox) != 4 or not np.isfinite(annotation.bbox).all() or min(annotation.bbox[2:]) <= 0:
        raise AnnotationError("shape", f"{text} (x, y, width, height) without an area")
    x0, y0, width, height = annotation.bbox
    x1, y1 = x0 + width, y0 + height
    if min(x0, y0) < -ROUNDING_PX or x1 > size[0] + ROUNDING_PX or y1 > size[1] + ROUNDING_PX:
        raise AnnotationError("outside", f"{text} (x, y, width, height) in a photo of {size[0]} x {size[1]}")
    return max(x0, 0.0), max(y0, 0.0), min(x1, float(size[0])), min(y1, float(size[1]))


def _painted(
    regions: list[Region], patches: list[Patch | None], size: tuple[int, int], faults: Iterable[dict[str, str]]
) -> Annotated:
    """Number the regions that have a mask; their boxes become those of what is seen of them."""
    drawn = [(patch, number) for number, patch in enumerate(patches, 1) if patch is not None]
    if not drawn:
        return Annotated(tuple(regions), faults=tuple(faults))
    numbers_HW = np.zeros(size[::-1], np.uint16)
    for patch, number in sorted(drawn, key=lambda one: -one[0].area_px):
        height, width = patch.pixels.shape
        numbers_HW[patch.y : patch.y + height, patch.x : patch.x + width][patch.pixels] = number
    for patch, number in drawn:
        height, width = patch.pixels.shape
        seen = numbers_HW[patch.y : patch.y + height, patch.x : patch.x + width] == number
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        if len(rows):  # else others hide all of it, and its box is all that is known
            x0, y0, x1, y1 = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
            box = (float(patch.x + x0), float(patch.y + y0), float(patch.x + x1), float(patch.y + y1))
            regions[number - 1] = replace(regions[number - 1], box=box, value=number, area_px=int(seen.sum()))
    return Annotated(tuple(regions), numbers_HW, tuple(faults))
