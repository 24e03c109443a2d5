"""The steps of a report with real MLflow, for the demonstration and for an experiment that was started."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.experiments.demo import DEMO, demo
from components.experiments.steps import ReportPlan, opened_store, report
from components.lifecycle.run import Journal
from components.lifecycle.tracking import client
from data.errors import UserError


def test_a_report_is_in_mlflow_and_on_a_page(project: Any, tmp_path: Path) -> None:
    journal = Journal()
    outcomes, units, end_s = demo(opened_store())
    outcomes.to_parquet(tmp_path / "outcomes.parquet")
    units.to_csv(tmp_path / "units.csv")
    files = {"outcomes": str(tmp_path / "outcomes.parquet"), "units": str(tmp_path / "units.csv")}
    with pytest.raises(UserError, match="--outcomes has to name"):
        report(ReportPlan(name=DEMO.name, now_s=end_s), journal.call)
    report(ReportPlan(name=DEMO.name, now_s=end_s, **files), journal.call)
    recorded = journal.results["record"]
    page = Path(recorded.page)
    assert page == project.home / "experiments" / DEMO.name / "report.html"
    assert "Release larger: saves is better." in page.read_text()
    run = client().get_run(recorded.run_id)
    assert run.data.metrics["saves/larger/low"] > 0
    assert {file.path for file in client().list_artifacts(recorded.run_id)} == {"report.html", "report.json"}
    assert json.loads((page.parent / "report.json").read_text()) == journal.results["analyse"].model_dump(mode="json")
