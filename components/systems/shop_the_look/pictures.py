"""Pictures of an evaluation that a person would look at: scenes, matches of their regions, and what completes them."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from components.message import PICTURE, Message, answer_one, picture_part
from components.systems.shop_the_look.outfits import Outfits
from components.systems.shop_the_look.predictor import LookPredictor
from components.systems.shop_the_look.truths import images_of
from components.systems.shop_the_look.types import Request, Response
from data.dataset import Dataset
from data.images import decode, square

__all__ = ["draw"]

SHOWN, MATCHES, COMPANIONS = 6, 4, 4  # scenes, regions with their best match, and categories with their best item
LARGE_PX, THUMBNAIL_PX = 400, 112
COLOURS = ("#0969da", "#cf222e", "#1a7f37", "#9a6700")


def draw(predictor: LookPredictor, dataset: Dataset, outfits: Outfits, out: Path) -> tuple[str, ...]:
    """Write `looks.png` below `out`, where outfits are pictures, and return the names of what was written."""
    images = images_of(dataset)
    scenes = [str(outfit_id) for outfit_id in outfits.outfit_ids if outfit_id in images]
    if not scenes:
        return ()
    chosen = [scenes[place] for place in np.linspace(0, len(scenes) - 1, min(SHOWN, len(scenes))).astype(int)]
    columns = 1 + MATCHES + COMPANIONS
    figure = Figure(figsize=(1.4 * (columns + 1), 1.8 * len(chosen)), layout="constrained")
    figure.suptitle("Scene, the best match of its first regions, and what completes it")
    axes = figure.subplots(len(chosen), columns, squeeze=False, width_ratios=[2.0] + [1.0] * (columns - 1))
    for axis in axes.ravel():
        axis.axis("off")
    for row, outfit_id in enumerate(chosen):
        picture = dataset.file(images[outfit_id]).read_bytes()
        answer = answer_one(predictor.answers, Message(Request(k=1), {PICTURE: picture_part(picture)})).fields
        _row(axes[row], picture, answer, dataset, images)
    FigureCanvasAgg(figure)
    out.mkdir(parents=True, exist_ok=True)
    figure.savefig(out / "looks.png", dpi=110, metadata={"Software": None})
    return ("looks.png",)


def _row(axes: Any, picture: bytes, answer: Response, dataset: Dataset, images: dict[str, str]) -> None:
    image_HWC = decode(picture, LARGE_PX)
    scale = image_HWC.shape[1] / (answer.width_px or 1)
    axes[0].imshow(image_HWC)
    regions = answer.regions[:MATCHES]
    for region, colour in zip(regions, COLOURS, strict=False):
        x0, y0, x1, y1 = (edge * scale for edge in region.box)
        axes[0].add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=colour, linewidth=1.5))
    found = [(region.label, region.items[0].item_id) for region in regions if region.items]
    for axis, (label, item_id), colour in zip(axes[1:], found, COLOURS, strict=False):
        _item(axis, dataset, images, item_id, label, colour)
    further = [
        (companions.category, companions.items[0].item_id) for companions in answer.goes_with if companions.items
    ]
    for axis, (category, item_id) in zip(axes[1 + MATCHES :], further, strict=False):
        _item(axis, dataset, images, item_id, f"+ {category}", "black")


def _item(axis: Any, dataset: Dataset, images: dict[str, str], item_id: str, text: str, colour: str) -> None:
    axis.set_title(text, fontsize=7, color=colour)
    if item_id in images:
        axis.imshow(Image.fromarray(square(dataset.file(images[item_id]).read_bytes(), THUMBNAIL_PX)))
