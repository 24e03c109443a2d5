"""The figure of a system's gaps: each sensitive slice with its interval, candidate and champion side by side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from components.metrics.gaps import Gap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["gap_figure"]

COLOURS = {"candidate": "#0969da", "champion": "#9a6700"}
ROW_IN = 0.3  # inches


def gap_figure(panels: Sequence[tuple[str, Mapping[str, Gap]]]) -> "Figure":
    """panels: title of a gap, and the gap of `candidate` and, where there is one, of `champion`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [len(gaps["candidate"].slices) for _, gaps in panels]
    figure = Figure(figsize=(9, sum(rows) * ROW_IN + 1.2 * len(panels)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=[count + 2 for count in rows])[:, 0]
    for axis, (title, gaps) in zip(axes, panels, strict=True):
        names = sorted(gaps["candidate"].slices, key=lambda name: gaps["candidate"].slices[name][0])
        for shift, (who, gap) in zip((-0.12, 0.12), gaps.items(), strict=False):
            values = [gap.slices[name] for name in names]
            reach = [[value - low for value, low, _ in values], [high - value for value, _, high in values]]
            places = [place + shift for place in range(len(names))]
            axis.errorbar([each[0] for each in values], places, xerr=reach, fmt="o", color=COLOURS[who], label=who)
        axis.set_yticks(range(len(names)), names)
        axis.set_title(title, loc="left", fontsize=10)
        axis.grid(axis="x", alpha=0.3)
    axes[0].legend(loc="best", fontsize=8)
    return figure
