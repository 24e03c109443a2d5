"""Off-policy evaluation: what a policy would have earned, from the log of another one."""

from components.offpolicy.estimates import Estimate, Estimates, evaluate
from components.offpolicy.log import Logged, read_log
from components.offpolicy.rewards import cross_fitted

__all__ = ["Estimate", "Estimates", "Logged", "cross_fitted", "evaluate", "read_log"]
