"""A small prepared data set of real JPEG files, made in a moment: coloured shapes in three categories."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

from data.dataset import CARD, Dataset, open_dataset
from data.files import sha256_file, write_json
from data.tables import ITEMS, REGIONS

__all__ = ["CATEGORIES", "small_dataset"]

CATEGORIES = ("bar", "disc", "frame")


def small_dataset(folder: Path, train: int = 16, held_out: int = 4, seed: int = 0) -> Dataset:
    """`train` items a category in the training split and `held_out` in validation and test each."""
    generator = np.random.default_rng(seed)
    rows = []
    for split, count in (("train", train), ("validation", held_out), ("test", held_out)):
        for category in CATEGORIES:
            rows += [_item(folder, generator, split, category, number) for number in range(count)]
    rows.sort(key=lambda row: row["item_id"])
    pq.write_table(pa.Table.from_pylist(rows, ITEMS.schema), folder / ITEMS.file)
    pq.write_table(REGIONS.schema.empty_table(), folder / REGIONS.file)
    card = {"name": "small", "source": "tables", "licence": "Apache-2.0", "simulated": True}
    write_json(folder / CARD, card | {"rows": {"items": len(rows), "regions": 0}, "report": {}})
    return open_dataset("small", folder, f"seed-{seed}")


def _item(folder: Path, generator: np.random.Generator, split: str, category: str, number: int) -> dict:
    item_id = f"{category}-{split}-{number:03d}"
    path = folder / "images" / f"{item_id}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = ("red", "blue")[number % 2]
    _drawn(generator, category, colour).save(path, quality=90)
    return {
        "item_id": item_id,
        "image": f"images/{item_id}.jpg",
        "title": f"{colour} {category}",
        "category": category,
        "split": split,
        "width_px": 64,
        "height_px": 80,
        "size_bytes": path.stat().st_size,
        "sha256": sha256_file(path),
        "phash": f"{int(generator.integers(2**63)):016x}",
        "attributes": [("colour", colour)],
    }


def _drawn(generator: np.random.Generator, category: str, colour: str) -> Image.Image:
    noise_HWC = generator.integers(150, 256, (80, 64, 3), dtype=np.uint8)
    image = Image.fromarray(noise_HWC)
    draw = ImageDraw.Draw(image)
    x, y = (int(value) for value in generator.integers(4, 16, 2))
    shade = {"red": (200, int(generator.integers(80)), 40), "blue": (40, int(generator.integers(80)), 200)}[colour]
    if category == "bar":
        draw.rectangle((x + 12, y, x + 22, y + 60), fill=shade)
    elif category == "disc":
        draw.ellipse((x, y + 8, x + 40, y + 48), fill=shade)
    else:
        draw.rectangle((x, y, x + 40, y + 52), outline=shade, width=6)
    return image
