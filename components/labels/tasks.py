"""The kinds of labels that can be asked for."""

from collections.abc import Callable

from components.labels.attributes import attributes
from components.labels.captions import captions, guides
from components.labels.grades import grades
from components.labels.question import Task
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["KINDS", "task_of"]

Build = Callable[[Dataset, str, int | None], Task]
KINDS: dict[str, Build] = {"attributes": attributes, "grades": grades, "captions": captions, "guides": guides}


def task_of(what: str, dataset: Dataset, split: str, limit: int | None) -> Task:
    """The questions of one kind about a split of a data set.

    Raises:
        UserError: the data set has nothing to ask about.
    """
    task = KINDS[what](dataset, split, limit)
    if not task.questions:
        raise UserError(
            f"data set {dataset.name!r} has nothing to ask about {what} in its split {split!r}; try another"
        )
    return task
