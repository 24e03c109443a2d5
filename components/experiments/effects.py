"""The difference that an arm makes to a metric, by the delta method or a bootstrap, raw and adjusted.

Legend: N rows, U units, S sums, D covariates, R resamples.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from components.metrics import Metric
from components.metrics.bootstrap import resampled
from components.metrics.sums import Sums
from data.errors import UserError

__all__ = ["UNIT", "Effect", "Measured", "effect", "measure"]

UNIT = "unit_id"
STEP = 1e-3  # of a sum, for its derivative


@dataclass(frozen=True)
class Measured:
    """A metric of one arm, and how much each unit moves it.

    psi_U: the influence of each unit, of mean 0; the variance of the value is that of `psi_U` over U. None where the
    metric is no function of sums; then `values_R` are its resampled values.
    names_U, x_UD: the units and their covariates, in the same order.
    """

    value: float
    names_U: np.ndarray
    psi_U: np.ndarray | None
    x_UD: np.ndarray
    values_R: np.ndarray | None = None

    @property
    def units(self) -> int:
        return len(self.names_U)


@dataclass(frozen=True)
class Effect:
    """An arm minus the control, and the same as a share of the control, each with its standard error.

    df: degrees of freedom (Welch 1947). moved_U: by how much each unit, its index, moves the difference; None if that
    was resampled.
    """

    control: float
    arm: float
    difference: float
    se: float
    relative: float
    relative_se: float
    df: float
    moved_U: pd.Series | None

    @property
    def z(self) -> float:
        return self.difference / self.se

    @property
    def p(self) -> float:
        """Two-sided, for one look at a fixed time."""
        return float(2 * student.sf(abs(self.z), self.df))

    def interval(self, bound: float | None = None, alpha: float = 0.05) -> tuple[float, float]:
        """Of the difference; `bound` is how many standard errors, by default those of one look at a fixed time."""
        wide = self.se * (student.isf(alpha / 2, self.df) if bound is None else bound)
        return self.difference - wide, self.difference + wide

    def relative_interval(self, bound: float | None = None, alpha: float = 0.05) -> tuple[float, float]:
        wide = self.relative_se * (student.isf(alpha / 2, self.df) if bound is None else bound)
        return self.relative - wide, self.relative + wide


def measure(metric: Metric, examples: pd.DataFrame, covariates: tuple[str, ...] = (), seed: int = 0) -> Measured:
    """`metric` on the rows of one arm, whose rows of a unit belong together.

    Of a function of sums, the delta method with the derivative in the sums: of a ratio it is the usual one (Deng et
    al. 2018, arXiv 1803.06336). Anything else, such as an AUC or a quantile, is resampled by units.

    Raises:
        UserError: the metric is undefined, or it is the same for every unit, so that nothing can be told of it.
    """
    clustered = metric.model_copy(update={"cluster": UNIT})
    sample = clustered.sample(examples)
    unit_N, names = pd.factorize(examples[UNIT])
    first_U = np.unique(unit_N, return_index=True)[1]
    x_UD = examples.iloc[first_U][list(covariates)].to_numpy(float)
    if not np.isfinite(x_UD).all():
        raise UserError(f"a covariate among {', '.join(covariates)} is not a number for some units")
    if len(names) < 2:
        raise UserError(f"{metric.name} has one unit in an arm; wait for more")
    if not isinstance(sample.of, Sums):
        values_R = resampled([sample.of], sample.units, seed)[:, 0]
        if np.isnan(values_R).any() or values_R.std() == 0:
            raise UserError(f"{metric.name} is undefined or constant on resamples of {len(names)} units; wait for more")
        return Measured(sample.value, np.asarray(names), None, x_UD, values_R)
    table_US = sample.of.table_NS
    psi_U = len(names) * (table_US - table_US.mean(axis=0)) @ _slope(sample.of)
    return Measured(sample.value, np.asarray(names), psi_U, x_UD)


def _slope(sums: Sums) -> np.ndarray:
    """The derivative (S,) of the statistic in each total, by central differences."""
    total_S = sums.table_NS.sum(axis=0)
    scale_S = np.maximum(np.abs(total_S), np.sqrt((sums.table_NS**2).sum(axis=0)))
    step_S = STEP * np.where(scale_S > 0, scale_S, 1)
    moved_SS = np.diag(step_S)
    return np.asarray((sums.of(total_S + moved_SS) - sums.of(total_S - moved_SS)) / (2 * step_S))


def effect(control: Measured, arm: Measured, adjusted: bool = False) -> Effect:
    """The difference of two arms that share no unit.

    adjusted: less what the covariates explain of it. With one covariate that is CUPED (Deng et al. 2013), with several
    the regression on all of them, whose slopes both arms share.

    Raises:
        UserError: the metric is constant in both arms, or 0 in the control.
    """
    values = (control.value, arm.value)
    moved_U: pd.Series | None = None
    if control.psi_U is None or arm.psi_U is None:
        variances = [float(each.values_R.var()) for each in (control, arm) if each.values_R is not None]
    else:
        psis = (control.psi_U, arm.psi_U)
        if adjusted:
            psis, values = _adjusted(control, arm, *psis)
        variances = [float(psi_U @ psi_U) / (len(psi_U) - 1) / len(psi_U) for psi_U in psis]
        share_U = np.concatenate([-psis[0] / control.units, psis[1] / arm.units])
        moved_U = pd.Series(share_U, np.concatenate([control.names_U, arm.names_U]))
    if sum(variances) <= 1e-24 * max(abs(value) for value in (*values, 1e-300)) ** 2:
        raise UserError("it is the same for every unit of both arms, so there is nothing to compare")
    base, other = values
    if base == 0:
        raise UserError("it is 0 in the control, so that no change is a share of it; wait for more, or leave it out")
    se = float(np.sqrt(sum(variances)))
    relative_se = float(np.sqrt(variances[1] + (other / base) ** 2 * variances[0]) / abs(base))
    counts = (control.units - 1, arm.units - 1)
    df = sum(variances) ** 2 / sum(variance**2 / count for variance, count in zip(variances, counts, strict=True))
    return Effect(base, other, other - base, se, (other - base) / abs(base), relative_se, float(df), moved_U)


def _adjusted(
    control: Measured, arm: Measured, control_U: np.ndarray, arm_U: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[float, float]]:
    """Influence and value of both arms with the covariates at their mean over both."""
    means = [each.x_UD.mean(axis=0) for each in (control, arm)]
    centred = [each.x_UD - mean_D for each, mean_D in zip((control, arm), means, strict=True)]
    slope_D = np.linalg.lstsq(np.concatenate(centred), np.concatenate([control_U, arm_U]), rcond=None)[0]
    whole_D = np.concatenate([control.x_UD, arm.x_UD]).mean(axis=0)
    away = [float((mean_D - whole_D) @ slope_D) for mean_D in means]
    psis = (control_U - centred[0] @ slope_D, arm_U - centred[1] @ slope_D)
    return psis, (control.value - away[0], arm.value - away[1])
