"""Photos whose pixels or objects are labelled: a label map each, or JSON in COCO's format for all of them."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from data.entries import files_with
from data.errors import UserError
from data.folder import opened_folder
from data.params import SegmentedPhotosParams
from data.probe import PICTURE_SUFFIXES
from data.sources.raw import Progress, Raw
from data.sources.segmented_photos.annotated import Annotated, Photo, read_photo, write_mask
from data.sources.segmented_photos.coco import parse_objects, read_objects
from data.sources.segmented_photos.label_maps import find_maps, parse_map
from data.sources.segmented_photos.labels import make_labels, read_names
from data.tables.items import ITEM_COLUMNS
from data.tables.items import TABLE as ITEMS
from data.tables.regions import TABLE as REGIONS

__all__ = ["read"]

EXCLUDED = "excluded"

Parse = Callable[[Photo], Annotated | None]  # None: the photo has no annotation


def read(params: SegmentedPhotosParams, out: Path, progress: Progress) -> Raw:
    """Place the photos below `out/images` and masks of region numbers below `out/masks`.

    A photo without an annotation is excluded. Annotations that cannot be used are in the report, for validation to
    name them.

    Raises:
        UserError: the archive, a folder or a file is missing, there are no photos, or the labels are not as named.
    """
    with opened_folder(params, out, progress) as folder:
        photos = folder.path / params.photos
        names = _photos(photos)
        ids = _ids(names)
        parse, strays = (_objects if params.of_coco else _maps)(params, folder.path, names)
        targets = [out / _mask(item) for item in ids]
        annotated = _parse_all(photos, names, parse, targets, progress)
        folder.place({photos / name: out / "images" / name for name in names}, progress)
    items = {
        "item_id": ids,
        "image": [f"images/{name}" for name in names],
        "title": ids,
        "category": "",
        "split": [EXCLUDED if one is None else "" for one in annotated],
        "attributes": [{}] * len(names),
    }
    regions = [row for item, one in zip(ids, annotated, strict=True) if one for row in _rows(item, one)]
    frame = pd.DataFrame(regions, columns=REGIONS.schema.names)
    numbers = dict.fromkeys(("mask_value", "area_px"), "Int32")  # nullable: a box may have no mask
    return Raw(
        simulated=False,
        tables={
            ITEMS.name: pd.DataFrame(items, columns=list(ITEM_COLUMNS)),
            REGIONS.name: frame.astype(numbers),
        },
        report={
            "labels": dict(sorted(Counter(frame["label"]).items())),
            "annotations": [*_faults(names, annotated), *strays],
        },
    )


def _photos(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise UserError(f"the folder {folder} is missing; correct `photos` in params.yaml")
    names = files_with(folder, PICTURE_SUFFIXES)
    if not names:
        raise UserError(f"{folder} has no JPEG, PNG or WebP files; correct `photos` in params.yaml")
    return names


def _ids(names: list[str]) -> list[str]:
    """Paths without suffix, where these differ."""
    counts = Counter(map(_stem, names))
    return [_stem(name) if counts[_stem(name)] == 1 else name for name in names]


def _stem(name: str) -> str:
    return Path(name).with_suffix("").as_posix()


def _maps(params: SegmentedPhotosParams, folder: Path, names: list[str]) -> tuple[Parse, list[dict[str, str]]]:
    """What parses the label map of a photo, and the faults of maps without a photo."""
    assert params.names is not None
    fine, where = read_names(params.names, folder)
    labels = make_labels(fine, params, where)
    maps = find_maps(folder / params.annotations)

    def parse(photo: Photo) -> Annotated | None:
        path = maps.get(_stem(photo.name))
        return None if path is None else parse_map(path, photo, labels, params.smallest_px)

    known = set(map(_stem, names))
    return parse, [_stray(path.name, "no such photo") for name, path in maps.items() if name not in known]


def _objects(params: SegmentedPhotosParams, folder: Path, names: list[str]) -> tuple[Parse, list[dict[str, str]]]:
    """What finds the objects of a photo in the file of JSON, and the faults of those without a photo."""
    objects = read_objects(folder / params.annotations)
    labels = make_labels(objects.categories.values(), params, params.annotations)

    def parse(photo: Photo) -> Annotated | None:
        listed = objects.images.get(photo.name)
        return None if listed is None else parse_objects(listed, photo, objects.categories, labels)

    missing = sorted(objects.images.keys() - set(names))
    strays = [_stray(f"image {name}", "no such photo") for name in missing]
    return parse, [*strays, *(_stray(name, found) for name, found in objects.strays)]


def _parse_all(
    photos: Path, names: list[str], parse: Parse, targets: list[Path], progress: Progress
) -> list[Annotated | None]:
    """What is known of each photo, in order; the masks are written to `targets` and let go."""

    def parse_one(name: str, target: Path) -> Annotated | None:
        found = parse(read_photo(photos, name))
        if found is None or found.numbers_HW is None:
            return found
        write_mask(found.numbers_HW, target)
        return replace(found, numbers_HW=None)

    annotated = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # OpenCV and zlib release the interpreter
        for done, found in enumerate(pool.map(parse_one, names, targets), 1):
            annotated.append(found)
            if done % 32 == 0 or done == len(names):
                progress("read annotations", done, len(names))
    return annotated


def _mask(item: str) -> str:
    return f"masks/{item}.png"


def _rows(item: str, annotated: Annotated) -> Iterator[dict[str, Any]]:
    for number, region in enumerate(annotated.regions, 1):
        x0, y0, x1, y1 = region.box
        yield {
            "region_id": f"{item}-{number}",
            "item_id": item,
            "label": region.label,
            "x0_px": x0,
            "y0_px": y0,
            "x1_px": x1,
            "y1_px": y1,
            "mask": None if region.value is None else _mask(item),
            "mask_value": region.value,
            "area_px": region.area_px,
            "product_id": None,
            "attributes": sorted(region.attributes.items()),
        }


def _faults(names: list[str], annotated: list[Annotated | None]) -> Iterator[dict[str, str]]:
    for name, one in zip(names, annotated, strict=True):
        image = f"images/{name}"
        if one is None:
            yield {"kind": "missing", "image": image, "annotation": "", "found": "no annotation"}
        else:
            for fault in one.faults:
                yield {"image": image} | fault


def _stray(annotation: str, found: str) -> dict[str, str]:
    return {"kind": "stray", "image": "", "annotation": annotation, "found": found}
