"""Learning what a message may lose, from who switched a channel off and who came after it.

Legend: N people, C columns.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.systems.notifications.losses import WEEKS, Losses
from components.uplift.config import Learning
from components.uplift.gains import Gain, Part
from components.uplift.learners import fit_model
from data.params.messages import NONE

__all__ = ["learn_losses"]

LEAST = 20  # people who switched a channel off, for a model of what is lost


def learn_losses(
    messages: pd.DataFrame, matrix_NC: NDArray[np.float32], config: Learning, outcome: str
) -> tuple[Losses, str]:
    """From all messages whose outcomes are known, whatever their arm; and in a sentence what was learned."""
    nothing = Losses(Gain(0.0, ()), Gain(0.0, ()))
    if outcome != "visited":
        return nothing, f"days are not counted in {outcome}; a lost channel costs nothing"
    told = (messages["arm"] != NONE) & messages["unsubscribed"].notna() & messages["days_active"].notna()
    if not told.any():
        return nothing, "nobody knows who switched a channel off, or came after it; a lost channel costs nothing"
    left_N = messages.loc[told, "unsubscribed"].to_numpy(bool).astype(float)
    days_N = messages.loc[told, "days_active"].to_numpy(float)
    matrix_NC = matrix_NC[told.to_numpy()]
    if left_N.sum() < LEAST:
        return nothing, f"{left_N.sum():.0f} people switched a channel off; too few to learn what that costs"
    leaves = Gain(0.0, [Part(1.0, "sigmoid", fit_model("trees", matrix_NC, left_N, "sigmoid", config))])
    stays, goes = (
        fit_model("linear", matrix_NC[rows], days_N[rows], "identity", config) for rows in (left_N == 0, left_N == 1)
    )
    losses = Losses(leaves, Gain(0.0, [Part(1.0, "identity", stays), Part(-1.0, "identity", goes)]))
    lost = float(np.maximum(losses.days.of(matrix_NC), 0).mean())
    return (
        losses,
        f"{left_N.mean():.2%} of messages switch their channel off, which costs {lost:.2f} days in {WEEKS} weeks",
    )
