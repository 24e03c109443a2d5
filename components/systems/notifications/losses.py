"""What a message may lose: the channel, and with it the visits that messages on it bring.

Three models, as of Pinterest's messages: the probability that a message makes somebody switch the channel off, and the
days on which people come in the four weeks after it, of those who did and of those who did not.

Source: Zhao et al. 2018 (Notification Volume Control and Optimization System at Pinterest, KDD), section 4.

Legend: N people, C columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.uplift.gains import Gain

__all__ = ["WEEKS", "Losses"]

WEEKS = 4  # after a message, in which days are counted


@dataclass(frozen=True)
class Losses:
    """leaves: the probability. days: those of who stays less those of who leaves."""

    leaves: Gain
    days: Gain

    def of(self, matrix_NC: NDArray[np.float32], weeks: float) -> NDArray[np.float64]:
        """Days (N,) that a message loses over `weeks`; to switch a channel off never gains any."""
        return self.leaves.of(matrix_NC) * np.maximum(self.days.of(matrix_NC), 0.0) * weeks / WEEKS
