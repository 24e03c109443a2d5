"""Which column of a file means what: as `params.yaml` says, otherwise by the usual names."""

from collections.abc import Iterable, Mapping

from data.errors import UserError

__all__ = ["USUAL_EVENT", "USUAL_ITEM", "find_columns", "require"]

USUAL_EVENT = {
    "user": ("user", "user_id", "userid", "visitorid", "visitor_id", "person_id", "personid", "customer_id"),
    "item": (
        "item",
        "item_id",
        "itemid",
        "product_id",
        "productid",
        "content_id",
        "contentid",
        "movieid",
        "article_id",
    ),
    "action": ("action", "event", "event_type", "eventtype", "action_type", "interaction"),
    "time": ("time", "time_s", "timestamp", "event_time", "datetime", "date", "ts", "created_at"),
    "session": ("session", "session_id", "sessionid"),
    "surface": ("surface", "page"),
    "position": ("position", "rank"),
    "propensity": ("propensity",),
}
USUAL_ITEM = {
    "item": USUAL_EVENT["item"] + ("id",),
    "title": ("title", "name"),
    "category": ("category",),
    "created": ("created", "created_s", "created_at", "published_at", "timestamp"),
}


def find_columns(
    given: Mapping[str, str | None],
    usual: Mapping[str, tuple[str, ...]],
    needed: Iterable[str],
    found: list[str],
    file: str,
) -> dict[str, str]:
    """The file's column of each meaning, without those that are nowhere.

    Raises:
        UserError: a column that is named or needed is missing, or there are several candidates.
    """
    chosen = {}
    for meaning, name in given.items():
        if name is not None:
            chosen[meaning] = require(name, found, file)
            continue
        candidates = [column for column in found if column.strip().lower() in usual[meaning]]
        if len(candidates) > 1:
            raise UserError(
                f"{file} has several columns that could be the {meaning}: {', '.join(candidates)}; name one as "
                f"`columns: {{{meaning}: {candidates[0]}}}` in params.yaml"
            )
        if candidates:
            chosen[meaning] = candidates[0]
        elif meaning in needed:
            missing = f"{file} has no column that is plainly the {meaning}"
            if len(found) == 1:
                raise UserError(
                    f"{missing}, but one called {found[0]!r}; say by `delimiter` what separates its columns"
                )
            raise UserError(
                f"{missing}; its columns are {', '.join(found)}; name it as `columns: {{{meaning}: …}}` in params.yaml"
            )
    return chosen


def require(name: str, found: list[str], file: str) -> str:
    """`name`, if it is among the columns `found`."""
    if name not in found:
        raise UserError(f"{file} has no column {name!r}, which params.yaml names; its columns are {', '.join(found)}")
    return name
