"""The week of messages from the champion of role `notify`: plan it, let it wait in the outbox, send what is due."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from pydantic import Field, TypeAdapter, ValidationError

from components.lifecycle.bundles import bundle_of
from components.lifecycle.call import Call
from components.lifecycle.command import answer
from components.lifecycle.inputs import inputs_of
from components.lifecycle.registry import champion_of, history
from components.lifecycle.results import Release
from components.notices import Notice, Person, week_of
from components.roles import NOTIFY, RECOMMEND, Role
from components.settings import system_names, system_settings
from components.system import load_system
from components.volume.content import with_content
from components.volume.people import PEOPLE
from components.volume.week import SLOTS, Plan, Terms, monday
from data.errors import UserError
from data.files import write_text
from data.params import Strict, explain
from data.project import home
from data.versioned import current

__all__ = ["Planned", "Sent", "WeekPlan", "Weekly", "deliver", "notify", "week_plan"]

COMMAND = (sys.executable, "-m", "serving.messaging")
SHOWN = 10  # rows of an answer
PERSONS = TypeAdapter(list[Person])
NOTICES = TypeAdapter(list[Notice])


class WeekPlan(Strict):
    """What a week may cost. In a dry run nothing waits and nothing is sent."""

    week: str | None = Field(
        None, pattern=r"^\d{4}-W\d{2}$", description="of ISO 8601; empty: that which begins next, or today"
    )
    volume: int = Field(1000, ge=0, description="messages to everybody together")
    cap: int = Field(3, ge=1, le=7, description="most messages to a person, one a day")
    per_second: float = Field(10.0, gt=0, description="most messages that are handed over")
    dry_run: bool = True


class Planned(Strict):
    """The plan of a week. by_day, by_channel, by_arm: messages. file: all of them. refused: people, by why."""

    system: str
    version: int
    week: str
    people: int
    messages: int
    price: float
    value: float
    by_day: dict[str, int]
    by_channel: dict[str, int]
    by_arm: dict[str, int]
    refused: dict[str, int]
    notes: tuple[str, ...]
    first: tuple[Notice, ...]
    file: str


class Sent(Strict):
    """What became of what was due, by state; channels whose server was away, and why."""

    counts: dict[str, int]
    away: dict[str, str]


class Weekly(Strict):
    """new: messages that wait since now; a plan made again adds none."""

    dry_run: bool
    volume: int
    planned: Planned
    new: int = 0
    sent: Sent | None = None


def week_plan(**given: Any) -> WeekPlan:
    """Raises `UserError` if a value is wrong."""
    try:
        return WeekPlan(**given)
    except ValidationError as error:
        raise UserError(explain(error)) from None


def notify(wanted: WeekPlan, call: Call) -> Weekly:
    """Plan a week and, unless it is a dry run, let it wait in the outbox and send what is due.

    Raises:
        UserError: no champion has the role, its data set is not prepared here, or the state cannot be reached.
    """
    planned = call("plan", plan_week_of, wanted)
    if wanted.dry_run:
        return Weekly(dry_run=True, volume=wanted.volume, planned=planned)
    new = call("add", _add, planned)
    sent = call("send", deliver, wanted.per_second)
    return Weekly(dry_run=False, volume=wanted.volume, planned=planned, new=new, sent=sent)


def deliver(per_second: float) -> Sent:
    """Send what is due in the outbox."""
    return Sent.model_validate(answer([*COMMAND, "send", "--per-second", str(per_second)], "sending messages"))


def plan_week_of(wanted: WeekPlan) -> Planned:
    """The messages of a week, or of what is left of it, written to a file."""
    now = datetime.now(UTC)
    week = wanted.week or week_of(now + timedelta(days=6))  # that begins next, or today
    if (now.date() - monday(week)).days >= SLOTS:
        raise UserError(f"the week {week} is over; give one that is not")
    release = _champion(NOTIFY)
    if release is None:
        raise UserError("no system of role 'notify' has a champion; run `corkboard models` to see what is missing")
    folder = home() / "notify"
    reached = folder / "people.json"
    answer([*COMMAND, "people", str(reached)], "reading who may be told things")
    known = {one.user_id: one for one in PERSONS.validate_json(reached.read_bytes())}
    system = load_system(release.system)
    bundle = bundle_of(release)
    predictor: Any = system.open_bundle(bundle)
    people = _people(release.dataset, known, tuple(predictor.channels) if wanted.dry_run else ("in_app",))
    caps = dict.fromkeys(predictor.channels, wanted.cap)
    terms = Terms(volume=wanted.volume, cap=wanted.cap, caps=caps, from_s=int(now.timestamp()))
    plan = _with_pictures(system.plan(predictor, people, terms, week), known)
    rows = [_notice(row) for row in plan.rows.to_pylist()]
    file = folder / f"{week}.json"
    write_text(file, NOTICES.dump_json(rows).decode())
    return Planned(
        system=release.system,
        version=release.version,
        week=week,
        people=people.num_rows,
        messages=len(rows),
        price=plan.price,
        value=sum(plan.rows["value"].to_pylist()),
        by_day=_counted([row.send_at.date().isoformat() for row in rows]),
        by_channel=_counted([row.channel for row in rows]),
        by_arm=_counted([row.arm for row in rows]),
        refused=_counted(list(plan.refused.values())),
        notes=plan.notes,
        first=tuple(rows[:SHOWN]),
        file=str(file),
    )


def _add(planned: Planned) -> int:
    found = answer([*COMMAND, "add", planned.file], "letting messages wait")
    return int(found["new"])


def _champion(role: Role) -> Release | None:
    """Of the system that has a role."""
    for name in system_names():
        serving = system_settings(name).serving
        if serving is not None and serving.role == role:
            return champion_of(history(name))
    return None


def _people(dataset: str, known: dict[str, Person], unknown: tuple[str, ...]) -> pa.Table:
    """Everybody of the data set and of the service. unknown: the channels of who has said nothing."""
    users = current(dataset).table("users").select(["user_id", "attributes"])
    ids = users["user_id"].to_pylist()
    later = sorted(known.keys() - set(ids))
    everybody = [known.get(user_id) for user_id in [*ids, *later]]
    columns = {
        "user_id": [*ids, *later],
        "attributes": pa.concat_arrays(
            [*users["attributes"].chunks, pa.array([[]] * len(later), users["attributes"].type)]
        ),
        "zone": [one.timezone if one else "UTC" for one in everybody],
        "channels": [one.channels if one else unknown for one in everybody],
        "visits": [None] * len(everybody),
    }
    return pa.table(columns, schema=PEOPLE)


def _with_pictures(plan: Plan, known: dict[str, Person]) -> Plan:
    """What the released recommender has for each; without one, messages have no pictures."""
    release = _champion(RECOMMEND)
    if release is None or not plan.rows.num_rows:
        return plan
    from components.bundle import read_manifest

    system, bundle = load_system(release.system), bundle_of(release)
    recommender = system.open_role(bundle, inputs=inputs_of(read_manifest(bundle)))
    left_out = {user_id: one.left_out for user_id, one in known.items()}
    return with_content(plan, recommender, system.Request, left_out)


def _notice(row: dict[str, Any]) -> Notice:
    fields = {name: row[name] for name in Notice.model_fields}
    return Notice.model_validate(fields | {"item_ids": tuple(row["item_ids"])})


def _counted(values: list[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
