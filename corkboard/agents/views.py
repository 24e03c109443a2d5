"""What the tools answer: small typed objects, without numbers that JSON lacks."""

import math
from typing import Any

from components.evaluation import Figure
from components.lifecycle.results import Release
from data.params import Strict

__all__ = [
    "Answered",
    "DatasetView",
    "Document",
    "Page",
    "RunView",
    "Standing",
    "SystemDetail",
    "SystemView",
    "Version",
    "finite",
    "version_view",
]

SAME = (
    *("system", "version", "aliases", "status", "dataset", "data_version", "git_revision", "created"),
    *("failures", "forced"),
)


class SystemView(Strict):
    name: str
    purpose: str
    dataset: str  # its default
    uses: tuple[str, ...]  # the systems that it builds on, or may
    champion: int | None


class SystemDetail(SystemView):
    """request, response: JSON schemas of what `ask` takes and answers; takes: the binary parts beside a request."""

    tables: dict[str, tuple[str, ...]]
    settings: dict[str, Any]
    gate: dict[str, Any]
    takes: dict[str, tuple[str, ...]]
    request: dict[str, Any]
    response: dict[str, Any]


class DatasetView(Strict):
    """columns, by table, of a data set that is described alone."""

    name: str
    source: str
    licence: str
    prepared: bool
    simulated: bool | None
    data_version: str | None
    rows: dict[str, int] | None
    columns: dict[str, tuple[str, ...]] | None = None


class RunView(Strict):
    run_id: str
    name: str
    status: str
    started: str  # ISO 8601, UTC
    dataset: str
    verdict: str  # passed, refused, or empty: it did not come so far
    reasons: tuple[str, ...]


class Version(Strict):
    """figures: value with its 95 % interval; null where undefined."""

    system: str
    version: int
    aliases: tuple[str, ...]
    status: str
    dataset: str
    data_version: str
    git_revision: str
    created: str
    inputs: dict[str, int]
    figures: dict[str, tuple[float | None, float | None, float | None]]
    passed: bool | None
    reasons: tuple[str, ...]
    failures: str | None
    forced: str | None
    stale: tuple[str, ...]


class Document(Strict):
    path: str
    title: str
    characters: int


class Page(Strict):
    """next: where the text goes on; null at its end."""

    path: str
    text: str
    next: int | None


class Answered(Strict):
    """parts: media type and size in bytes of the binary parts, which are not given."""

    system: str
    version: int
    answer: dict[str, Any]
    parts: dict[str, tuple[str, int]]


class Standing(Strict):
    state: str
    parts: dict[str, Any]
    runs: dict[str, int] | None
    champions: list[dict[str, Any]]


def version_view(release: Release, stale: tuple[str, ...]) -> Version:
    return Version(
        **{name: getattr(release, name) for name in SAME},
        inputs={name: one.version for name, one in release.inputs.items()},
        figures={name: _three(figure) for name, figure in release.metrics.items()},
        passed=release.verdict.passed if release.verdict else None,
        reasons=release.verdict.reasons if release.verdict else (),
        stale=stale,
    )


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _three(figure: Figure) -> tuple[float | None, float | None, float | None]:
    return finite(figure.value), finite(figure.low), finite(figure.high)
