"""What still holds data of people who were erased: data sets, and releases that learned from them."""

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from components.lifecycle.command import COMMANDS, answer
from components.lifecycle.results import Release
from data.database import database_url
from data.erased import holders, noted, tombstones
from data.params import Strict, load
from data.project import home, store
from data.versioned import prepared, version

__all__ = ["Holder", "holder", "holding", "read_tombstones", "releases_holding"]

STATE_URL = "CORKBOARD_STATE_URL"  # where a service keeps tombstones, unless they are in the state folder
TOMBSTONES = "state/erasures.db"
WITHIN = timedelta(days=30)  # the month of the GDPR, article 12 (3)


class Holder(Strict):
    """A data set, or a version of a system, with rows of erased people; which may go on until `by`."""

    kind: str
    name: str
    version: str
    people: int
    by: str  # ISO 8601, UTC
    mended_by: str


def read_tombstones() -> None:
    """Copy the service's tombstones to where data is prepared, if a service keeps any.

    Raises:
        UserError: its state cannot be reached, so that nobody knows whose data may not be used.
    """
    if os.environ.get(STATE_URL) or database_url() or (home() / TOMBSTONES).is_file():
        answer(COMMANDS.erased, "reading who was erased")


def holding(now_s: int, releases: Iterable[Release]) -> list[Holder]:
    """All that still holds them: prepared data sets first, then releases."""
    read_tombstones()
    found = []
    for name in load().datasets:
        marks = holders(name, store() / name, now_s) if prepared(name) else set()
        if marks:
            mended_by = f"corkboard data get {name}"
            found.append(holder("data set", name, str(version(name))[:8], marks, mended_by))
    return found + releases_holding(releases, noted())


def releases_holding(releases: Iterable[Release], held: Mapping[str, Mapping[str, int]]) -> list[Holder]:
    """Releases that are older than the moment at which their data set was last seen to hold somebody.

    held: by data set, tombstones and that moment in seconds since 1970. A release that builds on others holds what
    their data sets did only where those are listed themselves.
    """
    found = []
    for release in releases:
        created_s = datetime.fromisoformat(release.created).timestamp()
        marks = {mark for mark, seen_s in held.get(release.dataset, {}).items() if created_s <= seen_s}
        if marks:
            alias = f" ({', '.join(release.aliases)})" if release.aliases else ""
            mended_by = f"corkboard run {release.system} --dataset {release.dataset}"
            found.append(
                holder("release", release.system, f"{release.version}{alias}", marks & tombstones().keys(), mended_by)
            )
    return found


def holder(kind: str, name: str, version: str, marks: Iterable[str], mended_by: str) -> Holder:
    """What holds the people of `marks`, and until when it may: 30 days after the first of them asked."""
    asked = [tombstones()[mark] for mark in marks]
    by = datetime.fromtimestamp(min(asked), UTC) + WITHIN
    return Holder(
        kind=kind, name=name, version=version, people=len(asked), by=by.date().isoformat(), mended_by=mended_by
    )
