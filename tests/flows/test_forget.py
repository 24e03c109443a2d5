"""A person who left is in no evaluation, neither here nor in MLflow."""

from pathlib import Path

import pandas as pd

from components.lifecycle.audit import write_audit
from components.lifecycle.forget import evaluations_holding
from components.lifecycle.registry import releases
from components.lifecycle.tracking import client
from data.erased import write_tombstones
from data.project import home
from data.tombstone import mark_of


def test_evaluations_lose_the_rows_of_who_left(project, tmp_path):
    run_id = project.run(project.plan()).run_id
    assert evaluations_holding() == []
    rows = pd.read_parquet(client().download_artifacts(run_id, "evaluation/examples.parquet", str(tmp_path)))
    left = str(rows.index[0])
    write_tombstones({mark_of(left): 5})
    assert [one.kind for one in evaluations_holding()] == ["evaluation", "evaluation in MLflow"]
    assert evaluations_holding(delete=True) == evaluations_holding() == []

    kept = Path(client().download_artifacts(run_id, "evaluation", str(tmp_path)))
    pd.testing.assert_frame_equal(pd.read_parquet(kept / "examples.parquet"), rows.iloc[1:])
    assert {file.path for file in client().list_artifacts(run_id, "evaluation")} == {
        "evaluation/evaluation.json",
        "evaluation/examples.parquet",
    }
    assert not list((home() / "evaluations").glob("*/*/*"))
    assert all(left.encode() not in path.read_bytes() for path in (home() / "mlartifacts").rglob("examples.parquet"))
    assert "Verdict of the gate" in write_audit(releases("centroid")[0])
