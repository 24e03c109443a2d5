"""Trials of each arm against none, from the tables of a data set."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from components.systems.notifications.channels import on_channel
from components.uplift.learners import Trial
from data.covariates import Covariates
from data.dataset import Dataset
from data.errors import UserError
from data.params.messages import NONE

__all__ = ["arms_of", "messages_of", "trial_of"]


def messages_of(dataset: Dataset, outcome: str, splits: Sequence[str]) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """The messages of `splits` whose outcome is known, and of each what is known of its person and channel.

    Raises:
        UserError: there is none.
    """
    messages = dataset.table("messages").to_pandas()
    rows = messages[messages["split"].isin(splits) & messages[outcome].notna()].reset_index(drop=True)
    if not len(rows):
        measured = [name for name in ("opened", "visited", "bought") if messages[name].notna().any()]
        raise UserError(
            f"no message of {dataset.name} says whether it was {outcome}; set `outcome` to {' or '.join(measured)}"
        )
    users = dataset.table("users")
    known = dict(zip(users["user_id"].to_pylist(), users["attributes"].to_pylist(), strict=True))
    several = rows["channel"].nunique() > 1
    return rows, [
        on_channel(dict(known.get(user) or ()), channel) if several else dict(known.get(user) or ())
        for user, channel in zip(rows["user_id"], rows["channel"], strict=True)
    ]


def arms_of(messages: pd.DataFrame) -> tuple[str, ...]:
    """Arms that are messages.

    Raises:
        UserError: nobody got none, or everybody.
    """
    arms = tuple(sorted(set(messages["arm"]) - {NONE}))
    if not arms or NONE not in set(messages["arm"]):
        raise UserError(f"messages needs people who got one and people who got {NONE}; nothing else says what it moves")
    return arms


def trial_of(
    arm: str, messages: pd.DataFrame, people: list[dict[str, str]], outcome: str, covariates: Covariates
) -> tuple[Trial, pd.DataFrame]:
    """The trial of `arm` against none, and its messages."""
    rows_N = messages["arm"].isin([arm, NONE]).to_numpy()
    chosen = messages[rows_N].reset_index(drop=True)
    treated = chosen["arm"] == arm
    share = _share(chosen, treated)
    matrix_NC = covariates.matrix([people[row] for row in np.flatnonzero(rows_N)])
    treated_N, outcome_N = np.array(treated, np.float64), np.array(chosen[outcome].astype(float), np.float64)
    known = outcome != "opened" and chosen["opened"].notna().all() and bool(chosen["opened"].any())
    opened_N = chosen["opened"].to_numpy(float) if known else None
    return Trial(matrix_NC, treated_N, outcome_N, share, opened_N), chosen


def _share(chosen: pd.DataFrame, treated: pd.Series) -> float:
    """Of the treated, by design; all rows of an arm have one propensity."""
    one, none = (float(chosen["propensity"][rows].iloc[0]) for rows in (treated, ~treated))
    if chosen.groupby(treated)["propensity"].nunique().max() > 1:
        raise UserError("propensities differ within an arm; give data whose arms were drawn alike for everybody")
    return one / (one + none)
