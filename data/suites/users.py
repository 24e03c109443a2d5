"""What has to hold for `users`. The columns are findings of `data/evidence/users.py`."""

from typing import TYPE_CHECKING

from data.suites.expect import never

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

__all__ = ["expectations"]


def expectations() -> "list[Expectation]":
    """The suite over the findings."""
    return [
        never("copied_key", "key is unique", "user_id is the key: no two rows may have the same"),
        never("no_user_id", "user_id is given", "every row needs a user_id"),
        never("no_events", "events is given", "every row needs a count of events"),
        never("miscounted", "events counted", "events has to be the number of the user's rows in the table events"),
        never("wrong_first_s", "first time", "first_s has to be the time of the user's first event"),
        never("wrong_last_s", "last time", "last_s has to be the time of the user's last event"),
        never("single", "several events", "a user with one event has nothing that could be predicted", "warning"),
    ]
