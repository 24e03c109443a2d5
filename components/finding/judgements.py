"""A data set as documents and judged queries.

Legend: N items.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from components.finding import MOST_LETTERS
from components.ranking.clicks import ClickRates
from components.roles import Document
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["Query", "clicks_of", "documents_of", "items_of", "queries_of"]

BATCH = 256  # documents whose pictures are in memory at once


@dataclass(frozen=True)
class Query:
    """A query with the grade of each judged item, 0 to 3. attributes: such as misspelt: yes."""

    query_id: str
    text: str
    locale: str
    split: str
    attributes: Mapping[str, str]
    grades: Mapping[str, float] = field(default_factory=dict)

    @property
    def best(self) -> float:
        return max(self.grades.values(), default=0.0)


def items_of(dataset: Dataset) -> pd.DataFrame:
    """The rows of all items, by id, with `attributes` as dictionaries."""
    items = dataset.table("items").to_pandas().sort_values("item_id", ignore_index=True)
    return items.assign(attributes=[dict(pairs) for pairs in items["attributes"]])


def documents_of(dataset: Dataset, items: pd.DataFrame, pictures: bool) -> Iterator[list[Document]]:
    """The documents of some rows of items, a batch at a time, with their pictures where these are wanted."""
    for start in range(0, len(items), BATCH):
        part = items.iloc[start : start + BATCH].to_dict("records")
        yield [_document(dataset, row, pictures) for row in part]


def _document(dataset: Dataset, row: dict, pictures: bool) -> Document:
    return Document(
        row["item_id"],
        row["title"],
        row["description"],
        row["category"],
        row["attributes"],
        None if pd.isna(row["created_s"]) else int(row["created_s"]),
        dataset.file(row["image"]).read_bytes() if pictures and isinstance(row["image"], str) else None,
    )


def queries_of(dataset: Dataset) -> list[Query]:
    """The queries by id, with their grades; none where the data set has no such tables.

    A pair has the grade that raters agreed on, or the mean of theirs. A text is cut to what can be asked.

    Raises:
        UserError: words of the data set start from an item; nothing here learns from such.
    """
    if not dataset.rows.get("queries"):
        return []
    grades: dict[str, dict[str, float]] = {}
    if dataset.rows.get("qrels"):
        judged = dataset.table("qrels").to_pandas()
        agreed = judged[judged["rater"] == ""].set_index(["query_id", "item_id"])["grade"]
        means = judged.groupby(["query_id", "item_id"])["grade"].mean()
        for (query_id, item_id), grade in agreed.combine_first(means).items():
            grades.setdefault(query_id, {})[item_id] = float(grade)
    queries = dataset.table("queries").to_pandas().sort_values("query_id")
    if queries["reference"].notna().any():
        raise UserError(
            f"queries of {dataset.name!r} start from an item (column reference), and only words alone are learned "
            "from; choose other data"
        )
    rows = queries.to_dict("records")
    return [
        Query(
            row["query_id"],
            row["text"][:MOST_LETTERS],
            row["locale"],
            row["split"],
            dict(row["attributes"]),
            grades.get(row["query_id"], {}),
        )
        for row in rows
    ]


def clicks_of(dataset: Dataset, queries: Sequence[Query]) -> ClickRates:
    """How often items are clicked where they are looked at, for the texts of all queries; none without a log."""
    if not dataset.rows.get("search_clicks"):
        return ClickRates.none()
    log = dataset.table("search_clicks").to_pandas()
    texts = {query.query_id: query.text for query in queries}
    return ClickRates.of(
        log["query_id"].map(texts).tolist(),
        log["item_id"].tolist(),
        log["place"].to_numpy(),
        log["clicked"].to_numpy(),
    )
