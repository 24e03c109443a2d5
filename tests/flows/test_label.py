"""The steps of `label` against a stub endpoint and real MLflow: prompts, traces, agreement, and no teacher."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest

from components.labels.plan import Labelled, LabelPlan, Measured, Prompted, label_plan
from components.labels.steps import label
from components.lifecycle.tracking import client
from data.dataset import open_dataset
from data.errors import UserError
from tests.language_stub import Answered, chat, stub

KEY = "sk-very-secret"


def _run(project: Any, plan: LabelPlan) -> dict[str, Any]:
    dataset = open_dataset("dots", project.tables, "v1")
    reads = {name: tuple(content.columns) for name, content in dataset.tables.items()}
    results: dict[str, Any] = {"ingest": project.ingested(project.plan()).model_copy(update={"reads": reads})}

    def call(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        if name not in results:
            results[name] = function(*arguments)
        return results[name]

    label(plan, lambda *progress: None, call)
    return results


def _first_option(body: dict[str, Any], number: int) -> Answered:
    fields = body["response_format"]["json_schema"]["schema"]["properties"]
    return chat(json.dumps({name: field["enum"][0] for name, field in fields.items()}))


def test_labels_with_their_prompt_traces_and_verdict(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = label_plan("dots", "attributes", "test", 6)
    with stub(_first_option) as running:
        for name, value in {"URL": running.url, "MODEL": "toy", "KEY": KEY, "PRICES": "1,2", "PARALLEL": "1"}.items():
            monkeypatch.setenv(f"CORKBOARD_LLM_{name}", value)
        first, again = _run(project, plan), _run(project, plan)
    prompted, labelled, measured = (first[name] for name in ("prompt", "ask", "measure"))
    assert isinstance(prompted, Prompted)
    assert isinstance(labelled, Labelled)
    assert isinstance(measured, Measured)
    assert (labelled.new, len(running.asked)) == (6, 2)  # titles are "a" or "b"
    assert labelled.cost == pytest.approx(2 * (100e-6 + 10 * 2e-6))
    assert (again["ask"].new, again["ask"].before, again["ask"].reused) == (0, 6, True)
    assert again["prompt"] == prompted
    assert not any(verdict.passed for verdict in measured.teacher.values())
    table = pq.read_table(labelled.table).to_pandas()
    assert set(table["prompt_hash"]) == {prompted.hash}
    assert not table.duplicated(["item_id", "name"]).any()

    traces = client().search_traces(locations=[client().get_run(prompted.run_id).info.experiment_id])
    assert len(traces) == 6
    info = traces[0].info
    assert info.trace_metadata["mlflow.sourceRun"] == prompted.run_id
    assert json.loads(info.trace_metadata["mlflow.trace.tokenUsage"])["total_tokens"] == 110
    assert {"category", "category agrees"} <= {assessment.name for assessment in info.assessments}
    assert "attributes" in info.tags["mlflow.linkedPrompts"]
    run = client().get_run(prompted.run_id)
    assert (run.info.status, run.data.tags["teaches"]) == ("FINISHED", "nothing")
    assert run.data.metrics["category/exact"] == measured.agreement["category"].exact.value
    for path in project.home.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("what", "split", "limit", "sentence"),
    [
        ("attribute", "test", None, "did you mean 'attributes'"),
        ("attributes", "tests", None, "did you mean 'test'"),
        ("attributes", "test", 0, "--limit is 0"),
    ],
)
def test_wrong_wishes_are_named(project: Any, what: str, split: str, limit: int | None, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        label_plan("dots", what, split, limit)


def test_a_data_set_without_judgements_has_no_grades(project: Any) -> None:
    with pytest.raises(UserError, match="has no table 'qrels'"):
        _run(project, label_plan("dots", "grades", "test", None))
