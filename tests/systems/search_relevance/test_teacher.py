"""A teacher's grades train the trees only where they agree with people's; meaning is tuned on what either judged."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from components.finding.judgements import queries_of
from components.labels.store import Label
from components.lifecycle.plan import merged
from components.settings import system_settings
from components.system import load_system
from components.systems.search_relevance.teacher import taught
from data.content import describe
from data.dataset import CARD, Dataset, open_dataset
from data.errors import UserError
from data.files import write_json
from data.tables.labels import TABLE as LABELS
from tests.grid_words import write_looks
from tests.pictures import small_dataset

NAME = "search-relevance"


def _labelled(folder: Path, wrong: float) -> Dataset:
    """People's grades as a model's, a share of them another grade."""
    dataset = small_dataset(folder, 100, 4)
    rng = np.random.default_rng(0)
    rows = []
    for pair in dataset.table("qrels").to_pylist():
        grade = int(rng.integers(4)) if rng.random() < wrong else round(pair["grade"])
        pair_of = (pair["query_id"], pair["item_id"])
        rows.append(Label(*pair_of, "grade", str(grade), 0.9, "grades", 1, "hash", "stub", "asked", 0.0)._asdict())
    pq.write_table(pa.Table.from_pylist(rows, LABELS.schema), folder / LABELS.file)
    write_json(folder / CARD, json.loads((folder / CARD).read_text(encoding="utf-8")) | {"tables": describe(folder)})
    return open_dataset("small", folder, "labelled")


def test_grades_that_agree_teach_and_take_the_place_of_peoples(tmp_path: Path) -> None:
    dataset = _labelled(tmp_path, 0.1)
    queries = [query for query in queries_of(dataset) if query.split == "train"]
    learned = taught(dataset, queries)
    assert [one.query_id for one in learned] == [one.query_id for one in queries]
    assert learned[0].grades.keys() == queries[0].grades.keys()
    assert learned[0].grades != queries[0].grades


def test_grades_at_random_are_refused_and_say_why(tmp_path: Path) -> None:
    dataset = _labelled(tmp_path, 1.0)
    with pytest.raises(UserError, match=r"may not teach \(.*kappa is .* below the floor of 0\.6"):
        taught(dataset, queries_of(dataset))


def test_without_labels_nothing_teaches(tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path, 4, 2)
    with pytest.raises(UserError, match="has no table labels"):
        taught(dataset, queries_of(dataset))


def test_a_teachers_student_is_measured_beside_peoples_and_meaning_is_tuned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("components.systems.search_relevance.train.fit_looks", write_looks)
    system, settings = load_system(NAME), system_settings(NAME)
    folder, bundle = tmp_path / "data", tmp_path / "bundle"
    folder.mkdir()
    bundle.mkdir()
    changes = {
        "meaning": {"weights": "wordllama"},
        "tuning": {"parts": 2, "batch_size": 2, "epochs": 1, "mined": 2},
        "ranking": {"grades": "teacher"},
    }
    config = system.Config.model_validate(merged(merged(settings.config, settings.small), changes))
    dataset = _labelled(folder, 0.1)
    limited = dataset.limited(system.reads(dataset.rows))
    system.fit(limited, config, tmp_path / "work", bundle, lambda *_: None)
    vectors = [np.load(bundle / of / "vectors.npy") for of in ("tokens", "meaning")]
    assert not np.allclose(*vectors)
    examples = system.evaluate(bundle, limited, config, tmp_path, lambda *_: None).examples
    assert examples["judged_ndcg_at_10.people"].gt(0).any()
    assert (bundle / "people" / "order-0.onnx").read_bytes() != (bundle / "order-0.onnx").read_bytes()


def test_tuning_needs_a_split_and_an_encoder_of_its_own() -> None:
    config = load_system(NAME).Config
    for settings in ({"tuning": {}}, {"tuning": {}, "meaning": {"weights": "wordllama"}, "ranking": {"folds": 5}}):
        with pytest.raises(ValidationError, match="tuning: it needs an encoder of its own"):
            config.model_validate(settings)
