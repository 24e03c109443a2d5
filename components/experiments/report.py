"""What is known of an experiment on a day, as plain data."""

import math
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer

from data.params import Strict

__all__ = ["Comparison", "Look", "Report", "Segment", "Verdict", "interval_text"]

Verdict = Literal["better", "worse", "open"]
# ends of an interval, infinite while nothing may be told; JSON, which knows no infinity, has null instead
_NULL = PlainSerializer(lambda end: end if math.isfinite(end) else None, when_used="json")
Low = Annotated[float, BeforeValidator(lambda end: -math.inf if end is None else end), _NULL]
High = Annotated[float, BeforeValidator(lambda end: math.inf if end is None else end), _NULL]


class Look(Strict):
    """The relative effect by the end of a day, with the interval that holds at every look."""

    day: int
    units: int
    relative: float
    low: Low
    high: High


class Comparison(Strict):
    """An arm beside the control in one metric; changes are shares of the control, intervals hold at every look.

    raw_low, raw_high: without covariates. saved: the share of the variance that they explain. p: of all looks together.
    q: the same among all comparisons (Benjamini-Hochberg). guardrail: whether the worsening that would be too much is
    excluded (`held`), certain (`broken`) or neither (`open`).
    """

    metric: str
    arm: str
    primary: bool
    control_value: float
    arm_value: float
    relative: float
    low: Low
    high: High
    raw_low: Low
    raw_high: High
    saved: float
    p: float
    q: float
    verdict: Verdict
    guardrail: Literal["held", "broken", "open"] | None
    looks: list[Look]


class Segment(Strict):
    """The primary metric's effect within a segment. `shrunk` is what is left once noise is taken out of it."""

    column: str
    value: str
    arm: str
    units: int
    relative: float
    low: Low
    high: High
    shrunk: float
    differs_q: float


class Report(Strict):
    """An experiment by the end of `day` of `days`. `ratio_p`: of the sample-ratio check."""

    name: str
    day: int
    days: int
    alpha: float
    units: dict[str, int]
    shares: dict[str, float]
    ratio_p: float
    comparisons: list[Comparison]
    segments: list[Segment]
    notes: list[str]
    decision: str


def interval_text(low: float, high: float) -> str:
    """For people."""
    return f"{low:+.2%} to {high:+.2%}" if math.isfinite(high - low) else "none before the planned end"
