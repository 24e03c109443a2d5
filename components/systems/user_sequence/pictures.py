"""Pictures of an evaluation that a person would look at.

Legend: B users evaluated, K places, M measured (ours and baselines).
"""

from collections.abc import Callable
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from components.evaluation import Evaluation
from components.metrics import beside
from components.systems.user_sequence.examples import Examples
from components.systems.user_sequence.lists import Lists
from components.systems.user_sequence.tables import Catalogue, Histories
from data.dataset import Dataset
from data.images import square

__all__ = ["draw"]

METRICS = ("ndcg_at_10", "hr_at_10")
OURS = "ours"
USERS, SHOWN = 8, 5  # users on the page, items of the history and of the list
THUMBNAIL_PX = 96
RIGHT, WRONG, PAST = "#1a7f37", "#8c959f", "#0969da"
LETTERS = 18  # of a line in an item without a picture


def draw(
    evaluation: Evaluation,
    lists: Lists,
    histories: Histories,
    examples: Examples,
    catalogue: Catalogue,
    dataset: Dataset,
    out: Path,
) -> tuple[str, ...]:
    """Write the pictures below `out` and return their names."""
    out.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Callable[[], Figure]] = {
        "baselines.png": lambda: _baselines(evaluation),
        "by-history.png": lambda: _by_history(evaluation),
        "examples.png": lambda: _examples(lists, histories, examples, catalogue, dataset),
    }
    for name, make in makers.items():
        figure = make()
        FigureCanvasAgg(figure)
        figure.savefig(out / name, dpi=110, metadata={"Software": None})
    return tuple(makers)


def _measured(evaluation: Evaluation, metric: str) -> dict[str, str]:
    """Who has a column of `metric`: `ours` and the baselines."""
    start = beside(metric, "")
    return {OURS: metric} | {name.removeprefix(start): name for name in evaluation.names if name.startswith(start)}


def _baselines(evaluation: Evaluation) -> Figure:
    """Ours and every baseline with 95 % intervals."""
    drawn = [metric for metric in METRICS if metric in evaluation.names] or list(evaluation.names[:1])
    totals = evaluation.totals()
    count = len(_measured(evaluation, drawn[0]))
    figure = Figure(figsize=(5.2 * len(drawn), 1.4 + 0.42 * count), layout="constrained")
    figure.suptitle(f"{len(evaluation.examples)} users, 95 % intervals")
    for axis, metric in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn, strict=True):
        columns = _measured(evaluation, metric)
        figures = [totals[column] for column in columns.values()]
        values = np.array([f.value for f in figures])
        spread = np.array([[f.value - f.low for f in figures], [f.high - f.value for f in figures]])
        colours = [PAST if name == OURS else WRONG for name in columns]
        axis.barh(range(len(columns)), values, xerr=np.maximum(spread, 0), color=colours, ecolor="black", capsize=3)
        for place, f in enumerate(figures):
            axis.text(f.high, place, f"  {f.value:.4f}", va="center", fontsize=8)
        axis.set_xlim(0, 1.2 * max(f.high for f in figures) or 1)
        axis.set(yticks=range(len(columns)), title=metric)
        axis.set_yticklabels(list(columns))
        axis.invert_yaxis()
    return figure


def _by_history(evaluation: Evaluation) -> Figure:
    """The first metric by how much of the user was known."""
    metric = METRICS[0] if METRICS[0] in evaluation.names else evaluation.names[0]
    parts = evaluation.examples.groupby("history")
    names = sorted(
        evaluation.examples["history"].unique().tolist(), key=lambda name: int(name.split("-")[0].rstrip("+"))
    )
    sizes = parts.size()
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axis = figure.subplots()
    for who, column in _measured(evaluation, metric).items():
        means = parts[column].mean()
        width = 2.5 if who == OURS else 1.2
        axis.plot(names, [means[name] for name in names], marker="o", label=who, linewidth=width)
    axis.set(xlabel="events in the history (users)", ylabel=metric, ylim=(0, None), title=f"{metric} by history")
    axis.set_xticks(range(len(names)), [f"{name} ({sizes[name]})" for name in names])
    axis.legend(fontsize=8)
    return figure


def _examples(lists: Lists, histories: Histories, examples: Examples, catalogue: Catalogue, dataset: Dataset) -> Figure:
    """Users with a hit on the shown places first, then such without, each spread evenly over the examples."""
    owners = examples.owner_T
    hit_B = np.zeros(len(examples), bool)
    hit_B[owners[lists.rank_T <= SHOWN]] = True
    half = [*_spread(np.flatnonzero(hit_B), USERS // 2)]
    rows = [*half, *_spread(np.flatnonzero(~hit_B), USERS - len(half))]
    figure = Figure(figsize=(1.35 * (2 * SHOWN + 1), 1.55 * len(rows)), layout="constrained")
    figure.suptitle("Newest of the history (blue), then what is recommended: green is what the user went on to")
    axes = figure.subplots(len(rows), 2 * SHOWN + 1, squeeze=False)
    images = _images(dataset, catalogue)
    for axis in axes.ravel():
        axis.axis("off")
    for place, row in enumerate(rows):
        past = histories.item_E[examples.first_B[row] : examples.stop_B[row]][-SHOWN:].tolist()
        wanted = set(examples.target_T[owners == row].tolist())
        for column, item in enumerate(past, SHOWN - len(past)):
            _item(axes[place, column], catalogue, images, dataset, item, PAST)
        for column, item in enumerate(lists.item_BK[row, :SHOWN].tolist(), SHOWN + 1):
            if item >= 0:
                _item(axes[place, column], catalogue, images, dataset, item, RIGHT if item in wanted else WRONG)
    return figure


def _spread(rows: np.ndarray, count: int) -> list[int]:
    if len(rows) <= count:
        return [int(row) for row in rows]
    return [int(rows[place]) for place in np.linspace(0, len(rows) - 1, count).astype(int)]


def _images(dataset: Dataset, catalogue: Catalogue) -> dict[str, str]:
    """Picture of every item that has one."""
    items = dataset.table("items").select(["item_id", "image"])
    known = set(catalogue.item_ids)
    pairs = zip(items["item_id"].to_pylist(), items["image"].to_pylist(), strict=True)
    return {item_id: image for item_id, image in pairs if image and item_id in known}


def _item(axis: Any, catalogue: Catalogue, images: dict[str, str], dataset: Dataset, item: int, colour: str) -> None:
    """A picture, or the title with some attributes where there is none, in a frame."""
    item_id = catalogue.item_ids[item]
    axis.axis("on")
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(color=colour, linewidth=3)
    if item_id in images:
        axis.imshow(Image.fromarray(square(dataset.file(images[item_id]).read_bytes(), THUMBNAIL_PX)))
        return
    lines = [fill(catalogue.titles[item] or item_id, LETTERS)]
    lines += [fill(f"{name} {value}", LETTERS) for name, value in sorted(catalogue.attributes[item].items())]
    text = "\n".join("\n".join(lines).splitlines()[:5])
    axis.text(0.5, 0.5, text, ha="center", va="center", fontsize=7, transform=axis.transAxes, parse_math=False)
