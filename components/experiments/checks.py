"""What has to hold before an effect is read: the shares of the arms, and outcomes that come after exposure."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy.stats import binomtest, chisquare

from data.errors import UserError

__all__ = ["MISMATCH", "joined", "sample_ratio"]

MISMATCH = 0.001  # a p value below this stops the reading
FEW = 1000  # units; fewer in two arms are counted exactly


def sample_ratio(counts: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """The p value of the units of each arm under the designed shares; below `MISMATCH` the assignment is broken.

    Source: Fabijan et al. 2019 (Diagnosing sample ratio mismatch).

    Raises:
        UserError: there is one arm, or no unit at all.
    """
    found = np.array([counts.get(arm, 0) for arm in shares])
    if len(found) < 2 or set(counts) - set(shares):
        raise UserError(f"the arms {', '.join(map(str, counts))} are not those of the design: {', '.join(shares)}")
    if not found.sum():
        raise UserError("nobody has been exposed yet")
    share = np.array(list(shares.values())) / sum(shares.values())
    if len(found) == 2 and found.sum() < FEW:
        return float(binomtest(int(found[0]), int(found.sum()), share[0]).pvalue)
    return float(chisquare(found, share * found.sum()).pvalue)


def joined(exposures: pd.DataFrame, outcomes: pd.DataFrame, units: pd.DataFrame | None = None) -> pd.DataFrame:
    """The outcomes of exposed units, with the arm and the time of exposure (`exposed_s`).

    outcomes: rows with `unit_id`, and `time_s` where they happened at a time. A unit without one gets a row of zeros:
        leaving out who did nothing would compare only those who did.
    units: a row a `unit_id`, with covariates and segments known before exposure.

    Raises:
        UserError: an outcome came before its unit was exposed or at no time, none is of an exposed unit, or a unit has
            two exposures or two rows of `units`.
    """
    if exposures["unit_id"].duplicated().any():
        raise UserError("some units are exposed twice; keep their first exposure to the experiment")
    if units is not None and units["unit_id"].duplicated().any():
        raise UserError("some units have several rows of what was known before; give one a unit")
    if len(exposures) and not outcomes["unit_id"].isin(exposures["unit_id"]).any():
        raise UserError(
            f"none of the {len(outcomes)} outcomes is of an exposed unit; give them the ids that were exposed"
        )
    if "time_s" in outcomes:
        if not is_numeric_dtype(outcomes["time_s"]):
            raise UserError("time_s of the outcomes has to be a number, the seconds since 1970")
        never = int((~np.isfinite(outcomes["time_s"].to_numpy(float, na_value=np.nan))).sum())
        if never:
            raise UserError(f"{never} outcomes have no time_s; give it to them, or leave them out")
    seen = exposures[["unit_id", "arm", "time_s"]].rename(columns={"time_s": "exposed_s"})
    rows = seen.merge(outcomes, on="unit_id", how="left", indicator=True)
    idle = rows.pop("_merge") == "left_only"
    if "time_s" in rows:
        rows["time_s"] = rows["time_s"].where(~idle, rows["exposed_s"])
        early = int((rows["time_s"] < rows["exposed_s"]).sum())
        if early:
            raise UserError(
                f"{early} outcomes come before the exposure of their unit; keep those after it, or use what was "
                f"before as a covariate"
            )
    done = outcomes.select_dtypes(["number", "bool"]).columns.difference(["unit_id", "time_s"])
    rows.loc[idle, done] = 0
    return rows if units is None else rows.merge(units, on="unit_id", how="left")
