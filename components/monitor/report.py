"""What a look at the traffic found, as plain data."""

from typing import Literal

from components.monitor.signals import Kind
from data.params import Strict

__all__ = ["Age", "Bars", "Course", "Point", "Report", "Route", "Series", "Trial", "alarms"]

Concern = Literal["drift", "quality", "visitor", "counts"]


class Point(Strict):
    """A signal in the 24 hours before a look."""

    time_s: int
    rows: int
    size: float
    limit: float


class Bars(Strict):
    """How values are distributed, now and before, as shares."""

    names: list[str]
    now: list[float]
    before: list[float]


class Series(Strict):
    """A signal over the looks. since_s: from when on its limit was passed without a break; null: it is not passed.

    against: what it is held against. systems: those that it concerns. lasting: whether it was passed for long enough.
    """

    name: str
    kind: Kind
    concern: Concern
    against: str
    systems: list[str]
    points: list[Point]
    since_s: int | None
    lasting: bool
    bars: Bars | None = None


class Route(Strict):
    """The latest 24 hours of a route. late, failing: whether it is beyond its budget."""

    route: str
    requests: int
    p50_ms: float
    p99_ms: float
    errors: float
    late: bool
    failing: bool


class Age(Strict):
    """A champion. trained_days: since it was trained, not since it serves: a rollback makes nothing newer.

    data_days: since the latest event that it learned from; null where none has a time.
    """

    system: str
    version: int
    trained_days: float
    data_days: float | None
    stale: list[str]
    old: list[str]


class Course(Strict):
    """A change that was made in a simulated world. hours: until the first look that saw it; null: none did."""

    change: str
    hours: float | None
    signals: list[str]


class Trial(Strict):
    """The monitor on a simulated world. false_alarms: signals that passed on quiet days, once each time anew."""

    quiet_days: int
    looks: int
    false_alarms: list[str]
    courses: list[Course]


class Report(Strict):
    """What was found. from_s, until_s: the rows that were looked at. traffic_hours: since the last request."""

    system: str | None
    from_s: int
    until_s: int
    requests: int
    people: int
    traffic_hours: float
    series: list[Series]
    routes: list[Route]
    ages: list[Age]
    alarms: list[str]
    notes: list[str]
    retrain: list[str]
    trial: Trial | None = None

    @property
    def counted(self) -> str:
        return f"{len(self.alarms)} alarm{'' if len(self.alarms) == 1 else 's'}"

    @property
    def said(self) -> str:
        """The figures of a line."""
        seen = f"{self.requests:,} requests of {self.people:,} people, {len(self.series)} signals"
        return "; ".join([seen, self.counted, *self.alarms])


def alarms(series: list[Series], routes: list[Route], ages: list[Age], budgets: tuple[float, float]) -> list[str]:
    """A sentence for each thing that is not as it should be."""
    most, longest_ms = budgets
    found = [
        f"{one.name} differs from {one.against} by {one.points[-1].size:.3g}, more than {one.points[-1].limit:.3g}"
        + (", for long enough to train again" if one.lasting else "")
        for one in series
        if one.since_s is not None
    ]
    found += [f"{one.route} fails {one.errors:.1%} of requests, more than {most:.1%}" for one in routes if one.failing]
    found += [
        f"{one.route} takes {one.p99_ms:,.0f} ms (p99), more than {longest_ms:,.0f}" for one in routes if one.late
    ]
    return found + [f"{one.system} {why}" for one in ages for why in (*one.old, *one.stale)]
