"""A system that builds on another's champion: resolved, recorded, served with it, and stale once it is replaced."""

import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from components.bundle import read_manifest
from components.inputs import all_of, in_order, linked
from components.lifecycle.fingerprint import fingerprint
from components.lifecycle.ingest import ingest
from components.lifecycle.inputs import champions, missing_inputs, optional_champions, stale, used
from components.lifecycle.registry import champion_of, history
from components.lifecycle.rollback import rollback
from components.lifecycle.tracking import client
from components.system import System
from corkboard.releases import champions_standing
from data.dataset import open_dataset
from data.errors import UserError
from flows.artifacts import lineage

PROBE = """
import sys
import components.systems
components.systems.__path__.append(sys.argv[1])
from serving.probe import main
below = [word for path in sys.argv[3:] for word in ("--below", path)]
main(["--module", "serving.service", "--bundle", f"margin={sys.argv[2]}", *below])
"""


def _run(project, system: str = "margin", **settings):
    """The lifecycle of `system` with the champions of now, as ingest looks them up."""
    plan = project.plan(system=system, **settings)
    inputs = used(champions(system))
    ingested = project.ingested
    project.ingested = lambda plan: ingested(plan).model_copy(update={"inputs": inputs})
    try:
        return project.run(plan)
    finally:
        project.ingested = ingested


def test_a_missing_champion_says_what_to_run_first(project) -> None:
    assert missing_inputs("margin") == ["centroid"]
    with pytest.raises(UserError, match=r"margin builds on centroid, which has no champion; run `corkboard run cent"):
        ingest(project.plan(system="margin"))


def test_what_was_built_on_is_recorded_everywhere(two) -> None:
    summary = _run(two)
    assert (summary.status, summary.version) == ("released", 1), summary
    (release,) = history("margin")
    below = champion_of(history("centroid"))
    assert below is not None
    assert {name: one.version for name, one in release.inputs.items()} == {"centroid": below.version} == {"centroid": 2}
    manifest = read_manifest(next((two.home / "candidates" / "margin").iterdir()) / "bundle")
    assert manifest.inputs["centroid"].bundle_hash == below.bundle_hash
    run = client().get_run(release.run_id)
    assert run.data.tags["builds_on"] == "centroid version 2"
    assert f"| centroid | 2 | `{below.bundle_hash}` |" in run.data.tags["mlflow.note.content"]
    assert "dots → centroid version 2 → margin → margin version 1 → margin:1-one" in lineage(summary)


def test_a_champion_below_that_was_replaced_makes_stale_and_trains_anew(two) -> None:
    assert _run(two).status == "released"
    (release,) = history("margin")
    before = fingerprint(two.plan(system="margin"), _ingested(two))
    assert stale(release) == ()
    assert _run(two).reused[:1] == ("fit",)
    rollback("centroid")
    assert stale(release) == ("built on version 2 of centroid, whose champion it is no longer (it is version 1)",)
    standing = {one["system"]: one["stale"] for one in champions_standing()}
    assert standing == {"centroid": (), "margin": stale(release)}
    assert fingerprint(two.plan(system="margin"), _ingested(two)) != before
    again = _run(two)
    assert "fit" not in again.reused
    assert again.status == "refused"  # what it builds on now is worse; the champion keeps the version that it knows
    assert "right changes by -" in again.verdict.reasons[0]


def _ingested(two):
    plan = two.plan(system="margin")
    return two.ingested(plan).model_copy(update={"inputs": used(champions("margin"))})


def test_a_champion_below_that_goes_while_training_closes_the_gate(two, monkeypatch) -> None:
    train = import_module("components.systems.margin.train")
    real = train.fit

    def fit(*arguments, **inputs) -> None:
        real(*arguments, **inputs)
        rollback("centroid")

    monkeypatch.setattr(train, "fit", fit)
    summary = _run(two)
    assert summary.status == "refused"
    assert summary.verdict.reasons[0] == (
        "the candidate was built on version 2 of centroid, whose champion it is no longer (it is version 1); run again"
    )
    assert history("margin") == []


def test_the_bundle_opens_where_trainers_are_missing_with_those_below(two) -> None:
    assert _run(two).status == "released"
    bundle = next((two.home / "candidates" / "margin").iterdir()) / "bundle"
    below = [one.bundle for one in all_of(champions("margin"))]
    systems = str(Path(__file__).parent / "systems")

    def probe(*bundles: Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", PROBE, systems, *map(str, bundles)]
        return subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)

    opened = probe(bundle, *below)
    assert opened.returncode == 0, opened.stderr
    assert "components/inputs.py" in json.loads(opened.stdout.splitlines()[-1])
    alone = probe(bundle)
    assert "margin was built on version 2 of centroid, whose bundle is not given; give it too" in alone.stderr


def test_each_below_is_there_once(two) -> None:
    inputs = champions("margin")
    twice = {"one": inputs["centroid"], "other": inputs["centroid"]}
    assert all_of(twice) == [inputs["centroid"]]
    assert linked(read_manifest(inputs["centroid"].bundle), []) == {}


def test_what_it_may_use_is_used_where_there_is_a_champion_and_the_column_has_values(
    project, two_releases, monkeypatch
) -> None:
    margin = import_module("components.systems.margin")

    def found(column: str) -> dict[str, int]:
        system = System(margin.__name__, {}, "answer", may_use={"centroid": ("items", column)})
        monkeypatch.setattr(margin, "SYSTEM", system)
        plan = project.plan(system="margin")
        dataset = open_dataset(plan.dataset, project.tables, "v1")
        return {name: one.version for name, one in optional_champions("margin", dataset).items()}

    assert found("title") == {}
    assert (missing_inputs("margin"), champions("margin"), in_order("margin")) == ([], {}, ["centroid"])
    shutil.copytree(two_releases, project.home, dirs_exist_ok=True)
    assert found("title") == {"centroid": 2}
    assert found("created_s") == {}


def test_circles_are_refused_by_name(project, monkeypatch) -> None:
    centroid = import_module("components.systems.centroid")
    monkeypatch.setattr(centroid, "SYSTEM", System("components.systems.centroid", (), "answer", uses=("margin",)))
    with pytest.raises(UserError, match="margin uses centroid uses margin: a system cannot build on itself"):
        in_order("margin")
    with pytest.raises(UserError, match="centroid uses margin uses centroid"):
        champions("centroid")
