"""User sequences: what a person did, in order, becomes what to show next."""

from components.system import System

SYSTEM = System(__name__, tables=("items", "users", "events"), route="recommend", batch=8)
