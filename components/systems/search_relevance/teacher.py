"""A teacher in place of people: a language model's grades, where they agree enough with people's."""

from collections.abc import Sequence
from dataclasses import replace

from components.finding.judgements import Query
from components.labels.agreement import gate_of, measured, verdict
from components.labels.grades import grades
from components.labels.store import Label
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["taught"]

HELD = "validation"  # on which agreement is judged
GRADE = "grade"


def taught(dataset: Dataset, queries: Sequence[Query]) -> list[Query]:
    """The queries with the grades of the table `labels` alone, those of its models averaged.

    Raises:
        UserError: there are no grades, or they agree less with people's than a teacher's have to.
    """
    if not dataset.rows.get("labels"):
        raise UserError(
            f"ranking.grades is teacher, and {dataset.name!r} has no table labels; label it by `corkboard label`, and "
            "add the table to a data set of the source tables"
        )
    table = dataset.table("labels").to_pandas()
    labels = [Label(**row) for row in table[table["name"] == GRADE].to_dict("records")]
    found = verdict("grades", HELD, measured(grades(dataset, HELD, None), labels), gate_of()).get(GRADE)
    if found is None or not found.passed:
        reasons = "; ".join(found.reasons) if found else f"none is of a pair that people graded in {HELD}"
        raise UserError(f"the grades in the table labels may not teach ({reasons}); take ranking.grades=people")
    given: dict[str, dict[str, list[float]]] = {}
    for label in labels:
        given.setdefault(label.query_id, {}).setdefault(label.item_id, []).append(float(label.value))
    return [
        replace(query, grades={item_id: sum(some) / len(some) for item_id, some in of.items()})
        for query in queries
        if (of := given.get(query.query_id))
    ]
