"""Logs of messages: a row for each person of a randomised test, as messages and the people's covariates."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.errors import UserError, quoted
from data.params import MessageLogParams
from data.single import single_file
from data.sources.catalogue.splits import hashed_split
from data.sources.event_log.columns import require
from data.sources.event_log.files import whole_table
from data.sources.event_log.ids import text_of
from data.sources.raw import Progress, Raw
from data.tables.messages import OUTCOMES
from data.tables.messages import TABLE as MESSAGES
from data.tables.users import TABLE as USERS

__all__ = ["read"]

EVERYBODY = "message"  # the arm where everybody got one


def read(params: MessageLogParams, out: Path, progress: Progress) -> Raw:
    """Read the file; a person is split by a hash of the id.

    Raises:
        UserError: the file is missing, differs or is no table, lacks a column, has a person twice, an arm that is not
            named, or an outcome that is no number.
    """
    workplace = out / ".spool"
    with single_file(params, workplace, progress) as path:
        rows, file = whole_table(path, params, workplace), path.name
    if not rows.num_rows:
        raise UserError(f"{file} has no rows; give a row for each person")
    columns: dict[str, str] = {
        name: require(column, rows.column_names, file) for name, column in params.outcomes.items()
    }
    arm = None if params.arm is None else require(params.arm, rows.column_names, file)
    people = _people(rows, params, file)
    apart = {
        *([arm] if arm else []),
        *columns.values(),
        *(require(column, rows.column_names, file) for column in params.leave_out),
    }
    if params.user is not None:
        apart.add(str(params.user))
    if arm is None:
        arms, shares = pd.Series([EVERYBODY] * rows.num_rows, dtype=object), {EVERYBODY: 1.0}
    else:
        arms = _arms(rows.column(arm), params, file)
        shares = params.shares or dict.fromkeys(params.arms.values(), 1 / len(set(params.arms.values())))
    messages = pd.DataFrame(
        {
            "message_id": "message-" + people,
            "user_id": people,
            "channel": params.channel,
            "arm": arms,
            "propensity": arms.map(shares),
            "sent_s": pd.array([None] * len(arms), "Int64"),
            "split": [hashed_split(one, params.splits) for one in people],
        }
    )
    for name, kind in OUTCOMES.items():
        nothing = pd.Series([None] * len(arms), dtype=object)
        given = columns.get(name)
        values = nothing if given is None else _numbers(rows.column(given), given, params.positive, file)
        messages = messages.assign(**{name: values}).astype({name: kind})
    covariates = {name: text_of(rows.column(name)).to_pylist() for name in rows.column_names if name not in apart}
    known = [
        [(name, value) for name, value in zip(covariates, values, strict=True) if value]
        for values in (zip(*covariates.values(), strict=True) if covariates else [()] * len(people))
    ]
    users = pd.DataFrame({"user_id": people, "events": 0, "first_s": None, "last_s": None})
    users["attributes"] = pd.Series(known, users.index, dtype=object)
    return Raw(tables={MESSAGES.name: messages, USERS.name: users}, simulated=False, report={"people": len(people)})


def _people(rows: pa.Table, params: MessageLogParams, file: str) -> pd.Series:
    if params.user is None:
        return pd.Series([f"person-{number:07d}" for number in range(rows.num_rows)], dtype=object)
    column = require(params.user, rows.column_names, file)
    people = text_of(rows.column(column)).to_pandas().astype(object)
    if people.isna().any() or (people == "").any():
        raise UserError(f"{file} has rows without {params.called(column)}, which tells people apart; give it to them")
    twice = people[people.duplicated()]
    if len(twice):
        raise UserError(f"{file} has {quoted(twice.iloc[0])} {len(twice)} times more; give one row a person")
    return people


def _arms(column: pa.ChunkedArray, params: MessageLogParams, file: str) -> pd.Series:
    given = text_of(column).to_pandas().astype(object)
    arms = given.map(params.arms)
    if arms.isna().any():
        strange = given[arms.isna()].iloc[0]
        raise UserError(f"{file} has the arm {quoted(strange)}, which params.yaml does not name; add it to `arms`")
    return arms


def _numbers(column: pa.ChunkedArray, name: str, positive: str | None, file: str) -> pd.Series:
    if positive is not None:
        return text_of(column).to_pandas() == positive
    try:
        return pd.to_numeric(column.to_pandas())
    except (ValueError, TypeError):
        raise UserError(f"{file}: {name} is an outcome, and not always a number; correct it, or leave it out") from None
