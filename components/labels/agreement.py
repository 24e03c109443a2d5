"""How far labels agree with people's, and whether that is enough to teach a student.

Legend: N labels, R resamples.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from pydantic import Field

from components.evaluation import Figure
from components.labels.claims import claims
from components.labels.question import Task
from components.labels.store import Label
from components.lifecycle.results import Verdict
from components.metrics.bootstrap import bootstrap_means, interval
from data.params import Strict
from data.tables.qrels import weighted_kappa

__all__ = ["Agreement", "Gate", "gate_of", "measured", "verdict"]

FILE = Path(__file__).with_name("params.yaml")
MOST_VALUES = 20  # of a name that are listed
RESAMPLES = 1000


class OfValue(Strict):
    """How often people give a value, and how often the label then says the same, or is within one grade."""

    count: int
    exact: float
    within_1: float | None = None


class Agreement(Strict):
    """Agreement of one name's labels with people's.

    exact: share of equal labels; `surest`: among the half of which the model is surest. within_1, kappa: of grades.
    keywords: the longest value that the title names, else the usual one. usual: always the training split's commonest.
    """

    count: int
    exact: Figure
    surest: float | None
    within_1: Figure | None = None
    kappa: Figure | None = None
    keywords: Figure | None = None
    usual: Figure
    by_value: dict[str, OfValue]


class Gate(Strict):
    """least: labels to compare. floors: what each kind of label has to reach, by figure."""

    least: int = Field(ge=1)
    floors: dict[str, dict[str, float]]


def gate_of() -> Gate:
    return Gate.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8"))["gate"])


def measured(task: Task, labels: Sequence[Label]) -> dict[str, Agreement]:
    """The agreement by name, of the labels whose questions people have answered."""
    said = {(label.query_id, label.item_id, label.name): label for label in labels}
    rows: dict[str, list[dict[str, Any]]] = {}
    for question in task.questions:
        for name, truth in question.truth.items():
            label = said.get((question.query_id, question.item_id, name))
            if label is not None:
                title = str(question.given.get("title", ""))
                row = {"truth": truth, "label": label.value, "confidence": label.confidence, "title": title}
                rows.setdefault(name, []).append(row)
    return {name: _agreement(task, name, pd.DataFrame(found)) for name, found in rows.items()}


def _agreement(task: Task, name: str, rows: pd.DataFrame) -> Agreement:
    exact_N = (rows["label"] == rows["truth"]).to_numpy(float)
    usual_N = (rows["truth"] == task.usual.get(name)).to_numpy(float)
    of_grades: dict[str, Any] = {}
    if task.ordered:
        label_N, truth_N = rows["label"].to_numpy(float), rows["truth"].to_numpy(float)
        rows["near"] = (np.abs(label_N - truth_N) <= 1).astype(float)
        of_grades = {"within_1": _mean(rows["near"].to_numpy()), "kappa": _kappa(label_N, truth_N)}
    else:
        keywords = [_keyword(title, name, task) for title in rows["title"]]
        of_grades = {"keywords": _mean((rows["truth"] == keywords).to_numpy(float))}
    by_value = {
        str(value): OfValue(
            count=len(group),
            exact=round(float((group["label"] == value).mean()), 4),
            within_1=round(float(group["near"].mean()), 4) if task.ordered else None,
        )
        for value, group in sorted(rows.groupby("truth"), key=lambda one: (-len(one[1]), one[0]))[:MOST_VALUES]
    }
    return Agreement(
        count=len(rows),
        exact=_mean(exact_N),
        surest=_surest(exact_N, rows["confidence"]),
        usual=_mean(usual_N),
        by_value=by_value,
        **of_grades,
    )


def _keyword(title: str, name: str, task: Task) -> str | None:
    options = [str(option) for option in _options(task, name)]
    found = claims(title, {name: options})
    return found[0][1] if found else task.usual.get(name)


def _options(task: Task, name: str) -> tuple[Any, ...]:
    return tuple(getattr(task.answer.model_fields[name].annotation, "__args__", ()))


def _surest(exact_N: np.ndarray, confidence: "pd.Series[float]") -> float | None:
    if confidence.isna().any():
        return None
    surest = np.argsort(-confidence.to_numpy(float), kind="stable")[: -(-len(exact_N) // 2)]
    return round(float(exact_N[surest].mean()), 4)


def _mean(values_N: np.ndarray) -> Figure:
    low, high = interval(bootstrap_means(values_N), "agreement")
    return Figure(round(float(values_N.mean()), 4), round(low, 4), round(high, 4))


def _kappa(label_N: np.ndarray, truth_N: np.ndarray) -> Figure:
    draws_RN = np.random.default_rng(0).integers(0, len(label_N), (RESAMPLES, len(label_N)))
    low, high = np.quantile([weighted_kappa(label_N[draw_N], truth_N[draw_N]) for draw_N in draws_RN], [0.025, 0.975])
    return Figure(round(weighted_kappa(label_N, truth_N), 4), round(float(low), 4), round(float(high), 4))


def verdict(what: str, split: str, agreement: Mapping[str, Agreement], gate: Gate) -> dict[str, Verdict]:
    """Whether the labels of each name may teach a student: closed where nothing is measured, or too little.

    A label that words in the title give as well teaches nothing either. The split has to be one that gives no examples.
    """
    verdicts = {}
    floors = gate.floors.get(what, {})
    for name, found in agreement.items():
        reasons = [] if floors else [f"no floor is set for {what}"]
        if split == "train":
            reasons.append("the training split gives the examples; agreement is judged on another")
        if found.count < gate.least:
            reasons.append(f"{found.count} labels can be compared with people's, and {gate.least} are the least")
        for figure, floor in floors.items():
            value = getattr(found, figure)
            if value is None or value.value < floor:
                reasons.append(f"{figure} is {value.value if value else 'not measured'}, below the floor of {floor:g}")
        if found.keywords and found.keywords.value >= found.exact.value:
            reasons.append(
                f"words of the title agree in {found.keywords.value:g}, and the labels in {found.exact.value:g}"
            )
        verdicts[name] = Verdict(passed=not reasons, reasons=tuple(reasons) or ("agreement reaches every floor",))
    return verdicts
