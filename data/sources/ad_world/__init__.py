"""The ads of the simulated world, see `data.world.ads`, as the tables `ad_impressions` and `campaigns`."""

from pathlib import Path

import pandas as pd

from data.params import AdWorldParams
from data.sources.raw import Progress, Raw
from data.tables.ad_impressions import TABLE as AD_IMPRESSIONS
from data.tables.campaigns import TABLE as CAMPAIGNS
from data.world.ads import AdWorld

__all__ = ["read"]

BUDGET = 10_000


def read(params: AdWorldParams, out: Path, progress: Progress) -> Raw:  # noqa: ARG001 - a source's
    """Draw the log. Equal parameters give equal bytes."""
    world = AdWorld(params.seed, params.people, params.ads)
    progress("simulate ads", 0, 1)
    rows = world.log(params.days, params.visits, (params.splits.validation_days, params.splits.test_days))
    for name in ("price", "delay_s", "value"):
        rows[name] = rows[name].astype("Int64")
    progress("simulate ads", 1, 1)
    campaigns: pd.DataFrame = world.campaigns(params.days, 0, BUDGET)
    return Raw(simulated=True, tables={AD_IMPRESSIONS.name: rows, CAMPAIGNS.name: campaigns})
