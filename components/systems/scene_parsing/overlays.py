"""The best, median and worst pictures of an evaluation: the photo, the truth and the answer side by side.

Legend: H height and W width of a picture in pixels, L labels.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image

from components.systems.scene_parsing.truths import Truth
from data.images import decode

__all__ = ["draw", "painted"]

ROWS = 4  # pictures in a sheet
SIDE_PX = 320
GREYEST = 0.05  # difference of channels below which a colour is lost on a grey photo
STRENGTH = 0.62  # of a label's colour over the grey photo


def draw(
    examples: pd.DataFrame, truths: Sequence[Truth], found: Sequence[np.ndarray], labels: Sequence[str], out: Path
) -> tuple[str, ...]:
    """Write a sheet each of the best, the median and the worst pictures by their own mean IoU, and one of the labels.

    found: the answers' labels of the pictures `truths`, (H, W).
    """
    out.mkdir(parents=True, exist_ok=True)
    iou_N = picture_iou(examples, labels)
    order = np.argsort(-iou_N, kind="stable")
    middle = max((len(order) - ROWS) // 2, 0)
    chosen = {"best": order[:ROWS], "median": order[middle : middle + ROWS], "worst": order[::-1][:ROWS]}
    figures = {
        f"{name}.png": _sheet(name, [(truths[row], found[row], float(iou_N[row])) for row in rows], labels)
        for name, rows in chosen.items()
    }
    figures["labels.png"] = _by_label(examples, labels)
    for name, figure in figures.items():
        FigureCanvasAgg(figure)
        figure.savefig(out / name, dpi=110, metadata={"Software": None})
    return tuple(figures)


def picture_iou(examples: pd.DataFrame, labels: Sequence[str]) -> np.ndarray:
    """Each picture's IoU, meaned over the labels that are there or found."""
    shared_NL, union_NL = (
        examples[[f"{kind}_{label}" for label in labels]].to_numpy(float) for kind in ("shared", "union")
    )
    iou_NL = np.divide(shared_NL, union_NL, out=np.full(union_NL.shape, np.nan), where=union_NL > 0)
    return np.asarray(np.nanmean(iou_NL, axis=1))


def painted(pixels_HW3: np.ndarray, label_HW: np.ndarray, colour_L3: np.ndarray) -> np.ndarray:
    """The picture in grey with the labels' colours over it, and white lines between labels; uint8 (H, W, 3)."""
    grey_HW1 = pixels_HW3.mean(axis=2, keepdims=True)
    thing_HW1 = (label_HW > 0)[..., None]
    mixed_HW3 = np.where(thing_HW1, (1 - STRENGTH) * grey_HW1 + STRENGTH * colour_L3[label_HW], 0.5 * grey_HW1 + 110)
    line_HW = np.zeros(label_HW.shape, bool)
    line_HW[:-1] |= label_HW[1:] != label_HW[:-1]
    line_HW[:, :-1] |= label_HW[:, 1:] != label_HW[:, :-1]
    mixed_HW3[line_HW] = 255
    return mixed_HW3.clip(0, 255).astype(np.uint8)


def _colours(count: int) -> np.ndarray:
    """A colour for each label, (L, 3) in 0 to 255; the background has none."""
    names = ("tab10",) if count <= 10 else ("tab20", "tab20b", "tab20c")
    colours = np.concatenate([np.array(colormaps[name].colors) for name in names])  # type: ignore[attr-defined]
    colours = colours[np.ptp(colours, axis=1) > GREYEST]
    return np.concatenate([np.zeros((1, 3)), 255 * np.resize(colours, (count - 1, 3))])


def _sheet(name: str, rows: Sequence[tuple[Truth, np.ndarray, float]], labels: Sequence[str]) -> Figure:
    colour_L3 = _colours(len(labels))
    shown = sorted(
        {int(label) for truth, found, _ in rows for label in (*truth.label_R, *np.unique(found)) if label > 0}
    )
    figure = Figure(figsize=(9.2, 3.6 * len(rows) + 0.9), layout="constrained")
    figure.suptitle(f"The {name} pictures by their mean IoU")
    axes = figure.subplots(len(rows), 3, squeeze=False)
    for line, (truth, found_HW, iou) in zip(axes, rows, strict=True):
        pixels_HW3 = decode(truth.image.read_bytes())
        true_HW = truth.labels(truth.places()).clip(min=0)
        panels = {
            truth.item_id: pixels_HW3,
            "truth": painted(pixels_HW3, true_HW, colour_L3),
            f"answer, IoU {iou:.2f}": painted(pixels_HW3, found_HW.clip(min=0), colour_L3),
        }
        for axis, (title, panel_HW3) in zip(line, panels.items(), strict=True):
            _show(axis, title, panel_HW3)
    handles = [Patch(color=colour_L3[label] / 255, label=labels[label]) for label in shown]
    figure.legend(handles=handles, loc="outside lower center", ncols=6, fontsize=8, frameon=False)
    return figure


def _show(axis: Any, title: str, panel_HW3: np.ndarray) -> None:
    image = Image.fromarray(panel_HW3)
    image.thumbnail((2 * SIDE_PX, SIDE_PX))
    axis.imshow(image)
    axis.set_title(title, fontsize=9)
    axis.axis("off")


def _by_label(examples: pd.DataFrame, labels: Sequence[str]) -> Figure:
    """The IoU of each label, with the share of all pixels that it has."""
    names = [label for label in labels if examples[f"union_{label}"].sum()]
    iou = [float(examples[f"shared_{name}"].sum() / examples[f"union_{name}"].sum()) for name in names]
    order = np.argsort(iou)
    figure = Figure(figsize=(7, 1.2 + 0.24 * len(names)), layout="constrained")
    axis = figure.subplots()
    axis.barh([names[row] for row in order], [iou[row] for row in order], color="#0969da")
    axis.set(xlim=(0, 1), xlabel="IoU", title="By label")
    axis.tick_params(axis="y", labelsize=8)
    return figure
