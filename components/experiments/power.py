"""How many units an experiment needs, and what it can find, before it starts."""

from collections.abc import Mapping

import numpy as np
from scipy.stats import norm

from components.experiments.effects import Measured
from data.errors import UserError

__all__ = ["detectable", "units_needed"]


def units_needed(
    past: Measured, relative: float, shares: Mapping[str, float], alpha: float = 0.05, power: float = 0.8
) -> int:
    """Units of all arms together that find a relative change of the control with probability `power`, at one look.

    past: the metric before the experiment, measured on units like those that will take part.
    The change is found in the smallest arm. Source: Kohavi, Tang and Xu 2020, chapter 17.

    Raises:
        UserError: the metric was 0, or the change is.
    """
    if past.value == 0 or relative == 0:
        raise UserError("a change relative to 0, or of 0, can never be found; give another")
    spread = _spread(past, shares) / abs(past.value * relative)
    return int(np.ceil(((norm.isf(alpha / 2) + norm.isf(1 - power)) * spread) ** 2))


def detectable(
    past: Measured, units: int, shares: Mapping[str, float], alpha: float = 0.05, power: float = 0.8
) -> float:
    """The least relative change that `units` of all arms together find with probability `power`."""
    if past.value == 0:
        raise UserError("a change relative to 0 can never be found; give another metric")
    return float((norm.isf(alpha / 2) + norm.isf(1 - power)) * _spread(past, shares) / abs(past.value) / units**0.5)


def _spread(past: Measured, shares: Mapping[str, float]) -> float:
    """The standard error of the difference times the root of the units, after the covariates."""
    if past.psi_U is None:
        assert past.values_R is not None
        deviation = float(past.values_R.std() * past.units**0.5)
    else:
        x_UD = past.x_UD - past.x_UD.mean(axis=0)
        left_U = past.psi_U - x_UD @ np.linalg.lstsq(x_UD, past.psi_U, rcond=None)[0]
        deviation = float(left_U.std(ddof=1))
    control, *others = shares.values()
    return deviation * float(np.sqrt(1 / control + 1 / min(others)))
