"""Feed ranking: candidates from several sources become a home feed, by the probability of each thing people may do.

Not for news or politics, where what is clicked is no measure of what is good, nor for people under age.
"""

from components.system import System
from data.actions import OUTCOMES

SYSTEM = System(
    __name__,
    tables={
        "items": ("item_id", "category", "attributes", "created_s"),
        "users": ("user_id", "attributes"),
        "impressions": ("user_id", "place", "item_id", "time_ms", "surface", "position", "split", *OUTCOMES),
    },
    route="feed-ranking",
)
