"""What a run of `label` is told, and the results of its steps."""

from typing import Literal

from pydantic import Field

from components.labels.agreement import Agreement
from components.labels.tasks import KINDS
from components.lifecycle.results import Step, Verdict
from data.errors import UserError, unknown
from data.params import Strict, load
from data.table import SPLITS

__all__ = ["LabelPlan", "Labelled", "Measured", "Prompted", "Result", "label_plan"]


class LabelPlan(Strict):
    """limit: most questions; None: all of the split."""

    dataset: str
    what: str
    split: str = "validation"
    limit: int | None = Field(None, ge=1)

    @property
    def name(self) -> str:
        """By which locks, tags and artifacts are known."""
        return f"label-{self.dataset}"


class Prompted(Step):
    """The prompt as it is registered in MLflow, what it is asked of, and the run that records it."""

    prompt: str
    version: int
    hash: str
    registered: int
    model: str
    questions: int
    run_id: str


class Labelled(Step):
    """Questions that were answered now and before, and what it took.

    invalid: answers that were not in the wanted form, `why` the first was not. dropped: texts whose claims do not hold.
    """

    new: int
    before: int
    invalid: int
    dropped: int
    why: str
    prompt_tokens: int
    answer_tokens: int
    cost: float | None
    table: str
    rows: int


class Measured(Step):
    agreement: dict[str, Agreement]
    teacher: dict[str, Verdict]


class Result(Strict):
    """The result of a run; what was not reached is null. `error` is the sentence of a failed one."""

    dataset: str
    what: str
    split: str
    status: Literal["labelled", "failed"]
    prompted: Prompted | None
    labelled: Labelled | None
    agreement: dict[str, Agreement]
    teacher: dict[str, Verdict]
    seconds: dict[str, float]
    error: str | None


def label_plan(dataset: str, what: str, split: str, limit: int | None) -> LabelPlan:
    """The plan of a run.

    Raises:
        UserError: a name is unknown, or the limit is not positive.
    """
    for kind, name, known in (("data set", dataset, load().datasets), ("kind of label", what, KINDS)):
        if name not in known:
            raise unknown(kind, name, known)
    if split not in SPLITS[:3]:
        raise unknown("split", split, SPLITS[:3])
    if limit is not None and limit < 1:
        raise UserError(f"--limit is {limit}; give 1 or more, or leave it out for the whole split")
    return LabelPlan(dataset=dataset, what=what, split=split, limit=limit)
