"""Expectations with a name, a severity and a message, as the suites declare them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from data.checks.quietly import great_expectations

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

__all__ = ["Severity", "between", "in_set", "never", "not_null", "unique", "with_values"]

Severity = Literal["critical", "warning", "info"]


def _made(kind: str, check: str, message: str, severity: Severity, **arguments: Any) -> "Expectation":
    made: Expectation = getattr(great_expectations().expectations, kind)(
        severity=severity, meta={"check": check}, notes=message, description=message, **arguments
    )
    return made


def never(column: str, check: str, message: str, severity: Severity = "critical") -> "Expectation":
    """The column has to be null in every row: its text says what is wrong with a row."""
    return _made("ExpectColumnValuesToBeNull", check, message, severity, column=column)


def not_null(column: str) -> "Expectation":
    return _made(
        "ExpectColumnValuesToNotBeNull", f"{column} is given", f"every row needs a {column}", "critical", column=column
    )


def unique(column: str) -> "Expectation":
    check, message = "key is unique", f"{column} is the key: no two rows may have the same"
    return _made("ExpectColumnValuesToBeUnique", check, message, "critical", column=column)


def in_set(
    column: str, values: Iterable[str], check: str, message: str, severity: Severity = "critical"
) -> "Expectation":
    return _made("ExpectColumnValuesToBeInSet", check, message, severity, column=column, value_set=list(values))


def between(
    column: str, low: float | None, high: float | None, check: str, message: str, severity: Severity
) -> "Expectation":
    return _made(
        "ExpectColumnValuesToBeBetween", check, message, severity, column=column, min_value=low, max_value=high
    )


def with_values(column: str, values: Iterable[str], check: str, message: str) -> "Expectation":
    """Every one of `values` occurs in the column."""
    return _made(
        "ExpectColumnDistinctValuesToContainSet", check, message, "critical", column=column, value_set=list(values)
    )
