"""How well an item answers a query, 0 to 3; people's grades are the table `qrels`."""

import pandas as pd

from components.labels.attributes import Row, items_of, words_of
from components.labels.question import Question, Task, choose, form, spread
from components.language.prompt import load_prompt
from data.dataset import Dataset
from data.tables.qrels import AGREED, MOST_GRADE

__all__ = ["grades"]

GRADES = tuple(range(int(MOST_GRADE) + 1))


def grades(dataset: Dataset, split: str, limit: int | None) -> Task:
    """Questions about the judged pairs of a split of queries.

    Raises:
        UserError: the data set has no queries or judgements.
    """
    prompt = load_prompt("grades")
    pairs = _pairs(dataset)
    asked = choose(pairs[pairs["split"] == split], ["query_id", "item_id"], limit)
    train = choose(pairs[pairs["split"] == "train"], ["query_id", "item_id"], None)
    groups = [train[train["grade"] == grade].head(prompt.examples).to_dict("records") for grade in reversed(GRADES)]
    return Task(
        prompt=prompt,
        answer=form("grades", {"grade": GRADES}),
        questions=[
            Question(row["query_id"], row["item_id"], _given(row), {"grade": str(row["grade"])})
            for row in asked.to_dict("records")
        ],
        examples=[(_given(row), {"grade": row["grade"]}) for row in spread(groups, prompt.examples)],
        usual={"grade": str(train["grade"].mode()[0])},
        ordered=True,
    )


def _pairs(dataset: Dataset) -> pd.DataFrame:
    """The judged pairs with their words and the grade that raters agreed on, rounded."""
    qrels = dataset.table("qrels").to_pandas()
    agreed = qrels[qrels["rater"] == AGREED].drop(columns="rater")
    agreed["grade"] = agreed["grade"].round().astype(int)
    queries = dataset.table("queries").to_pandas()[["query_id", "text", "split"]]
    items = items_of(dataset).drop(columns=["split", "attributes"])
    return agreed.merge(queries, on="query_id").merge(items, on="item_id")


def _given(row: Row) -> dict[str, str]:
    return {"query": row["text"], **words_of(row)}
