"""A tiny but real bundle of visual-search: colours of a 4 x 4 grid as the embedding, made without any training."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from components.bundle import seal
from components.golden import golden, save_goldens
from components.index import VectorIndex
from components.message import PICTURE, picture_part
from components.systems.visual_search.embedder import Embedder
from components.systems.visual_search.predictor import VisualSearchPredictor
from components.systems.visual_search.types import Request
from data.images import square
from tests.grid import SIZE_PX, write_network

__all__ = ["ITEMS", "make_bundle", "picture"]

ITEMS = 60
CATEGORIES = ("blue", "green", "red")
PATTERNS = ("plain", "striped")


def picture(seed: int, kind: str = "JPEG", size: tuple[int, int] = (120, 160)) -> bytes:
    """A picture whose category and pattern follow from `seed`."""
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 120, (*size, 3), np.uint8)
    image[..., 2 - seed % 3] += 130
    if seed // 3 % 2:
        image[::16] = 255
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return buffer.getvalue()


def make_bundle(bundle: Path) -> Path:
    """Write the bundle, its goldens and its manifest."""
    bundle.mkdir(parents=True)
    write_network(bundle, CATEGORIES)
    seeds = range(ITEMS)
    columns = {
        "category": [CATEGORIES[seed % 3] for seed in seeds],
        "pattern": [PATTERNS[seed // 3 % 2] for seed in seeds],
    }
    ids = [f"item-{seed}" for seed in seeds]
    vectors, _ = Embedder.open(bundle).embed(np.stack([square(picture(seed), SIZE_PX) for seed in seeds]))
    titles = [f"{CATEGORIES[seed % 3]} {seed}" for seed in seeds]
    VectorIndex.build(vectors, ids, columns, {"title": titles}).save(bundle / "index")
    predictor = VisualSearchPredictor.open(bundle)
    asked: list[tuple[str, dict, bytes | None]] = [
        ("picture", {"k": 5}, picture(100)),
        ("box", {"k": 3, "box": [10, 10, 90, 100]}, picture(101, "PNG")),
        ("filter", {"k": 50, "filters": {"category": "red", "pattern": ["striped"]}}, picture(102, "WEBP")),
        ("item", {"item_id": "item-7", "k": 4}, None),
    ]
    save_goldens(
        bundle,
        [
            golden(predictor, name, Request, fields, {} if data is None else {PICTURE: picture_part(data)})
            for name, fields, data in asked
        ],
    )
    seal(
        bundle,
        system="visual-search",
        dataset="tiny",
        data_version="data-1",
        simulated=True,
        config={},
        seed=0,
        code="code-1",
        git_revision="",
        libraries={},
    )
    return bundle
