"""Pictures of an evaluation that a person would look at.

Legend: Q queries, N gallery items, D dimensions.
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from sklearn.manifold import TSNE
from sklearn.metrics import confusion_matrix

from components.systems.visual_search.retrieval import Retrieval
from data.dataset import Dataset
from data.images import square

__all__ = ["draw"]

SHOWN, RESULTS = 10, 6  # queries in the retrieval gallery, results beside each
THUMBNAIL_PX = 112
RIGHT, WRONG = "#1a7f37", "#cf222e"


def draw(retrieval: Retrieval, dataset: Dataset, out: Path) -> tuple[str, ...]:
    """Write the pictures below `out` and return their names."""
    out.mkdir(parents=True, exist_ok=True)
    names = {
        "retrieval.png": lambda: _retrieval(retrieval, dataset),
        "confusion.png": lambda: _confusion(retrieval),
        "embedding-map.png": lambda: _embedding_map(retrieval),
        "per-category.png": lambda: _per_category(retrieval),
        "calibration.png": lambda: _calibration(retrieval),
    }
    for name, make in names.items():
        figure = make()
        FigureCanvasAgg(figure)
        figure.savefig(out / name, dpi=110, metadata={"Software": None})
    return tuple(names)


def _correct(retrieval: Retrieval) -> np.ndarray:
    return np.asarray(retrieval.predicted_Q == retrieval.queries.items["category"].to_numpy())


def _retrieval(retrieval: Retrieval, dataset: Dataset) -> Figure:
    """Half the rows start with a right first result and half with a wrong one, spread evenly over the queries."""
    right_Q = retrieval.relevant_QN[:, 0]
    half = SHOWN // 2
    wrong = _spread(np.flatnonzero(~right_Q), half)
    rows = [*_spread(np.flatnonzero(right_Q), SHOWN - len(wrong)), *wrong]
    figure = Figure(figsize=(1.5 * (RESULTS + 1), 1.75 * len(rows)), layout="constrained")
    figure.suptitle("Query (left) and its nearest items; red frames are of another category")
    axes = figure.subplots(len(rows), RESULTS + 1, squeeze=False)
    gallery, queries = retrieval.gallery.items, retrieval.queries.items
    for row, query in enumerate(rows):
        _thumbnail(axes[row, 0], dataset, queries.iloc[query], "#0969da")
        for column in range(min(RESULTS, len(gallery))):
            item = gallery.iloc[retrieval.ranking_QN[query, column]]
            _thumbnail(axes[row, column + 1], dataset, item, RIGHT if retrieval.relevant_QN[query, column] else WRONG)
        for column in range(len(gallery), RESULTS):
            axes[row, column + 1].axis("off")
    return figure


def _spread(rows: np.ndarray, count: int) -> list[int]:
    if len(rows) <= count:
        return [int(row) for row in rows]
    return [int(rows[place]) for place in np.linspace(0, len(rows) - 1, count).astype(int)]


def _thumbnail(axis: Any, dataset: Dataset, item: Any, colour: str) -> None:
    axis.imshow(Image.fromarray(square(dataset.file(item["image"]).read_bytes(), THUMBNAIL_PX)))
    axis.set_title(item["category"], fontsize=8, color=colour)
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set(color=colour, linewidth=3)


def _confusion(retrieval: Retrieval) -> Figure:
    truth_Q = retrieval.queries.items["category"].to_numpy()
    labels = sorted(set(truth_Q) | set(retrieval.predicted_Q))
    counts = confusion_matrix(truth_Q, retrieval.predicted_Q, labels=labels)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.5 + 0.42 * len(labels)
    figure = Figure(figsize=(side, side), layout="constrained")
    axis = figure.subplots()
    axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axis.set(
        xticks=range(len(labels)),
        yticks=range(len(labels)),
        yticklabels=labels,
        xlabel="predicted",
        ylabel="true",
        title=f"Confusion, top-1 {_correct(retrieval).mean():.3f} of {len(truth_Q)}",
    )
    axis.set_xticklabels(labels, rotation=60, ha="right")
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if share[row, column] > 0.5 else "black"
        axis.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=8, color=colour)
    return figure


def _embedding_map(retrieval: Retrieval) -> Figure:
    """The queries' embeddings in two dimensions (t-SNE), one colour per category, misclassified ones crossed."""
    count = len(retrieval.query_QD)
    figure = Figure(figsize=(9, 7), layout="constrained")
    axis = figure.subplots()
    if count > 3:
        place_Q2 = TSNE(perplexity=min(30, (count - 1) / 3), random_state=0, init="pca", metric="cosine").fit_transform(
            retrieval.query_QD
        )
        truth_Q = retrieval.queries.items["category"].to_numpy()
        correct_Q = _correct(retrieval)
        names = sorted(set(truth_Q))
        for number, name in enumerate(names):
            chosen = truth_Q == name
            colour = _colour(number, len(names))
            for mask, marker in ((chosen & correct_Q, "o"), (chosen & ~correct_Q, "x")):
                axis.scatter(
                    place_Q2[mask, 0],
                    place_Q2[mask, 1],
                    s=26,
                    marker=marker,
                    color=colour,
                    label=name if marker == "o" else None,
                )
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
    axis.set(xticks=[], yticks=[], title="Embedding map (t-SNE); crosses are misclassified")
    return figure


def _colour(number: int, count: int) -> Any:
    import matplotlib as mpl

    return mpl.colormaps["tab20" if count <= 20 else "gist_rainbow"](number / max(count - 1, 1))


def _per_category(retrieval: Retrieval) -> Figure:
    truth_Q = retrieval.queries.items["category"].to_numpy()
    names = sorted(set(truth_Q))
    figure = Figure(figsize=(8, 1.2 + 0.32 * len(names)), layout="constrained")
    axis = figure.subplots()
    for offset, values, label in (
        (-0.2, retrieval.relevant_QN[:, 0], "recall@1"),
        (0.2, _correct(retrieval), "top-1"),
    ):
        axis.barh(np.arange(len(names)) + offset, [values[truth_Q == n].mean() for n in names], 0.38, label=label)
    axis.set(yticks=range(len(names)), xlim=(0, 1), title="By category (number of queries)")
    axis.set_yticklabels([f"{name} ({(truth_Q == name).sum()})" for name in names])
    axis.invert_yaxis()
    axis.legend(loc="lower left", fontsize=8)
    return figure


def _calibration(retrieval: Retrieval) -> Figure:
    """Accuracy over confidence in bins of a tenth."""
    correct_Q = _correct(retrieval)
    bin_Q = np.minimum((retrieval.confidence_Q * 10).astype(int), 9)
    bins = np.unique(bin_Q)
    figure = Figure(figsize=(5.5, 5), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1)
    axis.bar((bins + 0.5) / 10, [correct_Q[bin_Q == b].mean() for b in bins], 0.09, color="#0969da")
    for b in bins:
        axis.text((b + 0.5) / 10, 0.02, str((bin_Q == b).sum()), ha="center", fontsize=7, color="white")
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy", title="Calibration (queries a bin)")
    return figure
