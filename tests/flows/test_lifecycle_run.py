"""The lifecycle on a tiny system with real MLflow: released, refused, rolled back, done again."""

import json
import shutil
from dataclasses import replace
from importlib import import_module

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import data.code
from components.bundle import read_manifest
from components.lifecycle.audit import write_audit
from components.lifecycle.ingest import read_by
from components.lifecycle.plan import GapLimit
from components.lifecycle.registry import champion_of, history, releases
from components.lifecycle.tracking import client
from components.system import load_system
from data.content import describe
from data.dataset import open_dataset
from data.errors import UserError


def test_first_candidate_is_released(project):
    summary = project.run(project.plan())
    assert (summary.status, summary.version, summary.bento) == ("released", 1, "centroid:1-one")
    assert summary.metrics["accuracy"].low < summary.metrics["accuracy"].value < summary.metrics["accuracy"].high
    assert list(summary.seconds) == [
        *("ingest", "validate", "fit", "evaluate", "gate", "register", "promote", "package", "smoke")
    ]
    assert summary.reused == ()
    assert summary.peak_memory_mb > 50
    release = releases("centroid")[0]
    assert (release.status, release.aliases, release.bento) == ("released", ("champion",), "centroid:1-one")
    assert release.metrics["accuracy"] == summary.metrics["accuracy"]


def test_the_run_in_mlflow_says_it_all(project):
    plan = project.plan()
    gap = GapLimit(slices=("category",), metric="accuracy", difference=1.0)
    plan = plan.model_copy(update={"gate": plan.gate.model_copy(update={"gaps": (gap,)})})
    run = client().get_run(project.run(plan).run_id)
    assert run.info.run_name.startswith("dots ")
    assert run.info.status == "FINISHED"
    config = {"seed": "0", "epochs": "2", "epoch_s": "0.0", "spoiled": "0.0"}
    assert run.data.params == {"dataset": "dots", **config}
    assert run.data.tags["verdict"] == "passed"
    assert run.data.metrics["training/loss"] == 0.5
    assert {"test/accuracy", "slice/accuracy/category.a"} <= set(run.data.metrics)
    assert run.inputs.dataset_inputs[0].dataset.name == "dots"
    found = {file.path for folder in ("", "evaluation") for file in client().list_artifacts(run.info.run_id, folder)}
    assert "gap/accuracy/category/difference" in run.data.metrics
    assert {"model_card.md", "verdict.json", "gaps.png", "evaluation/picture.txt"} <= found
    assert run.data.metrics["spent/wall_s"] > 0
    note = run.data.tags["mlflow.note.content"]
    for said in (
        "## Not intended",
        "| metric | value | 95 % interval |",
        "| accuracy by category |",
        "The last go of its training took",
    ):
        assert said in note
    page = write_audit(releases("centroid")[0])
    for said in ("difference of accuracy by category", "CC0-1.0", "Verdict of the gate", run.data.tags["bundle_hash"]):
        assert said in page
    assert "audit.html" in {file.path for file in client().list_artifacts(run.info.run_id)}
    assert "corkboard run centroid --dataset dots" in note
    assert "Damaged pictures that are excluded: 3." in note


def test_the_same_run_again_redoes_nothing(project):
    first = project.run(project.plan())
    again = project.run(project.plan())
    assert again.status == "released"
    assert again.reused == ("fit", "evaluate", "register", "promote", "package", "smoke")
    assert (again.version, again.run_id, again.bento) == (first.version, first.run_id, first.bento)
    assert "already the champion" in " ".join(again.verdict.reasons)
    assert len(client().search_runs([client().get_experiment_by_name("centroid").experiment_id])) == 1


def test_a_worse_model_is_refused_and_the_champion_untouched(project):
    project.run(project.plan())
    before = history("centroid")
    summary = project.run(project.plan(spoiled=0.8, **project.bad))
    assert (summary.status, summary.version) == ("refused", None)
    assert "no proven gain" in summary.verdict.reasons[0]
    assert history("centroid") == before
    run = client().get_run(summary.run_id)
    assert run.data.tags["verdict"] == "refused"
    assert "no proven gain" in run.data.tags["verdict_reasons"]


def test_a_better_model_replaces_the_champion(project):
    project.run(project.plan(spoiled=0.8, seed=1, **project.bad))
    summary = project.run(project.plan())
    assert (summary.status, summary.version) == ("released", 2), summary
    assert {release.version: release.aliases for release in history("centroid")} == {2: ("champion",), 1: ("previous",)}


AUC = {"evaluation": "auc", "gate__primary": "auc"}


def test_a_statistic_that_is_no_mean_decides_too(project):
    below = project.run(project.plan(spoiled=0.8, **AUC, gate__floors={"auc": 0.9, "accuracy": 0.01}))
    assert below.status == "refused"
    assert "below its floor of 0.9" in below.verdict.reasons[0]
    first = project.run(project.plan(spoiled=0.8, **AUC, gate__floors={"auc": 0.01, "accuracy": 0.01}))
    assert (first.status, first.version) == ("released", 1), first
    better = project.run(project.plan(**AUC, gate__floors={"auc": 0.9}))
    assert (better.status, better.version) == ("released", 2), better
    assert better.metrics["auc"].low < better.metrics["auc"].value < better.metrics["auc"].high
    worse = project.run(project.plan(spoiled=0.8, seed=1, **AUC, gate__floors={"auc": 0.01, "accuracy": 0.01}))
    assert worse.status == "refused"
    assert "auc changes by -" in worse.verdict.reasons[0]
    assert "no proven gain" in worse.verdict.reasons[0]
    assert champion_of(history("centroid")).version == 2
    run = client().get_run(better.run_id)
    assert "test/auc" in run.data.metrics
    assert "| auc | " in run.data.tags["mlflow.note.content"]


def test_simulated_never_replaces_real_but_real_replaces_simulated(project):
    assert project.run(project.plan("dots-made-up")).status == "released"
    assert project.run(project.plan("dots", seed=1)).status == "released"
    refused = project.run(project.plan("dots-made-up", seed=2))
    assert refused.status == "refused"
    assert "never replaces the champion" in refused.verdict.reasons[0]


def test_invalid_data_stops_before_training(project):
    summary = project.run(project.plan(), valid=False)
    assert (summary.status, list(summary.seconds), summary.run_id) == ("invalid", ["ingest", "validate"], None)
    assert not (project.home / "candidates").exists()


def test_two_homes_same_inputs_same_bundle(project, tmp_path, monkeypatch, database):
    first = project.run(project.plan())
    other = tmp_path / "an%2Fother"  # a path is no address
    other.mkdir()
    (other / "mlflow.db").write_bytes(database.read_bytes())
    monkeypatch.setenv("CORKBOARD_HOME", str(other))
    second = project.run(project.plan())
    assert first.version == second.version == 1
    folders = [project.home / "candidates" / "centroid", other / "candidates" / "centroid"]
    manifests = [read_manifest(next(folder.iterdir()) / "bundle") for folder in folders]
    assert manifests[0].bundle_hash == manifests[1].bundle_hash
    assert not list(project.home.rglob("work"))


def test_a_damaged_bundle_is_trained_again(project):
    first = project.run(project.plan())
    bundle = next((project.home / "candidates" / "centroid").iterdir()) / "bundle"
    (bundle / "model.json").write_text("{}")
    again = project.run(project.plan())
    assert "fit" not in again.reused
    assert (again.status, again.version) == ("released", first.version)


def test_an_unreachable_tracking_server_is_one_sentence(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    summary = project.run(project.plan())
    assert summary.status == "failed"
    assert summary.seconds == {}
    assert "127.0.0.1:9 does not answer" in summary.error
    assert "MLFLOW_TRACKING_URI" in summary.error


@pytest.mark.parametrize("uri", ["mlruns", "file:///mlruns"])
def test_a_folder_is_no_tracking_store(project, monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert "sqlite" in project.run(project.plan()).error


def test_evaluations_and_bundles_lie_in_the_home(project):
    project.run(project.plan())
    release = champion_of(history("centroid"))
    folder = project.home / "candidates" / "centroid" / release.fingerprint[:16]
    assert read_manifest(folder / "bundle").bundle_hash == release.bundle_hash
    assert len(list((project.home / "evaluations" / "centroid").iterdir())) == 1


def test_the_champion_is_evaluated_once_however_its_challengers_were_trained(project):
    project.run(project.plan())
    for seed in (1, 2):
        project.run(project.plan(seed=seed, epochs=3, spoiled=0.8))
    assert len(list((project.home / "evaluations" / "centroid").iterdir())) == 3


def test_a_latency_above_its_ceiling_is_measured_again(project, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("CENTROID_LATENCY_MS", "80")
        assert "latency_p99_ms is 80, above its ceiling of 50" in project.run(project.plan()).verdict.reasons[0]
    again = project.run(project.plan())
    assert (again.status, again.reused) == ("released", ("fit",))
    assert client().get_run(again.run_id).data.metrics["test/latency_p99_ms"] == 1


def test_only_the_test_split_releases(project):
    summary = project.run(project.plan(split="train"))
    assert (summary.status, history("centroid")) == ("refused", [])
    assert "only those of test count" in summary.verdict.reasons[0]
    metrics = client().get_run(summary.run_id).data.metrics
    assert "train_split/accuracy" in metrics
    assert not any(name.startswith("test") for name in metrics)


def test_other_settings_of_the_evaluation_measure_the_same_bundle(project):
    first = project.run(project.plan())
    again = project.run(project.plan(split="train"))
    assert "fit" in again.reused
    assert "evaluate" not in again.reused
    assert again.run_id == first.run_id
    run = client().get_run(first.run_id)
    assert {"test/accuracy", "train_split/accuracy"} <= set(run.data.metrics)
    assert "split: train" in run.data.tags["mlflow.note.content"]
    bundles = list((project.home / "candidates" / "centroid").glob("*/bundle"))
    assert len(bundles) == 1
    assert read_manifest(bundles[0]).config == {"seed": 0, "epochs": 2, "epoch_s": 0.0, "spoiled": 0.0}


def test_a_library_that_it_imports_trains_anew_and_another_does_not(project, monkeypatch):
    project.run(project.plan())
    real = data.code.version

    def of(library):
        monkeypatch.setattr(data.code, "version", lambda name: "99" if name == library else real(name))
        return project.run(project.plan()).reused

    assert {"fit", "evaluate"} <= set(of("torch"))
    assert not {"fit", "evaluate"} & set(of("numpy"))


def test_a_data_set_prepared_anew_while_training_stops_the_run(project, monkeypatch):
    monkeypatch.setattr(project, "progress", lambda *_: project.prepare_anew())
    summary = project.run(project.plan())
    assert summary.status == "failed"
    assert summary.error == "data set 'dots' was prepared anew while this run was reading it; run again"
    assert not list(project.home.rglob("manifest.json"))
    assert not list(project.home.rglob("state.json")), "a checkpoint of mixed data is left"


def test_a_data_set_prepared_anew_while_evaluating_is_not_cached(project, monkeypatch):
    measure = import_module(f"{load_system('centroid').package}.measure")
    real = measure.evaluate

    def replaced(*arguments):
        project.prepare_anew()
        return real(*arguments)

    monkeypatch.setattr(measure, "evaluate", replaced)
    summary = project.run(project.plan())
    assert "was prepared anew" in summary.error
    assert list(summary.seconds)[-1] == "evaluate"
    assert not list((project.home / "evaluations").rglob("evaluation.json"))


def test_a_data_set_without_a_table_that_the_system_needs_is_named(project):
    dataset = open_dataset("dots", project.tables, "v1")
    with pytest.raises(UserError, match="centroid needs rows in items, and data set 'dots' has none"):
        read_by("centroid", replace(dataset, tables={}))


def test_a_data_set_that_changed_in_what_nobody_reads_trains_and_measures_nothing_anew(project, tmp_path):
    first = project.run(project.plan())
    project.tables = shutil.copytree(project.tables, tmp_path / "more")
    items = pq.read_table(project.tables / "items.parquet")
    pq.write_table(items.append_column("mood", pa.array(["good"] * len(items))), project.tables / "items.parquet")
    card = json.loads((project.tables / "dataset.json").read_text())
    (project.tables / "dataset.json").write_text(json.dumps(card | {"tables": describe(project.tables)}))
    project.prepare_anew()
    again = project.run(project.plan())
    assert (again.status, again.version, again.run_id) == ("released", 1, first.run_id)
    assert {"fit", "evaluate", "register", "package"} <= set(again.reused)
    assert again.data_version == "v2"
    assert releases("centroid")[0].data_version == "v1", "what it learned from"
