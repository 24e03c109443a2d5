"""Rendering of many pictures to files by several processes; the bytes do not depend on how many.

Workers import this module anew, so it needs numpy and Pillow only.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg
from PIL import Image

from data.world.catalogue import object_id
from data.world.picture import Picture, draw_object, region_box
from data.world.scene import draw_scene
from data.world.titles import title
from data.world.wardrobe import Catalogue

__all__ = ["Job", "Row", "draw", "jobs", "render"]

JPEG_QUALITY = 88
CHUNK = 16  # pictures a worker takes at once
ALONE = 48  # up to so many pictures are faster without starting workers


@dataclass(frozen=True)
class Job:
    """One picture: everything that its bytes depend on. A scene shows some of the world's first `objects` objects."""

    seed: int
    objects: int
    index: int
    scene: bool
    size_px: int

    @property
    def item_id(self) -> str:
        return f"scene-{self.index:06d}" if self.scene else object_id(self.index)


@dataclass(frozen=True)
class Row:
    """The rows of the tables for one picture."""

    item: dict[str, Any]
    regions: list[dict[str, Any]]


def jobs(seed: int, objects: int, scenes: int, size_px: int) -> list[Job]:
    return [
        *(Job(seed, objects, index, False, size_px) for index in range(objects)),
        *(Job(seed, objects, index, True, size_px) for index in range(scenes)),
    ]


def draw(job: Job) -> Picture:
    """The picture of a job; equal jobs give equal pictures."""
    rng = np.random.default_rng([job.seed, int(job.scene), job.index])
    if job.scene:
        return draw_scene(job.index, job.size_px, rng, Catalogue(job.seed, job.objects))
    return draw_object(job.index, job.size_px, rng)


def _write(job: Job, out: Path) -> Row:
    picture = draw(job)
    image, mask = f"images/{job.item_id}.jpg", f"masks/{job.item_id}.png"
    (out / image).write_bytes(
        simplejpeg.encode_jpeg(picture.pixels, quality=JPEG_QUALITY, colorspace="RGB", colorsubsampling="420")
    )
    Image.fromarray(picture.mask).save(out / mask, compress_level=4)
    item = {
        "item_id": job.item_id,
        "image": image,
        "title": picture.title,
        "category": picture.category,
        "split": "",
        "attributes": picture.attributes,
    }
    regions = []
    for truth in picture.truths:
        x0, y0, x1, y1 = region_box(picture.mask, truth.value)
        regions.append(
            {
                "region_id": f"{job.item_id}-{truth.value}",
                "item_id": job.item_id,
                "label": truth.thing.category,
                "x0_px": float(x0),
                "y0_px": float(y0),
                "x1_px": float(x1),
                "y1_px": float(y1),
                "mask": mask,
                "mask_value": truth.value,
                "area_px": int((picture.mask == truth.value).sum()),
                "product_id": None if truth.thing.index is None else object_id(truth.thing.index),
                "attributes": sorted({**truth.thing.attributes, "title": title(truth.thing)}.items()),
            }
        )
    return Row(item, regions)


def _write_many(chunk: list[Job], out: Path) -> list[Row]:
    return [_write(job, out) for job in chunk]


def render(
    rows: list[Job], out: Path, progress: Callable[[str, int, int], None], workers: int | None = None
) -> list[Row]:
    """Write every picture below `out/images` and `out/masks`; rows come back in the order of the jobs."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    (out / "masks").mkdir(parents=True, exist_ok=True)
    done: list[Row] = []
    for part in _run([rows[i : i + CHUNK] for i in range(0, len(rows), CHUNK)], out, len(rows), workers):
        done += part
        progress("render", len(done), len(rows))
    return done


def _run(chunks: list[list[Job]], out: Path, total: int, workers: int | None) -> Iterator[list[Row]]:
    if workers is None:
        workers = 1 if total <= ALONE else os.cpu_count() or 1
    if workers == 1:
        for chunk in chunks:
            yield _write_many(chunk, out)
        return
    # Not fork: the caller may have threads (an orchestrator, a tracker) that a forked child would deadlock on.
    with ProcessPoolExecutor(min(workers, len(chunks)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_write_many, chunks, [out] * len(chunks))
