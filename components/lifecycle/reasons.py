"""The reason why a run ended as it did, in one sentence."""

from components.lifecycle.results import Failure, Summary, Validated

__all__ = ["faulty_rows", "invalid", "reason"]

ROWS_SHOWN = 1  # rows in the sentence; the report has all


def reason(summary: Summary) -> str:
    """The most important reason, such as for the state of a Prefect run."""
    if summary.error:
        return summary.error
    if summary.verdict is not None and summary.verdict.reasons:
        return summary.verdict.reasons[0]
    return summary.status


def invalid(dataset: str, validated: Validated) -> str:
    """The error for invalid data: the first critical failure with its rows, and the number of others."""
    critical = [failure for failure in validated.failures if failure.severity == "critical"]
    first, more = critical[0], len(critical) - 1
    rest = f"; {more} more critical failures" if more > 1 else "; one more critical failure" if more else ""
    sentence = f"data set {dataset!r} is not valid: {_sentence(first)}{rest}"
    return f"{sentence}; mend the rows and run again (report: {validated.docs})"


def _sentence(failure: Failure) -> str:
    rows = faulty_rows(failure, ROWS_SHOWN)
    return f"{failure.table}: {failure.message}" + (f" ({rows})" if rows else "")


def faulty_rows(failure: Failure, most: int) -> str:
    """`item_id=7 image=a.jpg; …`, at most `most` rows of them."""
    shown = ["; ".join(" ".join(f"{key}={value}" for key, value in row.items()) for row in failure.rows[:most])]
    left = failure.count - min(most, len(failure.rows))
    return "".join(shown) + (f" and {left} more" if shown[0] and left > 0 else "")
