"""The pictures of each message: what the released recommender has for a person, nothing hidden, seen or sent lately."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

import pyarrow as pa

from components.message import Message
from components.roles import Recommender
from components.volume.week import Plan
from data.errors import UserError

__all__ = ["MOST", "with_content"]

MOST = 3  # pictures of a message
ASKED = 512  # people in one call
SPARE = 20  # candidates that may take the place of those that are left out
MOST_ASKED = 1000


def with_content(
    plan: Plan,
    recommender: Recommender,
    request: type,
    left_out: Mapping[str, Collection[str]],
    gone: Collection[str] = (),
) -> Plan:
    """`plan` with at most `MOST` pictures a message, none twice in a week; a message without any is not sent.

    request: the type that the recommender takes. left_out: of each person what was hidden, seen or sent in the last
    weeks. gone: items that nobody may see.
    """
    users = plan.rows["user_id"].to_pylist()
    found = _found(Counter(users), recommender, request, left_out, frozenset(gone))
    items = [[found[user].pop(0) for _ in range(min(MOST, len(found[user])))] for user in users]
    place = plan.rows.schema.get_field_index("item_ids")
    rows = plan.rows.set_column(place, "item_ids", pa.array(items, pa.list_(pa.string())))
    empty = {user: "no picture is left for a message" for user, one in zip(users, items, strict=True) if not one}
    notes = [f"{sum(not one for one in items)} messages have no picture and are not sent"] if empty else []
    rows = rows.filter(pa.array([bool(one) for one in items], pa.bool_()))
    return replace(plan, rows=rows, refused={**plan.refused, **empty}, notes=(*plan.notes, *notes))


def _found(
    messages: Mapping[str, int],
    recommender: Recommender,
    request: type,
    left_out: Mapping[str, Collection[str]],
    gone: frozenset[str],
) -> dict[str, list[str]]:
    """Of each person, pictures for all messages, the best first."""
    users, found = list(messages), {}
    for start in range(0, len(users), ASKED):
        asked = users[start : start + ASKED]
        without = [gone.union(left_out.get(user, ())) for user in asked]
        wanted = [MOST * messages[user] for user in asked]
        requests = [
            Message(request(user_id=user, k=min(MOST_ASKED, count + SPARE + len(others))))
            for user, count, others in zip(asked, wanted, without, strict=True)
        ]
        answers = recommender.answers(requests)
        for user, count, others, answer in zip(asked, wanted, without, answers, strict=True):
            if isinstance(answer, UserError):
                raise answer
            found[user] = [one.item_id for one in answer.fields.items if one.item_id not in others][:count]
    return found
