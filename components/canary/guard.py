"""The quick guardrail of a challenger: it is stopped as soon as it certainly fails more often, or takes far longer."""

import math

import numpy as np

from components.canary.state import Arm, Live
from components.experiments.sequential import always_valid

__all__ = ["broken"]

ALPHA = 0.001  # small, since requests of one person are not independent, as the bound takes them to be
PLANNED = 2000  # requests of the challenger at which the bound is tightest
LEAST = 20
SLOWER = 0.5  # of the champion's mean duration


def broken(live: Live) -> str | None:
    """Why the challenger has to be stopped; None: it need not be. May be asked after every request.

    The bound holds however often it is asked (`always_valid`).
    """
    champion, challenger = live.champion, live.challenger
    if min(champion.requests, challenger.requests) < LEAST:
        return None
    bound = float(always_valid(np.array([challenger.requests / PLANNED]), ALPHA)[0])
    shares = [one.errors / one.requests for one in (champion, challenger)]
    pooled = (champion.errors + challenger.errors) / (champion.requests + challenger.requests)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / champion.requests + 1 / challenger.requests))
    if shares[1] > shares[0] and (shares[1] - shares[0]) > bound * spread:
        return f"it fails {shares[1]:.1%} of requests, the champion {shares[0]:.1%}"
    (usual, usual_se), (taken, taken_se) = _duration(champion), _duration(challenger)
    if taken - usual * (1 + SLOWER) > bound * math.hypot(usual_se * (1 + SLOWER), taken_se):
        return f"it takes {taken:.0f} ms on average, the champion {usual:.0f} ms"
    return None


def _duration(arm: Arm) -> tuple[float, float]:
    """Mean and its standard error, ms."""
    mean = arm.ms / arm.requests
    return mean, math.sqrt(max(arm.ms2 / arm.requests - mean**2, 0) / arm.requests)
