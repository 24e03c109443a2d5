"""The meaning of the columns of a file: by `params.yaml`, name or position, otherwise by the usual names."""

from collections.abc import Iterable, Mapping

from data.errors import UserError, short
from data.params import Column

__all__ = ["USUAL_EVENT", "USUAL_ITEM", "find_columns", "require"]

MOST_SHOWN = 300  # characters
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
USUAL_JUDGEMENT = {
    "query": ("query", "query_id", "search_term"),
    "item": USUAL_EVENT["item"] + ("id", "docid", "doc_id"),
    "grade": ("grade", "rating", "relevance", "label"),
    "rater": ("rater", "rater_id"),
}
USUAL_QUERY = {
    "query": ("query_id", "id"),
    "text": ("text", "query"),
    "locale": ("locale", "language", "lang"),
    "split": ("split",),
}
USUAL_ITEM = {
    "item": USUAL_EVENT["item"] + ("id",),
    "title": ("title", "name"),
    "description": ("description", "product_description", "short_description"),
    "category": ("category",),
    "picture": ("picture", "image", "file_name"),
    "split": ("split",),
    "created": ("created", "created_s", "created_at", "published_at", "timestamp"),
}


def find_columns(
    given: Mapping[str, Column | None],
    usual: Mapping[str, tuple[str, ...]],
    needed: Iterable[str],
    names: list[str],
    file: str,
) -> dict[str, str]:
    """The file's column for each meaning; meanings without a column are left out.

    Raises:
        UserError: a column that is named or needed is missing, or there are several candidates.
    """
    chosen = {}
    for meaning, column in given.items():
        if column is not None:
            chosen[meaning] = require(column, names, file)
            continue
        candidates = [name for name in names if name.strip().lower() in usual[meaning]]
        if len(candidates) > 1:
            raise UserError(
                f"{file} has several columns that could be the {meaning}: {_shown(candidates)}; name one as "
                f"`columns: {{{meaning}: {candidates[0]}}}` in params.yaml"
            )
        if candidates:
            chosen[meaning] = candidates[0]
        elif meaning in needed:
            missing = f"{file} has no column that is plainly the {meaning}"
            if len(names) == 1:
                raise UserError(
                    f"{missing}, but one called {short(names[0])!r}; set `delimiter` to what separates its columns"
                )
            raise UserError(
                f"{missing}; its columns are {_shown(names)}; name it as `columns: {{{meaning}: …}}` in params.yaml, "
                f"or set `header: false` where the first line is a row"
            )
    return chosen


def require(column: Column, names: list[str], file: str) -> str:
    """The name of `column` if `names` holds it; where a file has no names, a position is a name."""
    name = str(column)
    if name in names:
        return name
    if isinstance(column, int):
        raise UserError(f"{file} has {len(names)} columns, and params.yaml names column {column}; correct one of them")
    raise UserError(f"{file} has no column {name!r}, which params.yaml names; its columns are {_shown(names)}")


def _shown(names: list[str]) -> str:
    """The names as one short line; they may be a long row or bytes rather than names."""
    return short(", ".join(names), MOST_SHOWN)
