"""A log whose actions were drawn, beside the probabilities of the policy that is evaluated.

Legend: N rows, A actions.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from data.errors import UserError
from data.reading import reading

__all__ = ["Logged", "read_log"]

COLUMNS = ("reward", "action", "propensity", "policy")


@dataclass(frozen=True)
class Logged:
    """Checked as it is made.

    reward_N: within `bounds`. action_N: the index of the action that was drawn. propensity_N: the probability with
    which it was, above 0 and at most 1. policy_NA: the probabilities of the evaluated policy in the same situation.
    slate_N: rows of a slate have one number; the reward of a slate is the sum over its positions, and propensities and
    policy are those of a position (Li et al. 2018, arXiv 1804.10488, item-position model). None: every row by itself.

    Raises:
        UserError: a probability or reward is out of bounds, or an action is unknown.
    """

    reward_N: np.ndarray
    action_N: np.ndarray
    propensity_N: np.ndarray
    policy_NA: np.ndarray
    slate_N: np.ndarray | None = None
    bounds: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        rows, actions = self.policy_NA.shape
        if not rows or any(len(each) != rows for each in (self.reward_N, self.action_N, self.propensity_N)):
            raise UserError("reward, action, propensity and policy need the same number of rows, at least one")
        wrong = ~((self.propensity_N > 0) & (self.propensity_N <= 1))
        if wrong.any():
            raise UserError(
                f"{int(wrong.sum())} propensities are not above 0 and at most 1, the first is "
                f"{self.propensity_N[wrong][0]:g}; log the probability with which the action was drawn"
            )
        if ((self.action_N < 0) | (self.action_N >= actions)).any():
            raise UserError(f"actions have to be numbers from 0 to {actions - 1}, one a column of the policy")
        if not ((self.policy_NA >= 0).all() and np.allclose(self.policy_NA.sum(axis=1), 1, atol=1e-4)):
            raise UserError("the probabilities of the policy have to be at least 0 and add up to 1 in every row")
        low, high = self.bounds
        if not ((self.reward_N >= low) & (self.reward_N <= high)).all():
            raise UserError(f"rewards have to be numbers from {low:g} to {high:g}; give their true bounds")

    @property
    def weights(self) -> np.ndarray:
        """How much more likely (N,) the evaluated policy does what was done."""
        rows = np.arange(len(self.action_N))
        return np.asarray(self.policy_NA[rows, self.action_N] / self.propensity_N)


def read_log(path: Path) -> tuple[Logged, np.ndarray]:
    """A log of a Parquet file, and its features (N, D): numbers and booleans beside the log's columns, standardised.

    The columns `reward`, `action`, `propensity`, `policy` (a list of the probability of every action), and `slate`
    where rows are positions of one.

    Raises:
        UserError: there is no such file, a column is missing, or the log is not sound.
    """
    if not path.is_file():
        raise UserError(f"{path} is no file; give a log as Parquet")
    with reading(path):
        rows = pd.read_parquet(path)
    missing = [name for name in COLUMNS if name not in rows]
    if missing:
        raise UserError(f"{path} needs the columns {', '.join(COLUMNS)}; it lacks {', '.join(missing)}")
    action_N = _numbers(path, rows, "action")
    if (action_N % 1 != 0).any():  # true of NaN as well
        raise UserError(f"{path} has {int((action_N % 1 != 0).sum())} actions that are no whole numbers")
    if "slate" in rows and rows["slate"].isna().any():
        raise UserError(f"{path} has {int(rows['slate'].isna().sum())} rows without a slate; give one to each")
    log = Logged(
        _numbers(path, rows, "reward"),
        action_N.astype(int),
        _numbers(path, rows, "propensity"),
        _policy(path, rows["policy"]),
        rows["slate"].to_numpy() if "slate" in rows else None,
    )
    x_ND = rows.drop(columns=[*COLUMNS, "slate"], errors="ignore").select_dtypes(["number", "bool"]).to_numpy(float)
    spread_D = x_ND.std(axis=0)
    return log, (x_ND - x_ND.mean(axis=0)) / np.where(spread_D > 0, spread_D, 1)


def _numbers(path: Path, rows: pd.DataFrame, column: str) -> np.ndarray:
    if not is_numeric_dtype(rows[column]):
        raise UserError(f"{path}: the column {column} has what is no number")
    return rows[column].to_numpy(float, na_value=np.nan)


def _policy(path: Path, policy: pd.Series) -> np.ndarray:
    """The lists of probabilities (N, A)."""
    lists = [each for each in policy if isinstance(each, np.ndarray) and each.dtype.kind in "fiu"]
    if not lists or len(lists) < len(policy) or len({len(each) for each in lists}) > 1:
        raise UserError(f"{path} needs as policy a list of numbers in every row, one an action")
    return np.stack(lists).astype(float)
