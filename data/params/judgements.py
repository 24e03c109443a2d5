"""Parameters of judgements: how well items answer queries, as raters said, and files of these queries."""

from typing import Literal

from pydantic import Field, model_validator

from data.params.strict import Strict
from data.params.text import Column, Key, TextTable, check_columns, columns_of

__all__ = ["JudgementColumns", "JudgementsFile", "QueriesFile", "QueryColumns"]


class JudgementColumns(Strict):
    """The file's columns; where they have names, one that is left out is looked for under its usual ones."""

    query: Key | None = Field(None, description="the query's text, or its id where there is a file of queries")
    item: Key | None = None
    grade: Column | None = Field(None, description="what raters agreed on, or the grade of the row's rater")
    rater: Column | None = Field(None, description="who gave the grade of the row")


class JudgementsFile(TextTable):
    """Judgements as CSV, Parquet or JSON lines, a row for each query and item, or for each of their raters.

    Grades are mapped to 0 to 3 in a straight line. Where raters agreed on none, the mean of theirs is what they agree
    on.
    """

    columns: JudgementColumns = JudgementColumns()
    raters: tuple[Column, ...] = Field((), description="columns with the grades of one rater each")
    scale: tuple[float, float] = Field((0.0, 3.0), description="the file's grades of no answer, and of exactly it")
    duplicates: Literal["keep", "mean"] = Field(
        "keep", description="grades of a rater for the same pair: kept for validation to name, or their mean taken"
    )
    grade: float | None = Field(None, ge=0, le=3, description="of every row, in a file that names only answers")

    @model_validator(mode="after")
    def _graded_once(self) -> "JudgementsFile":
        low, high = self.scale
        if not low < high:
            raise ValueError(f"scale goes from {low:g} to {high:g}; give the lowest grade first")
        if self.grade is not None and (self.columns.grade is not None or self.columns.rater or self.raters):
            raise ValueError("grade is for a file without grades; leave it out, or the columns of grades and raters")
        if self.raters and self.columns.rater is not None:
            raise ValueError("raters are columns of a row, and columns.rater says that a row is of one; give either")
        named = columns_of([("raters", self.raters)], "judgements")
        check_columns(self.header, named | columns_of(self.columns), ("columns.query", "columns.item"))
        return self


class QueryColumns(Strict):
    """The file's columns; where they have names, one that is left out is looked for under its usual ones."""

    query: Key | None = Field(None, description="the query's id, as the judgements have it")
    text: Column | None = None
    locale: Column | None = None
    split: Column | None = None


class QueriesFile(TextTable):
    """Queries as CSV, Parquet or JSON lines, one row per query, those of all judgements among them."""

    columns: QueryColumns = QueryColumns()
    attributes: dict[str, Column] = Field(default_factory=dict, description="name to column")

    @model_validator(mode="after")
    def _columns_fit(self) -> "QueriesFile":
        named = columns_of(self.attributes.items(), "attributes") | columns_of(self.columns)
        check_columns(self.header, named, ("columns.query", "columns.text"))
        return self
