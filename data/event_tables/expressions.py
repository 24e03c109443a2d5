"""The tables `users`, `events` and `items` of a log, as Ibis expressions that any engine runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.params import LogSplits
from data.sources.raw import USER_PREFIX
from data.tables.events import Windows, divide

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["clean", "events", "items", "users"]


def clean(log: "ir.Table", drop_duplicates: bool) -> "ir.Table":
    """The log with the types of the table `events`.

    drop_duplicates: of events with the same user, item, action and time only the first is kept.
    """
    import ibis

    typed = log.mutate(
        row=log.row.cast("int64"),
        user_id=log.user_id.cast("string").strip(),
        item_id=log.item_id.cast("string").strip(),
        action=log.action.cast("string"),
        surface=log.surface.cast("string").fill_null(""),
        time_s=log.time_s.cast("int64"),
        session_id=log.session_id.cast("string").nullif(""),
        position=log.position.cast("int32"),
        propensity=log.propensity.cast("float32"),
    )
    if not drop_duplicates:
        return typed
    same = ibis.window(group_by=["user_id", "item_id", "action", "time_s"], order_by="row")
    # events without a time are never duplicates: they may have happened at different times
    return typed.mutate(copy=ibis.row_number().over(same)).filter(
        lambda rows: (rows["copy"] == 0) | rows.time_s.isnull()
    )


def events(cleaned: "ir.Table", splits: LogSplits, bounds: Windows | None, columns: Sequence[str]) -> "ir.Table":
    """The table `events`, in the order of its key; `bounds` where `splits` are windows of time."""
    import ibis

    by_user = ibis.window(
        group_by="user_id", order_by=[ibis.asc("time_s", nulls_first=False), ibis.asc("row", nulls_first=False)]
    )
    placed = cleaned.mutate(place=ibis.row_number().over(by_user).cast("int32"))
    return divide(placed, splits, bounds).select(*columns).order_by("user_id", "place")


def users(built: "ir.Table", cleaned: "ir.Table", attributes: Sequence[str]) -> "ir.Table":
    """The table `users` of the events `built`, in the order of its key, with one column `user.<name>` per attribute."""
    import ibis

    by_user = built.group_by("user_id").agg(
        events=lambda table: table.count().cast("int64"),
        first_s=lambda table: table.time_s.min(),
        last_s=lambda table: table.time_s.max(),
    )
    for name in attributes:
        column = f"{USER_PREFIX}{name}"
        given = cleaned.filter(cleaned[column].notnull() & (cleaned[column] != ""))
        latest = ibis.window(
            group_by="user_id",
            order_by=[ibis.desc("time_s", nulls_first=False), ibis.desc("row", nulls_first=False)],
        )
        last = given.mutate(rank=ibis.row_number().over(latest))
        last = last.filter(last["rank"] == 0).select("user_id", column)
        by_user = by_user.left_join(last, "user_id").drop("user_id_right")
    return by_user.order_by("user_id")


def items(built: "ir.Table") -> "ir.Table":
    """Ids of all items in the events `built`, and the time of the first event of each, in the order of the ids."""
    by_item = built.group_by("item_id").agg(created_s=lambda table: table.time_s.min())
    return by_item.order_by("item_id")
