"""Spending a budget as traffic comes: the share of the bids that takes part follows what was spent against the plan."""

import math
from collections.abc import Iterable, Sequence

__all__ = ["FLAT", "HOUR_S", "WEEK_H", "forecast", "paced", "planned", "slowest"]

HOUR_S = 3600
WEEK_H = 168
MONDAY_S = 345_600  # the first Monday after the beginning of 1970
FLAT = (1.0,) * WEEK_H
GAIN = 1.0  # of the logarithm of the pace, for spending that is off by all of the plan
LEAST = 0.01  # of the plan and of the pace: what stands still could never begin again


def forecast(came: Iterable[tuple[int, int]], since_s: int, until_s: int) -> Sequence[float]:
    """The traffic of each hour of the week, as it was in the last whole weeks; `FLAT` until one is over.

    came: hours since `since_s` in which anything came, and how much. Each hour has one more, since what never came yet
    may come.
    """
    counts, hours = dict(came), (until_s - since_s) // HOUR_S
    weeks = (hours - min(counts, default=hours)) // WEEK_H
    if not weeks:
        return FLAT
    traffic, first = [1.0] * WEEK_H, (since_s - MONDAY_S) // HOUR_S
    for hour, count in counts.items():
        if hours - weeks * WEEK_H <= hour < hours:
            traffic[(first + hour) % WEEK_H] += count
    return traffic


def planned(budget: int, starts_s: float, ends_s: float, now_s: float, traffic_168: Sequence[float] = FLAT) -> int:
    """What should be spent by `now_s`: of the budget the share of the schedule's traffic that has come.

    traffic_168: what comes in each hour of the week, from Monday 00:00 UTC. Source: Agarwal et al. 2014 (Budget pacing
    for targeted online advertisements at LinkedIn), section 3.
    """
    if now_s >= ends_s:
        return budget
    whole = _traffic(starts_s, ends_s, traffic_168)
    return int(budget * _traffic(starts_s, now_s, traffic_168) / whole) if whole > 0 and now_s > starts_s else 0


def paced(pace: float, spent_before: int, spent: int, planned_before: int, planned_now: int) -> float:
    """The pace of what comes next, from what was spent and planned since the last time.

    What is still to be caught up counts with what is new. This is mirror descent on the shadow price of the budget.
    Source: Balseiro, Lu and Mirrokni 2023 (The best of many worlds: dual mirror descent for online allocation).
    """
    step = planned_now - planned_before
    if step <= 0:
        return pace
    wanted = step + (planned_before - spent_before)
    off = (wanted - (spent - spent_before)) / step
    return min(1.0, max(LEAST, pace * math.exp(GAIN * min(1.0, max(-1.0, off)))))


def slowest(paces: Sequence[float]) -> float:
    """The pace where several budgets hold: none is spent faster than it lasts. Source: arXiv 2302.08530."""
    return min(paces, default=1.0)


def _traffic(from_s: float, to_s: float, traffic_168: Sequence[float]) -> float:
    """Of whole weeks at once, then hour by hour."""
    hours = (from_s - MONDAY_S) / HOUR_S, (to_s - MONDAY_S) / HOUR_S
    return _until(hours[1], traffic_168) - _until(hours[0], traffic_168)


def _until(hours: float, traffic_168: Sequence[float]) -> float:
    weeks, rest = divmod(hours, WEEK_H)
    whole = int(rest)
    return weeks * sum(traffic_168) + sum(traffic_168[:whole]) + (rest - whole) * traffic_168[whole % WEEK_H]
