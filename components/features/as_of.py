"""The same counts from tables: each question reads the events that counted by its time, on DuckDB or Spark.

An as-of join as one window: events and questions are sorted together by the time from which each event counts, and
summed up to each question. The sums are of forward decay (Cormode et al., ICDE 2009): an event adds
outcome * 2 ^ ((its time - origin) / half-life), and a question multiplies by 2 ^ ((origin - its time) / half-life).
Origins lie `SPAN` half-lives apart and each sum holds the events of two spans, so that none overflows, however long
the log; what is older than a span is below 1e-150 and counts 0. Sums are in another order than those of `Counters`:
equal to 1e-9, not in every bit.

Legend: N questions, E entities, H half-lives, O outcomes.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from components.features.counters import HOUR_MS, Definition
from data.engine import Tables
from data.errors import UserError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["as_of", "counts_of"]

SPAN = 500  # half-lives
ROW, CAME_MS, TIME_MS, AT, BLOCK = "row", "came_ms", "time_ms", "at_ms", "block"


def as_of(tables: Tables, events: "ir.Table", questions: "ir.Table", definition: Definition) -> list["ir.Table"]:
    """Of each entity one table a half-life: `row`, the question, and what is counted, a column an outcome.

    events: each once, with `time_ms`, `came_ms`, the keys and the outcomes. One counts from `delay_s` after it
    happened, or from when it came if that is later. questions: `row` (its number), `time_ms` and the keys.

    Raises:
        UserError: a column is missing, or a time is no whole number.
    """
    import ibis

    keys = {name for names in definition.entities for name in names}
    _require(events, "the events", {TIME_MS, CAME_MS}, keys | set(definition.outcomes))
    _require(questions, "the questions", {ROW, TIME_MS}, keys)
    first_ms, last_ms = (
        tables.first(table.agg(ms=extent(table[TIME_MS])))["ms"] or 0
        for table, extent in ((events, lambda times: times.min()), (questions, lambda times: times.max()))
    )
    due_ms = ibis.greatest(events[CAME_MS], events[TIME_MS] + int(definition.delay_s * 1000))
    due = events.mutate(**{AT: due_ms, ROW: ibis.null("int64")})
    asked = questions.mutate(**{AT: questions[TIME_MS]}, **dict.fromkeys(definition.outcomes, ibis.literal(0.0)))
    found = []
    for names in definition.entities:
        columns = [ROW, AT, TIME_MS, *names, *definition.outcomes]
        for hours in definition.half_lives_h:
            half_ms = hours * HOUR_MS
            span_ms = int(SPAN * half_ms)
            of_due, of_asked = (
                rows.select(*columns).mutate(**{BLOCK: (rows[AT] - first_ms) // span_ms}) for rows in (due, asked)
            )
            earlier = of_due.filter(of_due[BLOCK] < (last_ms - first_ms) // span_ms)
            both = of_due.union(earlier.mutate(**{BLOCK: earlier[BLOCK] + 1}), of_asked)
            age = (both[TIME_MS] - first_ms - both[BLOCK] * span_ms) / half_ms  # in half-lives since the origin
            window = ibis.window(range=(None, 0), group_by=[BLOCK, *names], order_by=AT)
            sums = {name: (both[name] * _power(age)).sum().over(window) for name in definition.outcomes}
            summed = both.select(ROW, age=age, **sums).filter(lambda rows: rows[ROW].notnull())
            faded = {name: summed[name] * _power(-summed["age"]) for name in definition.outcomes}
            found.append(summed.select(ROW, **faded))
    return found


def counts_of(tables: Tables, found: list["ir.Table"], definition: Definition, count: int) -> NDArray[np.float64]:
    """What `as_of` found of questions 0 to `count` - 1, as `Counters.read` would give it (N, E, H, O)."""
    shape = (count, len(definition.entities), len(definition.half_lives_h), len(definition.outcomes))
    count_NEHO = np.zeros(shape)
    for place, one in enumerate(found):
        entity, half = divmod(place, len(definition.half_lives_h))
        for batch in tables.stream(one):
            counts = [batch.column(name).to_numpy() for name in definition.outcomes]
            count_NEHO[batch.column(ROW).to_numpy(), entity, half] = np.stack(counts, axis=1)
    return count_NEHO


def _power(exponent: "ir.NumericValue") -> "ir.NumericValue":
    import ibis

    return ibis.literal(2.0) ** exponent


def _require(table: "ir.Table", what: str, times: set[str], others: set[str]) -> None:
    missing = sorted((times | others) - set(table.columns))
    if missing:
        raise UserError(f"{what} have no column {missing[0]!r}, only {', '.join(table.columns)}; add it")
    for name in sorted(times):
        if not table[name].type().is_integer():
            raise UserError(f"{name} of {what} is of type {table[name].type()}; give whole numbers")
