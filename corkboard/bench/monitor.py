"""The monitor on simulated worlds: how soon changes are seen, and what alarms where nothing changes."""

import sys

from corkboard.bench._row import Row

__all__ = ["run"]

QUIET_DAYS, SEEDS = 100, (9, 10, 11)  # the settings were chosen on worlds 7 and 8
BAR_HOURS, BAR_ALARMS = 24.0, 1.0


def run() -> list[Row]:
    """Delays until a change is told, and false alarms of quiet days."""
    from components.monitor.demo import trial
    from components.monitor.settings import settings

    rows = []
    for seed in SEEDS:

        def say(doing: str, done: int, total: int, seed: int = seed) -> None:
            if not done % 25:
                print(f"world {seed}: {doing} {done} of {total}", file=sys.stderr)  # noqa: T201

        found = trial(QUIET_DAYS, settings(), say, seed=seed)
        for course in found.courses:
            hours = float("inf") if course.hours is None else course.hours
            rows.append(Row(f"delay_{course.change}_world_{seed}", hours, BAR_HOURS, "h"))
        rows.append(Row(f"false_alarms_world_{seed}", len(found.false_alarms), BAR_ALARMS, f"in {QUIET_DAYS} days"))
    return rows
