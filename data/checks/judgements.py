"""The section of the page about judgements: how many there are, their grades, and how far raters agree."""

import pandas as pd

from data.charts import bars
from data.table import SPLITS

__all__ = ["judgement_section"]

GRADES = ("no answer", "little", "good", "exactly it")


def judgement_section(queries: pd.DataFrame, agreed: pd.DataFrame, raters: dict[str, float] | None) -> str:
    """The section, as HTML. agreed: a row for each judged pair. raters: of `data.tables.qrels.agreement`."""
    judged = agreed.groupby("query_id").size()
    parts = [
        "<h2>Judgements</h2>",
        f"<p>{len(agreed):,} judged pairs of {len(judged):,} queries; a query has {judged.min():,} to "
        f"{judged.max():,}, in the median {judged.median():,.0f}.</p>",
        "<h3>Pairs by grade, rounded</h3>",
        bars([(f"{grade} {name}", int((agreed["grade"].round() == grade).sum())) for grade, name in enumerate(GRADES)]),
    ]
    if "split" in queries:
        counts = [(name, int((queries["split"] == name).sum())) for name in SPLITS[:3]]
        parts += ["<h3>Queries by split</h3>", bars(counts)]
    said = (
        f"Of {raters['pairs']:,} pairs of grades for the same query and item {raters['exact']:.1%} are equal; weighted "
        f"kappa is {raters['kappa']:.3f}, where 1 is agreement and 0 chance."
        if raters
        else "No pair has grades of two raters, so that nothing is known of how far they agree."
    )
    return "\n".join([*parts, "<h3>Agreement of raters</h3>", f"<p>{said}</p>"])
