"""Tools that read: they change nothing."""

import base64
import binascii
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field, ValidationError

from components.lifecycle.bundles import bundle_of
from components.lifecycle.difference import Difference, difference
from components.lifecycle.inputs import inputs_of, stale
from components.lifecycle.registry import champion_of, find, mended
from components.lifecycle.tracking import is_registry_empty
from components.message import Message, Part, answer_one, picture_part
from components.settings import system_names, system_settings
from components.system import Predictor, load_system
from corkboard.agents.views import (
    Answered,
    DatasetView,
    Document,
    Page,
    RunView,
    Standing,
    SystemDetail,
    SystemView,
    Version,
    version_view,
)
from corkboard.releases import champions_standing
from data.errors import UserError, unknown
from data.params import explain
from data.project import root

__all__ = ["READING", "Limit", "Name", "known_system"]

Name = Annotated[str, Field(description="a system, such as systems() lists", max_length=100)]
Limit = Annotated[int, Field(ge=1, le=100, description="most entries, the newest first")]
Number = Annotated[int, Field(ge=1)]
PATTERNS = ("*.md", "docs/*.md", "components/systems/*/README.md")
MOST_CHARACTERS = 20_000
MOST_BYTES = 10 * 2**20  # of a part


def systems() -> list[SystemView]:
    """List the systems: learning problems that are trained, judged and served."""
    return [_view(name) for name in system_names()]


def system(name: Name) -> SystemDetail:
    """Describe one system: what it reads, its settings, its gate, and what it can be asked."""
    declared, settings = load_system(known_system(name)), system_settings(name)
    return SystemDetail(
        **_view(name).model_dump(),
        tables=dict(declared.tables),
        settings=settings.config,
        gate=settings.gate,
        takes=dict(declared.takes),
        request=declared.Request.model_json_schema(),
        response=declared.Response.model_json_schema(),
    )


def datasets() -> list[DatasetView]:
    """List the data sets, and which of them are prepared here."""
    from data.listing import list_datasets

    return [DatasetView(**{name: row[name] for name in row if name != "path"}) for row in list_datasets()]


def dataset(name: Annotated[str, Field(max_length=100)]) -> DatasetView:
    """Describe one data set, with the columns of each table if it is prepared."""
    from data.versioned import current

    every = {view.name: view for view in datasets()}
    if name not in every:
        raise unknown("data set", name, every)
    view = every[name]
    tables = current(name).tables if view.prepared else {}
    columns = {table: tuple(content.columns) for table, content in tables.items()}
    return view.model_copy(update={"columns": columns or None})


def runs(name: Name, limit: Limit = 20) -> list[RunView]:
    """List the candidates of a system that were trained, also the refused ones, each with its verdict and reasons."""
    from components.lifecycle.tracking import client, experiment

    known_system(name)
    found = client().search_runs([experiment(name)], max_results=limit)
    return [
        RunView(
            run_id=run.info.run_id,
            name=run.info.run_name or "",
            status=run.info.status,
            started=datetime.fromtimestamp(run.info.start_time / 1000, UTC).isoformat(timespec="seconds"),
            dataset=run.data.tags.get("dataset", ""),
            verdict=run.data.tags.get("verdict", ""),
            reasons=tuple(run.data.tags.get("verdict_reasons", "").splitlines()),
        )
        for run in found
    ]


def versions(name: Name, limit: Limit = 20) -> list[Version]:
    """List the registered versions of a system: figures, verdict with reasons, state, and why the champion is stale."""
    known_system(name)
    found = [] if is_registry_empty() else mended(name)
    return [version_view(release, stale(release)) for release in found[:limit]]


def compare(name: Name, first: Number, second: Number) -> Difference:
    """Say what two versions differ in: settings, data, code, libraries, inputs, and figures in pairs with intervals."""
    return difference(known_system(name), first, second)


def ask(
    name: Name,
    request: Annotated[dict[str, Any], Field(description="fields, as system(name).request has them")],
    parts: Annotated[dict[str, str] | None, Field(description="binary parts by name, in base64")] = None,
    version: Number | None = None,
) -> Answered:
    """Ask the champion of a system, or another version, as its service would be asked."""
    declared, releases = load_system(known_system(name)), mended(name)
    release = champion_of(releases) if version is None else find(releases, name, version)
    if release is None:
        raise UserError(f"{name} has no champion yet; run it first")
    try:
        fields = declared.Request.model_validate(request)
    except ValidationError as error:
        raise UserError(explain(error)) from None
    given = {part: _part(part, text, declared.takes) for part, text in (parts or {}).items()}
    answer = answer_one(_opened(name, release.version).answers, Message(fields, given))
    return Answered(
        system=name,
        version=release.version,
        answer=answer.fields.model_dump(mode="json"),
        parts={part: (one.media_type, len(one.content)) for part, one in answer.parts.items()},
    )


def documents() -> list[Document]:
    """List the documents of this project."""
    return [
        Document(path=path, title=text.partition("\n")[0].lstrip("# "), characters=len(text))
        for path, text in _documents().items()
    ]


def document(
    path: Annotated[str, Field(description="as documents() lists it", max_length=200)],
    start: Annotated[int, Field(ge=0)] = 0,
    characters: Annotated[int, Field(ge=1, le=MOST_CHARACTERS)] = MOST_CHARACTERS,
) -> Page:
    """Read a document, or the part of it that begins at a character."""
    every = _documents()
    if path not in every:
        raise unknown("document", path, every)
    end = start + characters
    return Page(path=path, text=every[path][start:end], next=end if end < len(every[path]) else None)


def status() -> Standing:
    """Say which servers run, how many flow runs wait, and which champions are stale."""
    from corkboard.stack.standing import standing

    return Standing(**standing(), champions=champions_standing())


def known_system(name: str) -> str:
    """The name; raises `UserError` if there is no such system."""
    if name not in system_names():
        raise unknown("system", name, system_names())
    return name


def _view(name: str) -> SystemView:
    declared = load_system(name)
    champion = None if is_registry_empty() else champion_of(mended(name))
    return SystemView(
        name=name,
        purpose=declared.purpose,
        dataset=system_settings(name).dataset,
        uses=declared.below,
        champion=champion.version if champion else None,
    )


def _documents() -> dict[str, str]:
    paths = [path for pattern in PATTERNS for path in sorted(root().glob(pattern))]
    return {path.relative_to(root()).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def _part(name: str, text: str, takes: Any) -> Part:
    if name not in takes:
        raise unknown("part", name, takes)
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise UserError(f"the part {name!r} is not base64; encode its bytes so") from None
    if len(content) > MOST_BYTES:
        raise UserError(f"the part {name!r} is over {MOST_BYTES // 2**20} MiB; send a smaller one")
    seems = picture_part(content).media_type
    return Part(content, seems if seems in takes[name] else takes[name][0])


@lru_cache(maxsize=2)
def _opened(name: str, version: int) -> Predictor:
    from components.bundle import read_manifest

    bundle = bundle_of(find(mended(name), name, version))
    return load_system(name).open_bundle(bundle, 1, inputs_of(read_manifest(bundle)))


READING = (systems, system, datasets, dataset, runs, versions, compare, ask, documents, document, status)
