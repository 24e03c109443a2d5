"""The report of a validation: one page that needs no network, with failures, pictures and links to Data Docs."""

import base64
import io
import os
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image

from data.charts import CHARTS
from data.dataset import Dataset
from data.files import write_text
from data.images import MAX_PIXELS

__all__ = ["STYLE", "write_page"]

THUMB_PX = 96
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
td, th { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
h2 small { font-weight: normal; opacity: .7; }
.critical { color: #c22; } .warning { color: #a60; } .passed { color: #282; }
img { max-width: 96px; max-height: 96px; border-radius: 4px; }
code, td:last-child { overflow-wrap: anywhere; }
"""


def write_page(
    path: Path,
    dataset: Dataset,
    failures: Sequence[Mapping[str, Any]],
    checks: int,
    docs: Path,
    sections: Sequence[str] = (),
) -> None:
    """Write the page to `path`; `docs` is the folder of Data Docs, below or beside it, `sections` are further HTML."""
    critical = sum(failure["severity"] == "critical" for failure in failures)
    verdict = f'<b class="critical">{critical} critical failures</b>' if critical else '<b class="passed">passed</b>'
    counts = ", ".join(f"{count:,} {name}" for name, count in dataset.rows.items())
    body = [
        f"<h1>{escape(dataset.name)}</h1>",
        f"<p>{verdict} · {checks} expectations · {len(failures)} not met · {counts} · "
        f"version <code>{escape(dataset.version)}</code></p>",
        *[_failure(failure, dataset) for failure in failures],
        *sections,
        "<h2>Data Docs</h2><ul>",
        *[_link(suite, path) for suite in sorted((docs / "validations").iterdir())],
        "</ul>",
    ]
    title = f"<title>Validation of {escape(dataset.name)}</title>"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8">{title}<style>{STYLE}{CHARTS}</style>'
    write_text(path, "\n".join([head, *body, "</html>\n"]))


def _failure(failure: Mapping[str, Any], dataset: Dataset) -> str:
    rows = failure["rows"]
    names = sorted({name for row in rows for name in row}, key=lambda name: (name == "found", name == "image", name))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    lines = "".join(
        f"<tr>{''.join(f'<td>{_cell(name, row.get(name, str()), dataset)}</td>' for name in names)}</tr>"
        for row in rows
    )
    more = f"<p>and {failure['count'] - len(rows)} more</p>" if rows and failure["count"] > len(rows) else ""
    severity = escape(failure["severity"])
    return (
        f'<h2><span class="{severity}">{severity}</span> {escape(failure["check"])} '
        f"<small>{escape(failure['table'])}, {failure['count']} failed</small></h2>"
        f"<p>{escape(failure['message'])}</p><table><tr>{head}</tr>{lines}</table>{more}"
    )


def _cell(name: str, value: str, dataset: Dataset) -> str:
    text = f"<code>{escape(value)}</code>"
    return f"{_thumb(dataset.path, value)} {text}" if name == "image" else text


def _thumb(folder: Path, relative: str) -> str:
    """The picture itself, small and inside the page; nothing where there is none to show."""
    path = (folder / relative).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return ""
    try:
        with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > MAX_PIXELS:
                return ""
            image.thumbnail((THUMB_PX, THUMB_PX))
            buffer = io.BytesIO()
            image.convert("RGB").save(buffer, "JPEG", quality=80)
    except Exception:  # the page is about broken pictures: decoders of hostile bytes raise nearly anything
        return ""
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"><br>'


def _link(suite: Path, path: Path) -> str:
    (page,) = suite.rglob("*.html")
    return f'<li><a href="{escape(os.path.relpath(page, path.parent))}">{escape(suite.name.replace("_", " "))}</a></li>'
