"""The monitor on a simulated world, whose changes are known: how soon each is seen, and what is seen where none is."""

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from components.monitor.compare import LOOK_S, Held, days_of, looked, looks_until
from components.monitor.conclusion import concluded
from components.monitor.judge import Reference
from components.monitor.report import Course, Report, Series, Trial
from components.monitor.settings import Settings
from components.monitor.signals import unfolded
from data.times import DAY_S
from data.traffic import rows_of
from data.world.behaviour.laws import START_S
from data.world.live import CHANGES, Change, Served, served_world

__all__ = ["PEOPLE", "demonstrated", "trial"]

PEOPLE, ITEMS = 1000, 800
DEMO_DAYS = 10
SHOWN: Change = "styles"
MOST_DAYS = 5  # until a change counts as not seen
AGAINST = ("the training data of the world", "the first days of this release")
Say = Callable[[str, int, int], None]


class Log:
    """What a world left behind so far, and its signals."""

    def __init__(self, served: Served, lines: Iterable[dict[str, Any]]) -> None:
        requests, answers = rows_of(lines)
        self.served = served
        self.requests, self.answers = unfolded(requests.to_pandas()), answers.to_pandas()

    def after(self, days: int, change: Change | None, kept_days: int = 2) -> "Log":
        """The world some days later, with the last days before."""
        other = self.served.branch()
        lines = [line for _ in range(days) for line in other.live(change)]
        log = Log(other, lines)
        since_s = START_S + (self.served.day - kept_days) * DAY_S
        before = self.requests[self.requests["time_s"] >= since_s]
        log.requests = pd.concat([before, log.requests], ignore_index=True)
        asked = self.answers[self.answers["request_id"].isin(before["request_id"])]
        log.answers = pd.concat([asked, log.answers], ignore_index=True)
        return log

    @property
    def now_s(self) -> int:
        return START_S + self.served.day * DAY_S


def demonstrated(settings: Settings, say: Say = lambda *_: None) -> Report:
    """The report of a world in which new styles came two days ago, and how soon the other changes would be seen."""
    found, log, held = _lived(DEMO_DAYS, settings, say, PEOPLE, 7, kept_days=DEMO_DAYS)
    last = log.after(2, SHOWN, kept_days=DEMO_DAYS)
    looks = looks_until(last.now_s, log.now_s - DEMO_DAYS * DAY_S)
    series = looked(last.requests, last.answers, last.served.vectors, held, looks, settings)
    notes = ["The demonstration is simulated: no figure here is of real people."]
    made = concluded(None, last.now_s, last.requests, series, [], settings, notes)
    return made.model_copy(update={"trial": found})


def trial(
    quiet_days: int, settings: Settings, say: Say = lambda *_: None, people: int = PEOPLE, seed: int = 7
) -> Trial:
    """How soon each change is seen, and what alarms in quiet days."""
    return _lived(quiet_days, settings, say, people, seed, kept_days=2)[0]


def _lived(
    quiet_days: int, settings: Settings, say: Say, people: int, seed: int, kept_days: int
) -> tuple[Trial, Log, list[Held]]:
    """Let a world live: days to learn from, days to settle, quiet days, and from there each change on its own."""
    days = settings.training_days + settings.settle_days + quiet_days + MOST_DAYS
    served = served_world(people, ITEMS, days, seed)
    log = Log(served, [line for _ in range(settings.training_days) for line in served.live()])
    held = [_held(log, settings.training_days, settings, of_events=True, against=AGAINST[0])]
    log = log.after(settings.settle_days, None)
    held.append(_held(log, settings.settle_days, settings, of_events=False, against=AGAINST[1]))
    series: dict[str, Series] = {}
    for day in range(quiet_days):
        log = log.after(1, None, kept_days)
        for one in looked(log.requests, log.answers, served.vectors, held, _looks(log, 1), settings):
            _extend(series, one)
        say("quiet days", day + 1, quiet_days)
    looks = {point.time_s for one in series.values() for point in one.points}
    courses = []
    for number, change in enumerate(CHANGES):
        courses.append(_course(log, change, held, settings))
        say("changes", number + 1, len(CHANGES))
    false = [name for name, one in series.items() for _ in range(_episodes(one))]
    return Trial(quiet_days=quiet_days, looks=len(looks), false_alarms=false, courses=courses), log, held


def _held(log: Log, days: int, settings: Settings, of_events: bool, against: str) -> Held:
    first_s = log.now_s - days * DAY_S
    seen = days_of(log.requests, log.answers, log.served.vectors, first_s, days)
    return Held(Reference([day.part(of_events) for day in seen], settings), against)


def _looks(log: Log, days: int) -> list[int]:
    return [log.now_s - LOOK_S * back for back in range(days * DAY_S // LOOK_S - 1, -1, -1)]


def _course(log: Log, change: Change, held: list[Held], settings: Settings) -> Course:
    later = log
    for _ in range(MOST_DAYS):
        later = later.after(1, change)
        found = looked(later.requests, later.answers, later.served.vectors, held, _looks(later, 1), settings)
        passed = sorted((point.time_s, one.name) for one in found for point in one.points if point.size > point.limit)
        if passed:
            first_s = passed[0][0]
            signals = [name for time_s, name in passed if time_s == first_s]
            return Course(change=change, hours=(first_s - log.now_s) / 3600, signals=signals)
    return Course(change=change, hours=None, signals=[])


def _extend(series: dict[str, Series], one: Series) -> None:
    before = series.get(one.name)
    points = [*before.points, *one.points] if before else one.points
    series[one.name] = one.model_copy(update={"points": points})


def _episodes(one: Series) -> int:
    """How often a signal passed its limit anew."""
    passed = [point.size > point.limit for point in one.points]
    return sum(now and not before for before, now in zip([False, *passed[:-1]], passed, strict=True))
