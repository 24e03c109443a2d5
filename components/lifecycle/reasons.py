"""What a run and its steps came to, each in one sentence."""

from components.evaluation import Figure
from components.lifecycle.comparison import bounds, own
from components.lifecycle.results import (
    Evaluated,
    Failure,
    Ingested,
    Packaged,
    Promoted,
    Registered,
    Smoked,
    Summary,
    Validated,
    Verdict,
)

__all__ = ["faulty_rows", "invalid", "outcome", "reason"]

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


def outcome(result: object) -> str | None:
    """What a step found, in figures, such as for its log; None if it found none."""
    match result:
        case Ingested():
            rows = ", ".join(f"{count:,} {table}" for table, count in result.rows.items())
            return f"{result.dataset}: {rows}; {result.damaged} damaged pictures"
        case Validated():
            failed = [f"{one.severity}: {one.table}: {one.message}" for one in result.failures]
            return "; ".join([f"{len(failed)} of {result.checks} checks failed", *failed])
        case Evaluated():
            return ", ".join(_measured(name, figure) for name, figure in own(result.metrics).items())
        case Verdict():
            return f"{'passed' if result.passed else 'refused'}: {'; '.join(result.reasons)}"
        case Registered() | Promoted():
            return f"version {result.version}"
        case Packaged():
            return f"{result.bento}, {result.size_mb:.1f} MB"
        case Smoked():
            return f"{result.requests - len(result.failures)} of {result.requests} golden requests answered correctly"
    said: str | None = getattr(result, "said", None)  # of a step that is not the lifecycle's
    return said


def _measured(name: str, figure: Figure) -> str:
    interval = bounds(figure)
    return f"{name} {figure.value:.4g}" + (f" [{interval}]" if interval else "")
