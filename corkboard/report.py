"""The summary of a run for people: figures, verdict, results, and where to look."""

import sys

from components.lifecycle.comparison import bounds, comparison, own
from components.lifecycle.reasons import reason
from components.lifecycle.results import Summary
from corkboard.live import duration
from corkboard.output import Answer

__all__ = ["report"]

HEADS = {
    "released": "released version {version} of {system}, trained on {dataset}",
    "refused": "the gate refused this candidate of {system}; what served before still serves",
    "invalid": "the data is not valid; nothing was trained",
    "failed": "the run failed",
}


def report(summary: Summary, answer: Answer, pages: str | None) -> None:
    """Print the summary on stdout, and on stderr the sentence of a run that failed.

    pages: address of the MLflow server that shows the run, if one runs.
    """
    if summary.status in ("invalid", "failed"):
        print(f"corkboard: {reason(summary)}", file=sys.stderr)  # noqa: T201
    if summary.metrics:
        rows = [(name, f"{figure.value:.4g}", bounds(figure)) for name, figure in own(summary.metrics).items()]
        answer.table(("metric", "value", "95 % interval"), rows)
        columns, beside_baselines = comparison(summary.metrics)
        if beside_baselines:
            answer.table(columns, beside_baselines)
    for note in summary.notes:
        answer.text(f"note     {note}")
    if summary.verdict:
        answer.text(f"verdict  {'passed' if summary.verdict.passed else 'refused'}")
        for sentence in summary.verdict.reasons:
            answer.text(f"         {sentence}")
    answer.text(HEADS[summary.status].format(**summary.model_dump()))
    for name, value in _facts(summary, pages).items():
        answer.text(f"{name:<9}{value}")


def _facts(summary: Summary, pages: str | None) -> dict[str, str]:
    facts = {
        "time": f"{duration(sum(summary.seconds.values()))}, at most {summary.peak_memory_mb / 1000:.1f} GB of memory",
    }
    if summary.reused:
        facts["reused"] = ", ".join(summary.reused)
    if summary.bento:
        facts["bento"] = summary.bento
    if summary.docs:
        facts["docs"] = f"{summary.docs} (what was checked in the data)"
    if summary.run_id:
        facts["mlflow"] = f"run {summary.run_id} at {pages or 'http://127.0.0.1:5000, after `corkboard up`'}"
    if summary.status == "released":
        facts["serve"] = f"corkboard serve {summary.system}"
    return facts
