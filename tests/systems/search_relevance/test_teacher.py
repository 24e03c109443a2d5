"""A teacher's grades train the trees only where they agree with people's on validation."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.finding.judgements import queries_of
from components.labels.store import Label
from components.systems.search_relevance.teacher import taught
from data.content import describe
from data.dataset import CARD, Dataset, open_dataset
from data.errors import UserError
from data.files import write_json
from data.tables.labels import TABLE as LABELS
from tests.pictures import small_dataset


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
