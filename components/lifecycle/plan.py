"""The plan of a run: names and configuration, all checked before anything starts."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from components.settings import system_names, system_settings
from components.system import load_system
from data.errors import UserError, unknown
from data.params import Strict, explain, load

__all__ = ["MEASURED", "GapLimit", "GatePolicy", "Plan", "baselines_of", "make_plan", "merged", "split_of", "trained"]

MEASURED = ("split", "evaluation")  # the parts of a configuration that `evaluate` reads, and `fit` does not


class GapLimit(Strict):
    """How far a metric may lie apart between sensitive slices, as fairlearn counts it: between the outermost two."""

    slices: tuple[str, ...] = Field(min_length=1, description="columns of the examples; several are crossed")
    metric: str
    difference: float | None = Field(None, ge=0, description="most of the largest less the least")
    ratio: float | None = Field(None, ge=0, le=1, description="least of the least over the largest")

    @model_validator(mode="after")
    def _limited(self) -> "GapLimit":
        if self.difference is None and self.ratio is None:
            raise ValueError(f"the gap of {self.metric} needs a limit: a difference, a ratio, or both")
        return self

    @property
    def name(self) -> str:
        """`other_accuracy by about and term`."""
        return f"{self.metric} by {' and '.join(self.slices)}"


class GatePolicy(Strict):
    """What a candidate has to reach. Closed by default: no value here lets everything pass."""

    primary: str = Field(description="the metric on which a candidate has to beat the champion")
    floors: dict[str, float] = Field(
        default_factory=dict, description="metric of which higher is better: least value of its point estimate"
    )
    beats: tuple[str, ...] = Field(
        (), description="baselines: the primary metric has to be better than its `PRIMARY.BASELINE`, in pairs"
    )
    matches: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="baselines, to how much worse than theirs the primary metric may be, in pairs"
    )
    ceilings: dict[str, float] = Field(
        default_factory=dict, description="metric of which lower is better: most, such as latency_p99_ms, size_mb"
    )
    slice_limit: float = Field(
        description="worst value of the primary metric in any slice large enough: the least, or where lower is "
        "better the most"
    )
    slice_drop: float = Field(gt=0, description="most that a slice may lose against the champion, intervals considered")
    slice_size: int = Field(20, gt=0, description="examples that a slice needs to be judged; smaller ones are pooled")
    override: str = Field("", description="why data is served whose terms are for research alone, as a person says it")
    gaps: tuple[GapLimit, ...] = Field((), description="how far metrics may lie apart between sensitive slices")

    @field_validator("floors", "ceilings", mode="before")
    @classmethod
    def _without_null(cls, given: Any) -> Any:
        """A data set takes a limit of the general settings away by null: it is not measured there."""
        return {name: limit for name, limit in given.items() if limit is not None} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _closed(self) -> "GatePolicy":
        if self.primary not in {*self.floors, *self.ceilings}:
            raise ValueError(f"the primary metric {self.primary} needs a floor, or a ceiling where lower is better")
        return self


class Plan(Strict):
    """One run of the lifecycle, fully resolved."""

    system: str
    dataset: str
    config: dict[str, Any]
    gate: GatePolicy


def split_of(plan: Plan) -> str:
    """The split that evaluations of `plan` measure: the configuration's `split`, or test where it has none."""
    return str(plan.config.get("split", "test"))


def trained(config: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a configuration that decide the bundle: all but those of the evaluation."""
    return {name: value for name, value in config.items() if name not in MEASURED}


def baselines_of(system: str) -> tuple[str, ...]:
    """All baselines that `system` can be measured beside: the choices of its setting `evaluation.baselines`.

    Raises:
        UserError: an unknown system, or one that is measured without baselines.
    """
    if system not in system_names():
        raise unknown("system", system, system_names())
    evaluation = load_system(system).Config.model_fields.get("evaluation")
    setting = evaluation and evaluation.annotation and evaluation.annotation.model_fields.get("baselines")
    if not setting:
        raise UserError(f"{system} is measured beside no baselines; leave out --baselines")
    return get_args(get_args(setting.annotation)[0])  # the literals of a tuple


def merged(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `over` laid on top, sections merged key by key."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return result


def _parsed(key: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise UserError(f"the value of {key} is {text!r}, which is not YAML; close its brackets and quotes") from None


def make_plan(system: str, dataset: str | None = None, overrides: Mapping[str, Any] | None = None) -> Plan:
    """Resolve a run from the settings of `system` and from `overrides`.

    overrides: such as `{"training.epochs": 3}`; `gate.` reaches the gate's policy, and `variant` names changes that the
        settings hold, which come before the others.

    Raises:
        UserError: an unknown system, data set, variant or key, or a value out of bounds.
    """
    entry = system_settings(system)
    dataset = dataset or entry.dataset
    known = load().datasets
    if dataset not in known:
        raise unknown("data set", dataset, known)
    layered = merged({**entry.config, "gate": entry.gate}, entry.by_dataset.get(dataset, {}))
    overrides = dict(overrides or {})
    if "variant" in overrides:
        variant = str(overrides.pop("variant"))
        if variant not in entry.variants:
            raise unknown(f"variant of {system}", variant, entry.variants)
        layered = merged(layered, entry.variants[variant])
    for key, value in overrides.items():
        section: Any = _parsed(key, value) if isinstance(value, str) else value
        for part in reversed(key.split(".")):
            section = {part: section}
        layered = merged(layered, section)
    gate = layered.pop("gate")
    try:
        config = load_system(system).Config.model_validate(layered)
        policy = GatePolicy.model_validate(gate)
    except ValidationError as error:
        raise UserError(f"{system}: {explain(error)}") from None
    return Plan(system=system, dataset=dataset, config=config.model_dump(mode="json"), gate=policy)
