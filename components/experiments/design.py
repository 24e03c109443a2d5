"""The design of an experiment, written down before it starts."""

from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, model_validator

from components.metrics import Metric
from data.errors import UserError
from data.params import Strict

__all__ = ["BUCKETS", "Experiment", "refuse_overlap"]

BUCKETS = 1000  # of a layer
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Experiment(Strict):
    """Arms, metrics and rules of an experiment.

    layer: experiments of one layer never share a unit; those of different layers are independent of one another.
    buckets: which of the layer's 1,000 buckets take part, the second end excluded.
    arms: the designed share of each, the control first. A designed 95/5 is no sample-ratio mismatch.
    metrics: the primary one first. They are computed a row, and the rows of a unit are drawn together.
    covariates: columns known before exposure, of which a unit has one value each, that explain some of the variance.
    guardrails: metric to the relative worsening, such as 0.02, that would be too much.
    segments: columns of a unit within which effects are compared.
    looks: `planned` may be read every day of `days` and decides about the end; `always` at any time, also after it,
        with wider intervals; `once` at the end only.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    layer: str = "default"
    buckets: tuple[int, int] = (0, BUCKETS)
    arms: dict[str, Finite]
    metrics: tuple[Metric, ...] = Field(min_length=1)
    covariates: tuple[str, ...] = ()
    guardrails: dict[str, Finite] = {}
    segments: tuple[str, ...] = ()
    days: int = Field(14, gt=0)
    alpha: float = Field(0.05, gt=0, lt=0.5)
    looks: Literal["planned", "always", "once"] = "planned"

    @model_validator(mode="after")
    def _sound(self) -> "Experiment":
        if len(self.arms) < 2:
            raise ValueError("an experiment needs a control and at least one other arm")
        if min(self.arms.values()) <= 0 or abs(sum(self.arms.values()) - 1) > 1e-9:
            raise ValueError("the shares of the arms have to be above 0 and add up to 1")
        if not 0 <= self.buckets[0] < self.buckets[1] <= BUCKETS:
            raise ValueError(f"buckets have to lie within 0 and {BUCKETS}, and there has to be one")
        names = [metric.name for metric in self.metrics]
        if len(set(names)) < len(names):
            raise ValueError("two metrics have one name")
        for name, limit in self.guardrails.items():
            if name not in names:
                raise ValueError(f"the guardrail {name} is none of the metrics {', '.join(names)}")
            if limit <= 0:
                raise ValueError(f"the guardrail {name} needs a worsening above 0 that would be too much")
        return self

    @property
    def control(self) -> str:
        return next(iter(self.arms))

    def refuse_columns(self, examples: pd.DataFrame) -> None:
        """Raise `UserError` where `examples` lack a column that the analysis reads."""
        wanted = [column for metric in self.metrics for column in metric.columns()]
        missing = sorted({"unit_id", "arm", *wanted, *self.covariates, *self.segments} - set(examples.columns))
        if missing:
            raise UserError(f"{self.name} needs the columns {', '.join(missing)}, which the outcomes lack")


def refuse_overlap(new: Experiment, running: list[Experiment]) -> None:
    """Raise `UserError` if a running experiment has a bucket of the same layer."""
    for other in running:
        if other.layer == new.layer and max(new.buckets[0], other.buckets[0]) < min(new.buckets[1], other.buckets[1]):
            raise UserError(
                f"{new.name} and {other.name}, which runs, both take buckets of the layer {new.layer!r} "
                f"({new.buckets} and {other.buckets}); choose other buckets or another layer, or stop {other.name}"
            )
