"""A picture of a week of messages: when they go out, and how the volume was spent."""

import base64
import io
from datetime import date

from components.volume.weekly import Weekly

__all__ = ["data_url", "drawn"]

COLOURS = {"sent": "#2a7f62", "waiting": "#c9a227", "refused": "#b02e26", "uncertain": "#7a5ca8"}


def drawn(weekly: Weekly) -> bytes:
    """PNG: messages a day, and of the volume what was planned and what became of it."""
    from matplotlib.figure import Figure

    planned = weekly.planned
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    days, budget = figure.subplots(1, 2, width_ratios=[2, 1])
    names = [f"{date.fromisoformat(day):%a %d %b}" for day in planned.by_day]
    days.bar(names, list(planned.by_day.values()), color="#3b6ea5")
    days.yaxis.get_major_locator().set_params(integer=True)
    days.set_ylabel("messages")
    kind = "planned in a dry run" if weekly.dry_run else "planned"
    days.set_title(f"{planned.week}: {planned.messages:,} messages {kind}")
    counts = weekly.sent.counts if weekly.sent else {}
    bars = [("volume", weekly.volume, "#b9b2a6"), ("planned", planned.messages, "#3b6ea5")]
    bars += [(state, counts[state], colour) for state, colour in COLOURS.items() if state in counts]
    drawn_bars = budget.barh([name for name, _, _ in bars], [count for _, count, _ in bars])
    for bar, (_, _, colour) in zip(drawn_bars, bars, strict=True):
        bar.set_color(colour)
    budget.bar_label(drawn_bars, [f"{count:,}" for _, count, _ in bars], padding=3)
    budget.invert_yaxis()
    budget.margins(x=0.2)
    budget.xaxis.set_visible(False)
    budget.set_title("what the volume went into")
    for axes in (days, budget):
        axes.spines[["top", "right"]].set_visible(False)
    budget.spines["bottom"].set_visible(False)
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=110)
    return held.getvalue()


def data_url(png: bytes) -> str:
    """An address that holds the picture itself, for pages without a server for it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
