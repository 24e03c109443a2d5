"""Bar charts without network access; of a log: events per day and per action, and users by length of history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from data.times import DAY_S

__all__ = ["CHARTS", "LogSummary", "bars", "log_section"]

CHARTS = """
.bars td { border: 0; padding: .1rem .8rem .1rem 0; } .bars td:nth-child(2) { text-align: right; }
.bars i { display: inline-block; height: .8em; background: #48c; vertical-align: middle; }
svg.days { width: 100%; height: 9rem; } svg.days rect { fill: #48c; }
"""
MOST_BARS = 400  # days are joined into longer spans where there are more


@dataclass(frozen=True)
class LogSummary:
    """Events by action and by day (days since 1970, UTC), and users by the shortest history of their class."""

    actions: list[tuple[str, int]]
    days: list[tuple[int, int]]
    lengths: list[tuple[int, int]]


def log_section(summary: LogSummary) -> str:
    """The section about the log, as HTML."""
    parts = ["<h2>The log</h2>"]
    if summary.days:
        parts += ["<h3>Events a day (UTC)</h3>", _days(summary.days)]
    if summary.actions:
        parts += ["<h3>Events by action</h3>", bars(summary.actions)]
    if summary.lengths:
        parts += ["<h3>Users by number of events</h3>", bars(_named(summary.lengths))]
    return "\n".join(parts)


def _named(lengths: Sequence[tuple[int, int]]) -> list[tuple[str, int]]:
    """`2 to 4`, from the least length of each class."""
    ends = [least - 1 for least, _ in lengths[1:]]
    names = [
        str(least) if least == end else f"{least} to {end}" for (least, _), end in zip(lengths, ends, strict=False)
    ]
    names.append(f"{lengths[-1][0]} and more")
    return [(name, count) for name, (_, count) in zip(names, lengths, strict=True)]


def bars(rows: Sequence[tuple[str, int]]) -> str:
    """A bar for each name, as HTML."""
    most = max((count for _, count in rows), default=0) or 1
    lines = [
        f'<tr><td>{escape(name)}</td><td>{count:,}</td><td><i style="width:{20 * count / most:.2f}rem"></i></td></tr>'
        for name, count in rows
    ]
    return f'<table class="bars">{"".join(lines)}</table>'


def _days(days: Sequence[tuple[int, int]]) -> str:
    """One bar per day from the first to the last, also for days without events."""
    first, last = days[0][0], days[-1][0]
    span = max(1, -(-(last - first + 1) // MOST_BARS))
    columns = [0] * ((last - first) // span + 1)
    for day, count in days:
        columns[(day - first) // span] += count
    most = max(columns)
    bars = "".join(
        f'<rect x="{place}" y="{100 - 100 * count / most:.2f}" width="0.9" height="{100 * count / most:.2f}">'
        f"<title>{_date(first + place * span)}: {count:,}</title></rect>"
        for place, count in enumerate(columns)
    )
    width = "" if span == 1 else f", {span} days a bar"
    return (
        f'<svg class="days" viewBox="0 0 {len(columns)} 100" preserveAspectRatio="none">{bars}</svg>'
        f"<p>{_date(first)} to {_date(last)}, at most {most:,}{width}</p>"
    )


def _date(day: int) -> str:
    try:
        return datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):  # times outside the calendar are shown as they are
        return f"day {day}"
