"""The audit of a release as one page without network access: who is served how well, from what, under which terms."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from html import escape
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from components.bundle import Manifest, read_manifest
from components.evaluation import Evaluation, Figure
from components.lifecycle.bundles import bundle_of
from components.lifecycle.comparison import bounds
from components.lifecycle.gaps import measured_gap
from components.lifecycle.inputs import stale
from components.lifecycle.plan import GatePolicy
from components.lifecycle.results import Release
from components.lifecycle.tracking import client
from data.errors import UserError
from data.page import STYLE
from data.params import load

__all__ = ["audit_page", "write_audit"]

VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
SHOWN = 20  # slices, the worst first
CALIBRATION, SAFETY = (
    ("calibration", "entropy", "ece", "log_loss"),
    ("fpr", "bpsn", "bnsp", "lost_recall", "hateful", "offensive"),
)
FAIR = ("exposure", "div_at", "skew", "ndkl")


def write_audit(release: Release) -> str:
    """The page of a release; it becomes the artifact `audit.html` of its run in MLflow.

    Raises:
        UserError: its evaluation or its verdict is not there any more.
    """
    tracker = client()
    with tempfile.TemporaryDirectory() as folder:
        try:
            place = Path(tracker.download_artifacts(release.run_id, "evaluation", folder))
            verdict = Path(tracker.download_artifacts(release.run_id, "verdict.json", folder))
        except OSError as error:
            raise UserError(f"the run of version {release.version} of {release.system} lacks a part: {error}") from None
        faults = [*([f"promoted by force: {release.forced}"] if release.forced else []), *stale(release)]
        policy = GatePolicy.model_validate(json.loads(verdict.read_text(encoding="utf-8"))["policy"])
        page = audit_page(release, Evaluation.load(place), policy, read_manifest(bundle_of(release)), faults)
    tracker.log_text(release.run_id, page, "audit.html")
    return page


def audit_page(
    release: Release, evaluation: Evaluation, policy: GatePolicy, manifest: Manifest, faults: Iterable[str]
) -> str:
    """faults: what is known to be wrong with the release beside what its evaluation notes."""
    name = f"{release.system} version {release.version}"
    data = load().datasets.get(release.dataset)
    totals = evaluation.totals()
    reasons = release.verdict.reasons if release.verdict else ("no verdict is kept",)
    terms = [(release.dataset, data.licence if data else "not in params.yaml any more")]
    lineage = [
        ("data set", f"{release.dataset}{' (simulated)' if release.simulated else ''}, version {release.data_version}"),
        *(("builds on", f"{system} version {one.version}") for system, one in manifest.inputs.items()),
        ("code", release.git_revision),
        ("bundle", release.bundle_hash),
        ("run in MLflow", release.run_id),
    ]
    parts = [
        f"<h1>Audit of {escape(name)}</h1>",
        _section("Verdict of the gate", _items(reasons)),
        _section("Gaps between sensitive slices", _gaps(evaluation, policy)),
        _section(f"Slices by {policy.primary}, the worst first", _slices(evaluation, policy)),
        _section("Calibration", _figures(totals, CALIBRATION)),
        _section("Exposure and diversity", _figures(totals, FAIR)),
        _section("Safety", _figures(totals, SAFETY)),
        _section("Lineage", _table(("what", "which"), lineage)),
        _section("Terms of the data", _table(("data set", "terms"), terms)),
        _section("Licences of dependencies", _table(("library", "version", "licence"), _licences(manifest))),
        _section("Open faults", _items([*faults, *evaluation.notes])),
    ]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8">{VIEWPORT}<title>Audit of {escape(name)}</title>'
    return "\n".join([f"{head}<style>{STYLE}</style>", *parts, "</html>\n"])


def _gaps(evaluation: Evaluation, policy: GatePolicy) -> str:
    rows = []
    for limit in policy.gaps:
        try:
            gap = measured_gap(evaluation, limit, policy.slice_size)
        except UserError as error:
            rows.append((limit.name, str(error), "", "", ""))
            continue
        for kind, most in (("difference", limit.difference), ("ratio", limit.ratio)):
            value, low, high = getattr(gap, kind)
            limited = "no limit" if most is None else f"{most:g}"
            figure = f"{value:.3g} ({low:.3g} to {high:.3g})"
            rows.append((f"{kind} of {limit.name}", figure, limited, gap.worst, gap.best))
    said = "The gate limits no gap here: nobody named sensitive slices (gate.gaps of the system's params.yaml)."
    return _table(("gap", "value", "limit", "worst", "best"), rows, said)


def _slices(evaluation: Evaluation, policy: GatePolicy) -> str:
    metric = evaluation.metric(policy.primary)
    if metric is None:
        return _table((), ())
    parts = [(name, metric.value(evaluation.examples.iloc[rows]), len(rows)) for name, rows in evaluation.parts()]
    parts.sort(key=lambda part: metric.sign * part[1])
    rows = [(name, f"{value:.4g}", str(count)) for name, value, count in parts[:SHOWN]]
    pooled = f"<p>The gate pools those of fewer than {policy.slice_size} examples.</p>"
    return _table(("slice", "value", "examples"), rows) + (pooled if rows else "")


def _figures(totals: dict[str, Figure], words: Sequence[str]) -> str:
    chosen = [(name, figure) for name, figure in totals.items() if any(word in name for word in words)]
    return _table(
        ("figure", "value", "95 % interval"), [(name, f"{one.value:.4g}", bounds(one)) for name, one in chosen]
    )


def _licences(manifest: Manifest) -> list[tuple[str, str, str]]:
    return [(name, version, _licence(name)) for name, version in sorted(manifest.libraries.items())]


def _licence(library: str) -> str:
    try:
        known = metadata(library)
    except PackageNotFoundError:
        return "not installed here"
    given = [*known.get_all("License-Expression", []), *known.get_all("License", [])]
    stated = given[0].partition("\n")[0] if given and not given[0].startswith("Copyright") else ""
    kinds = [line.rpartition(" :: ")[2] for line in known.get_all("Classifier", []) if line.startswith("License")]
    return stated or ", ".join(kinds) or "none stated"


def _section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>\n{content}"


def _items(sentences: Iterable[str]) -> str:
    lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{lines}</ul>" if lines else "<p>None.</p>"


def _table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], without: str = "This system has no such figure."
) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return f"<p>{without}</p>"
    return f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in columns)}</tr>{body}</table>"
