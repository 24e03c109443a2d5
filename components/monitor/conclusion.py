"""What follows from the signals of a log: alarms, and who should be trained again."""

import pandas as pd

from components.monitor.compare import routes_of
from components.monitor.report import Age, Report, Series, alarms
from components.monitor.settings import Settings

__all__ = ["DRIFT", "concluded"]

DRIFT = ("drift", "quality")  # what training again may mend


def concluded(
    system: str | None,
    now_s: int,
    requests: pd.DataFrame,
    series: list[Series],
    ages: list[Age],
    known: Settings,
    notes: list[str],
) -> Report:
    """The report. requests: `unfolded`."""
    routes = routes_of(requests, now_s, known)
    hours = (now_s - int(requests["time_s"].max())) / 3600
    found = alarms(series, routes, ages, (known.budgets.errors, known.budgets.p99_ms))
    if hours > known.ages.traffic_hours:
        found.append(f"nothing was asked for {hours:.0f} hours, more than {known.ages.traffic_hours:g}")
    lasting = {name for one in series if one.lasting and one.concern in DRIFT for name in one.systems}
    return Report(
        system=system,
        from_s=int(requests["time_s"].min()),
        until_s=now_s,
        requests=int(requests["request_id"].nunique()),
        people=int(requests["person"].nunique()),
        traffic_hours=round(hours, 2),
        series=series,
        routes=routes,
        ages=ages,
        alarms=found,
        notes=notes,
        retrain=sorted(lasting),
    )
