"""Notifications: whom a message brings back, compared with sending none, and when to be silent.

Not for messages that people must get, such as warnings, nor to reach those who switched them off.
"""

from components.system import System

SYSTEM = System(
    __name__,
    tables={
        "messages": (
            *("message_id", "user_id", "channel", "arm", "propensity", "split"),
            *("opened", "visited", "bought", "spend", "unsubscribed", "days_active"),
        ),
        "users": ("user_id", "attributes"),
    },
    route="notifications",
)
