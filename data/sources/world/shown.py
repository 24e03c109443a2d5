"""What the world's home feed showed, as rows of the table `impressions`."""

import numpy as np
import pandas as pd

from data.actions import OUTCOMES
from data.params import WorldParams
from data.tables.events import windows
from data.tables.impressions import TABLE as IMPRESSIONS
from data.tables.impressions import placed
from data.world.behaviour.choices import DONE
from data.world.behaviour.log import user_name
from data.world.behaviour.simulation import Behaviour

__all__ = ["shown"]

SURFACE = "home"


def shown(params: WorldParams, behaviour: Behaviour | None) -> dict[str, pd.DataFrame]:
    """The rows by table; none where nobody acts, or their impressions are not wanted.

    Positions are shown from the first, and whether one was looked at is not told: what nobody looked at has no outcome
    either, as in the log of a real feed.
    """
    if params.behaviour is None or behaviour is None or behaviour.impressions is None:
        return {}
    given = behaviour.impressions
    bounds = windows(params.behaviour.splits, int(given["time_s"].max()))
    time_s = given["time_s"]
    rows = pd.DataFrame(
        {
            "user_id": [user_name(person) for person in given["person"].tolist()],
            "item_id": np.array(behaviour.item_id)[given["item"]],
            "time_ms": time_s * 1000,
            "surface": SURFACE,
            "position": given["position"].astype(np.int32),
            "propensity": pd.array([None] * len(time_s), "Float32"),
            **{name: pd.array([None] * len(time_s), "boolean") for name in OUTCOMES},
            "dwell_ms": pd.array([None] * len(time_s), "Int64"),
            "split": np.select(
                [time_s >= bounds.test_s, time_s >= bounds.validation_s], ["test", "validation"], "train"
            ),
        }
    )
    for number, name in enumerate(DONE, start=1):
        rows[name] = pd.array(given["done"] == number, "boolean")
    return {IMPRESSIONS.name: placed(rows)}
