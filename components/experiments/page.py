"""The report of an experiment as one page without network access, written for who decides."""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from components.experiments.checks import MISMATCH
from components.experiments.report import Comparison, Report, Segment, interval_text
from data.charts import CHARTS, bars
from data.files import write_text
from data.page import STYLE

__all__ = ["write_report"]

WIDE, NAMES, SAYS, ROW = 860, 210, 320, 34  # pixels: of the picture, of the words left and right, of a row
OWN = """
.decision { font-size: 1.25rem; padding: .8rem 1rem; border-left: .4rem solid #48c; background: #48c2; }
svg { width: 100%; font: 13px system-ui, sans-serif; } svg text { fill: currentColor; }
svg line.axis { stroke: #8888; } svg .zero { stroke: currentColor; stroke-dasharray: 3 3; }
svg .better { stroke: #2a7; fill: #2a7; } svg .worse { stroke: #c22; fill: #c22; }
svg .open { stroke: #888; fill: #888; }
svg .raw { stroke: #8886; } svg .limit { stroke: #c22; } td { white-space: nowrap; }
svg .band { fill: #48c4; } svg .line { stroke: #48c; fill: none; }
"""
VERDICTS = {"better": "better", "worse": "worse", "open": "no difference shown"}
HOW = (
    "A bar is where the true change lies with {sure:.0%} confidence, however often this page was looked at while the "
    "experiment ran. A bar that crosses the dashed line may be no change at all. The thin bar above it is the same "
    "without what was known of people before."
)


class Bar(NamedTuple):
    """A line of a forest plot; `mark` is a point beside the middle of the bar, `limit` what it may not reach."""

    name: str
    middle: float
    low: float
    high: float
    style: str
    says: str
    raw: tuple[float, float] | None = None
    mark: float | None = None
    limit: float | None = None


def write_report(path: Path, report: Report, lower: Sequence[str] = (), limits: dict[str, float] | None = None) -> None:
    """Write the page; `lower` names the metrics of which lower is better, `limits` those of the guardrails."""
    units = sum(report.units.values())
    broken = report.ratio_p < MISMATCH
    ratio = "not as designed: do not read the effects" if broken else "as designed"
    style = "critical" if broken else "passed"
    body = [
        f"<h1>{escape(report.name)}</h1>",
        f'<p class="decision">{escape(report.decision)}</p>',
        *[f'<p class="warning">{escape(note)}</p>' for note in report.notes],
        f"<p>Day {report.day} of {report.days} · {units:,} units · "
        f'<b class="{style}">shares of the arms {ratio}</b> (p = {report.ratio_p:.3g})</p>',
        bars([(f"{arm} (designed {report.shares[arm]:.0%})", count) for arm, count in report.units.items()]),
        "<h2>What changed</h2>",
        _forest([_compared(one, lower, limits or {}) for one in report.comparisons]),
        f"<p>{HOW.format(sure=1 - report.alpha)}</p>",
        *[f"<h2>{escape(one.metric)} of {escape(one.arm)}, day by day</h2>{_days(one)}" for one in _primary(report)],
        *_segments(report),
        *_table(report.comparisons),
    ]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(report.name)}</title>'
    write_text(path, "\n".join([head, f"<style>{STYLE}{CHARTS}{OWN}</style>", *body, "</html>\n"]))


def _primary(report: Report) -> list[Comparison]:
    return [one for one in report.comparisons if one.primary and len(one.looks) > 1]


def _compared(one: Comparison, lower: Sequence[str], limits: dict[str, float]) -> Bar:
    guardrail = f", guardrail {one.guardrail}" if one.guardrail else ""
    limit = limits.get(one.metric)
    worst = None if limit is None else limit if one.metric in lower else -limit
    return Bar(
        f"{one.metric} · {one.arm}",
        one.relative,
        one.low,
        one.high,
        one.verdict,
        f"{one.relative:+.1%}: {VERDICTS[one.verdict]}{guardrail}",
        raw=(one.raw_low, one.raw_high),
        limit=worst,
    )


def _forest(rows: Sequence[Bar]) -> str:
    """Intervals below one another on one scale."""
    ends = [0.0, *(v for row in rows for v in (row.low, row.middle, row.high, *(row.raw or ()), row.limit or 0.0))]
    ends = [value for value in ends if math.isfinite(value)]
    low, high = min(ends), max(ends)
    room = WIDE - NAMES - SAYS

    def at(value: float) -> float:
        value = min(max(value, low), high)  # an interval without ends fills the room
        return NAMES + room * (value - low) / ((high - low) or 1)

    parts = [f'<line class="zero" x1="{at(0):.1f}" x2="{at(0):.1f}" y1="0" y2="{ROW * len(rows)}"/>']
    for place, row in enumerate(rows):
        y = ROW * place + ROW / 2
        parts.append(f'<text x="0" y="{y + 4}">{escape(row.name)}</text>')
        if row.raw:
            parts.append(_stroke("raw", at(row.raw[0]), at(row.raw[1]), y - 8, 3))
        parts.append(_stroke(row.style, at(row.low), at(row.high), y, 6))
        parts.append(f'<circle class="{row.style}" cx="{at(row.middle):.1f}" cy="{y}" r="6"/>')
        if row.mark is not None:
            parts.append(f'<path class="line" d="M{at(row.mark):.1f} {y - 9}v18"/>')
        if row.limit is not None:
            parts.append(f'<path class="limit" d="M{at(row.limit):.1f} {y - 12}v24"/>')
        parts.append(f'<text x="{NAMES + room + 16}" y="{y + 4}">{escape(row.says)}</text>')
    foot = ROW * len(rows) + 14
    ends = [value for value in (low, high) if abs(at(value) - at(0)) > ROW]
    parts += [f'<text x="{at(end):.1f}" y="{foot}" text-anchor="middle">{end:+.0%}</text>' for end in ends]
    parts.append(f'<text x="{at(0):.1f}" y="{foot}" text-anchor="middle">0%</text>')
    return f'<svg viewBox="0 0 {WIDE} {foot + 6}" role="img">{"".join(parts)}</svg>'


def _stroke(style: str, x1: float, x2: float, y: float, width: int) -> str:
    return f'<line class="{style}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y}" y2="{y}" stroke-width="{width}"/>'


def _days(one: Comparison) -> str:
    """The interval by day; it narrows as units come in."""
    tall, left = 180, 50
    widest = 3 * max(abs(one.looks[-1].low), abs(one.looks[-1].high), 1e-9)  # the first days would hide the last ones

    def x(day: int) -> float:
        return left + (WIDE - left - 30) * (day - one.looks[0].day) / (one.looks[-1].day - one.looks[0].day)

    def y(value: float) -> float:
        return tall / 2 - (tall / 2 - 8) * max(-1.0, min(1.0, value / widest))

    upper = [f"{x(look.day):.1f},{y(look.high):.1f}" for look in one.looks]
    below = [f"{x(look.day):.1f},{y(look.low):.1f}" for look in reversed(one.looks)]
    middle = " ".join(f"{x(look.day):.1f},{y(look.relative):.1f}" for look in one.looks)
    marks = "".join(
        f'<text x="{x(look.day):.1f}" y="{tall + 14}" text-anchor="middle">day {look.day}'
        f"<title>{look.units:,} units: {look.low:+.1%} to {look.high:+.1%}</title></text>"
        for look in one.looks
    )
    scale = "".join(f'<text x="0" y="{y(value) + 4:.1f}">{value:+.0%}</text>' for value in (-widest, widest))
    return (
        f'<svg viewBox="0 0 {WIDE} {tall + 20}" role="img"><polygon class="band" points="{" ".join(upper + below)}"/>'
        f'<polyline class="line" points="{middle}"/>'
        f'<line class="zero" x1="{left}" x2="{WIDE}" y1="{y(0)}" y2="{y(0)}"/>{scale}{marks}</svg>'
    )


def _segments(report: Report) -> list[str]:
    """A plot a column, and whether its segments differ by more than noise."""
    groups: dict[tuple[str, str], list[Segment]] = {}
    for part in report.segments:
        groups.setdefault((part.column, part.arm), []).append(part)
    body = []
    for (column, arm), parts in groups.items():
        differs = parts[0].differs_q < report.alpha
        says = "The effect differs between these." if differs else "These differ by no more than noise would."
        rows = [
            Bar(one.value, one.relative, one.low, one.high, "open", f"{one.units:,} units", mark=one.shrunk)
            for one in parts
        ]
        body += [
            f"<h2>By {escape(column)}, {escape(arm)}</h2>",
            f"<p><b>{says}</b> (q = {parts[0].differs_q:.2g}). The stroke is the best guess for a segment alone.</p>",
            _forest(rows),
        ]
    return body


def _table(comparisons: Sequence[Comparison]) -> list[str]:
    heads = (
        "metric",
        "arm",
        "control",
        "with the arm",
        "change",
        "interval",
        "without covariates",
        "variance saved",
        "q",
    )
    lines = [
        (
            one.metric,
            one.arm,
            f"{one.control_value:.4g}",
            f"{one.arm_value:.4g}",
            f"{one.relative:+.2%}",
            interval_text(one.low, one.high),
            interval_text(one.raw_low, one.raw_high),
            f"{one.saved:.1%}",
            f"{one.q:.2g}",
        )
        for one in comparisons
    ]
    cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in lines)
    return ["<h2>All figures</h2>", f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{cells}</table>"]
