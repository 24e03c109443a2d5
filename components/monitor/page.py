"""The report of the monitor as one page without network access, and as a picture."""

import io
import time
from collections.abc import Sequence
from html import escape
from pathlib import Path

from components.monitor.report import Age, Bars, Report, Route, Series, Trial
from data.files import write_text
from data.page import STYLE

__all__ = ["overview", "write_report"]

WIDE, TALL, LEFT = 860, 150, 60  # pixels
MOST_DRAWN = 24  # signals of the picture
OWN = """
.well { border-left: .4rem solid #2a7; background: #2a72; } .bad { border-left: .4rem solid #c22; background: #c222; }
.headline { font-size: 1.25rem; padding: .8rem 1rem; }
svg { width: 100%; font: 12px system-ui, sans-serif; } svg text { fill: currentColor; }
svg .size { fill: none; stroke: #48c; stroke-width: 2; } svg .limit { fill: none; stroke: #c22; stroke-dasharray: 4 3; }
svg .out { fill: #c22; } svg .now { fill: #48c; } svg .before { fill: #8888; }
details { margin: .4rem 0; } summary { cursor: pointer; }
"""
HOW = (
    "Each signal is measured over the 24 hours before a look, every six hours. The blue line is how far it lies from "
    "what it is held against; from the red line on that is further than the days before differ from one another."
)


def write_report(path: Path, report: Report) -> None:
    """Write the page."""
    name = report.system or "everything that is served"
    count = len(report.alarms)
    headline = f"{count} things are not as they should be" if count > 1 else (report.alarms or ["All is well."])[0]
    body = [
        f"<h1>Watched: {escape(name)}</h1>",
        f'<p class="headline {"bad" if count else "well"}">{escape(headline)}</p>',
        *([f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in report.alarms)}</ul>"] if count > 1 else []),
        *[f'<p class="warning">{escape(note)}</p>' for note in report.notes],
        f"<p>{report.requests:,} requests of {report.people:,} people, {_when(report.from_s)} to "
        f"{_when(report.until_s)}; the last one {report.traffic_hours:.1f} hours before.</p>",
        "<h2>Answers of the last day</h2>",
        _routes(report.routes),
        *(["<h2>Champions</h2>", _ages(report.ages)] if report.ages else []),
        *(_trial(report.trial) if report.trial else []),
        "<h2>Signals</h2>",
        f"<p>{HOW}</p>",
        *[_signal(one) for one in report.series],
    ]
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Watched</title>'
    write_text(path, "\n".join([head, f"<style>{STYLE}{OWN}</style>", *body, "</html>\n"]))


def overview(report: Report) -> bytes:
    """PNG: the size of every signal as a share of its limit, over time."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots()
    for one in report.series[:MOST_DRAWN]:
        passed = one.since_s is not None
        days = [point.time_s / 86_400 for point in one.points]
        shares = [_share(point.size, point.limit) for point in one.points]
        if passed:
            axes.plot(days, shares, label=one.name, linewidth=2)
        else:
            axes.plot(days, shares, color="#99999988", linewidth=1)
    axes.axhline(1, color="#b02e26", linestyle="--")
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_ylabel("share of the limit")
    axes.set_title(f"{len(report.series)} signals, {sum(one.since_s is not None for one in report.series)} passed")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=110)
    return held.getvalue()


def _share(size: float, limit: float) -> float:
    return min(max(size / limit, 0.0), 5.0) if limit else 0.0


def _when(time_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(time_s))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{lines}</table>"


def _routes(routes: Sequence[Route]) -> str:
    rows = [
        (
            escape(one.route),
            f"{one.requests:,}",
            f"{one.p50_ms:,.1f}",
            _marked(f"{one.p99_ms:,.1f}", one.late),
            _marked(f"{one.errors:.2%}", one.failing),
        )
        for one in routes
    ]
    return _table(("route", "requests", "p50, ms", "p99, ms", "failed"), rows)


def _ages(ages: Sequence[Age]) -> str:
    rows = [
        (
            escape(one.system),
            str(one.version),
            f"{one.trained_days:,.1f}",
            "" if one.data_days is None else f"{one.data_days:,.1f}",
            _marked(escape("; ".join((*one.old, *one.stale))), bad=True),
        )
        for one in ages
    ]
    return _table(("system", "version", "days since it was trained", "days since its data", ""), rows)


def _trial(trial: Trial) -> list[str]:
    rows = [
        (one.change, "not seen" if one.hours is None else f"{one.hours:.0f}", escape(", ".join(one.signals)))
        for one in trial.courses
    ]
    quiet = (
        f"<p>{trial.quiet_days} quiet days, {trial.looks} looks: {len(trial.false_alarms)} false alarms "
        f"{escape(', '.join(trial.false_alarms))}</p>"
    )
    return ["<h2>Changes that were made</h2>", _table(("change", "hours until seen", "by"), rows), quiet]


def _marked(text: str, bad: bool) -> str:
    return f'<b class="critical">{text}</b>' if bad and text else text


def _signal(one: Series) -> str:
    last = one.points[-1]
    says = f"{last.size:.3g} of {last.limit:.3g}, held against {escape(one.against)}"
    if one.since_s is not None:
        says = f'<b class="critical">passed since {_when(one.since_s)}</b>: {says}'
    of = f" · {', '.join(one.systems)}" if one.systems else ""
    inner = _line(one) + (_bars(one.bars) if one.bars else "")
    opened = " open" if one.since_s is not None else ""
    return f"<details{opened}><summary><b>{escape(one.name)}</b>{escape(of)}: {says}</summary>{inner}</details>"


def _line(one: Series) -> str:
    """Size and limit by look."""
    first, last = one.points[0].time_s, one.points[-1].time_s
    most = max([point.size for point in one.points] + [min(point.limit for point in one.points) * 1.2, 1e-9])

    def x(time_s: int) -> float:
        return LEFT + (WIDE - LEFT - 10) * (time_s - first) / max(last - first, 1)

    def y(value: float) -> float:
        return 8 + (TALL - 16) * (1 - min(max(value, 0), most) / most)

    lines = {
        kind: " ".join(f"{x(point.time_s):.1f},{y(getattr(point, kind)):.1f}" for point in one.points)
        for kind in ("size", "limit")
    }
    marks = "".join(
        f'<circle class="out" cx="{x(point.time_s):.1f}" cy="{y(point.size):.1f}" r="3"><title>{_when(point.time_s)}: '
        f"{point.size:.3g} of {point.rows:,} rows</title></circle>"
        for point in one.points
        if point.size > point.limit
    )
    scale = "".join(f'<text x="0" y="{y(value) + 4:.1f}">{value:.2g}</text>' for value in (0, most))
    ends = "".join(
        f'<text x="{place:.0f}" y="{TALL + 14}" text-anchor="{anchor}">{_when(at)[:10]}</text>'
        for place, at, anchor in ((LEFT, first, "start"), (WIDE - 10, last, "end"))
    )
    drawn = "".join(f'<polyline class="{kind}" points="{points}"/>' for kind, points in lines.items())
    return f'<svg viewBox="0 0 {WIDE} {TALL + 20}" role="img">{drawn}{marks}{scale}{ends}</svg>'


def _bars(bars: Bars) -> str:
    """Now beside before, a pair of bars for each value."""
    most, row, names = max(*bars.now, *bars.before, 1e-9), 26, 200
    parts = []
    for place, (name, now, before) in enumerate(zip(bars.names, bars.now, bars.before, strict=True)):
        y = row * place + 4
        parts.append(f'<text x="0" y="{y + 14}">{escape(name[:30])}</text>')
        for style, share, down in (("now", now, 0), ("before", before, 9)):
            width = (WIDE - names - 120) * share / most
            parts.append(f'<rect class="{style}" x="{names}" y="{y + down}" width="{width:.1f}" height="8"/>')
        parts.append(f'<text x="{WIDE - 110}" y="{y + 14}">{now:.1%} · {before:.1%}</text>')
    tall = row * len(bars.names) + 8
    return f'<p>The last day (blue) beside before (grey).</p><svg viewBox="0 0 {WIDE} {tall}">{"".join(parts)}</svg>'
