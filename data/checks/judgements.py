"""The section of the page about judgements: how many there are, their grades, and how far raters agree."""

import pandas as pd

from data.charts import bars

__all__ = ["judgement_section"]

GRADES = ("no answer", "little", "good", "exactly it")


def judgement_section(queries: pd.DataFrame, agreed: pd.DataFrame, raters: dict[str, float] | None) -> str:
    """The section, as HTML. agreed: a row for each judged pair. raters: of `data.tables.qrels.agreement`."""
    judged = agreed.groupby("query_id").size()
    parts = [
        "<h2>Judgements</h2>",
        f"<p>{len(agreed):,} judged pairs of {len(judged):,} queries, {judged.median():,.0f} of a query in the middle, "
        f"{judged.min():,} to {judged.max():,}.</p>",
        "<h3>Pairs by grade, rounded</h3>",
        bars([(f"{grade} {name}", int((agreed["grade"].round() == grade).sum())) for grade, name in enumerate(GRADES)]),
    ]
    if "split" in queries:
        splits = queries["split"].value_counts()
        parts += ["<h3>Queries by split</h3>", bars([(str(name), int(count)) for name, count in splits.items()])]
    said = (
        f"Of {raters['pairs']:,} pairs of grades for the same query and item {raters['exact']:.1%} are equal; weighted "
        f"kappa is {raters['kappa']:.3f}, where 1 is agreement and 0 chance."
        if raters
        else "No pair has grades of two raters, so that nothing is known of how far they agree."
    )
    return "\n".join([*parts, "<h3>Agreement of raters</h3>", f"<p>{said}</p>"])
