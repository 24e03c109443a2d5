"""What a state store does, whichever backend keeps it. All methods are safe to call from several threads."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from serving.state.board import BoardChange
from serving.state.campaign import Booked, Campaign, Offer
from serving.state.event import Event, Happened
from serving.state.item import Item, ItemChange
from serving.state.message import Message, Preferences, Subscription
from serving.state.review import Review
from serving.state.trend import Trend, Trending

__all__ = [
    "KEPT_EVENTS",
    "KEPT_SINCE",
    "MOST_CHANGES",
    "Boards",
    "Campaigns",
    "Erasures",
    "Events",
    "Items",
    "Messages",
    "Reviews",
    "Unavailable",
]

KEPT_EVENTS = 10_000  # of one user and action
KEPT_SINCE = 1_000_000  # of everybody, in the order in which they came
MOST_CHANGES = 1_000  # at once


class Unavailable(RuntimeError):
    """The store cannot be reached, or did not answer in time; trying again later may help."""


class Events(Protocol):
    """What people did. At least the latest `KEPT_EVENTS` of each person and action are kept, and not many more.

    The limit is per action, since pages post a view for everything they show: views never drive out a hide.
    """

    def append(self, events: Sequence[Event]) -> None:
        """Store all of them or, when this raises, none."""

    def last(self, user_id: str, most: int, actions: Sequence[str] | None = None) -> list[Event]:
        """A user's latest events by time, latest first; of equal times, the one stored later comes first.

        actions: only these count; None: all.
        """

    def trending(self, trend: Trend, now_s: float, most: int) -> list[Trending]:
        """The items with the highest counts at `now_s`, the highest first; of all events that were appended by then.

        The first call for a trend counts what is stored, while appending waits; from then on every event is counted
        as it is appended. The latest `MOST_TRENDS` trends are kept.
        """

    def since(self, number: int, most: int = MOST_CHANGES) -> list[Happened]:
        """At most `most` of the stored events after a number, in order, without whose they are.

        A number may be seen before a smaller one whose transaction takes longer. At least the latest `KEPT_SINCE`
        are kept, but for those that a database deleted with their person.
        """

    def forget(self, user_id: str) -> int:
        """Delete a user's events and take them out of all counts; returns how many there were."""

    def take_back(self, user_id: str, item_ids: Sequence[str], actions: Sequence[str]) -> int:
        """The same with those of these actions on these items."""

    def close(self) -> None: ...


class Items(Protocol):
    """Items that were added, changed or deleted, each with the number of its latest change.

    Numbers rise by commit: a reader that has seen change n reads everything after it as the greater numbers. A
    deletion is kept as a change, so that readers learn of it and a later release does not bring the item back. An
    acknowledged change outlives the process.
    """

    def put(self, item: Item) -> int:
        """Add or replace an item, picture included; returns the number of the change."""

    def delete(self, item_id: str) -> int:
        """Delete an item, stored here or only known to a bundle; returns the number of the change."""

    def get(self, item_id: str) -> ItemChange | None:
        """The latest change of an item; None if it never had one."""

    def picture(self, item_id: str) -> bytes | None:
        """The encoded picture of an item; None if it is not here or has none."""

    def changes_since(self, seq: int, most: int = MOST_CHANGES) -> list[ItemChange]:
        """At most `most` changes after number `seq`, in order; of each item only the latest."""

    def store_id(self) -> str:
        """The random id of the store; another store numbers its changes from 1 again."""

    def last_seq(self) -> int:
        """The number of the latest change; 0 if there was none."""

    def close(self) -> None: ...


class Boards(Protocol):
    """Items that a person keeps together under names. An acknowledged change outlives the process.

    Each person's latest change has a number; numbers rise by commit, as those of items do.
    """

    def add(self, user_id: str, board: str, item_id: str) -> None:
        """Save an item to a board, which is created if needed; an item saved again counts as saved now."""

    def remove(self, user_id: str, board: str, item_id: str) -> bool:
        """Remove an item from a board; returns whether it was there."""

    def drop(self, user_id: str, board: str) -> int:
        """Delete a board; returns how many items it held."""

    def count(self, user_id: str) -> int:
        """How many items a user's boards hold together."""

    def of(self, user_id: str) -> dict[str, list[str]]:
        """A user's boards with their items, the latest saved first, in both."""

    def changes_since(self, seq: int, most: int = MOST_CHANGES) -> list[BoardChange]:
        """At most `most` people whose boards changed after number `seq`, in order, each once."""

    def forget(self, user_id: str) -> int:
        """Delete a user's boards; returns how many items they held. Of the user only the mark of a change stays."""

    def close(self) -> None: ...


class Reviews(Protocol):
    """Items that wait for a person's decision. An acknowledged change outlives the process."""

    def add(self, item: Item, findings: Sequence[Mapping[str, Any]], now_s: int) -> str:
        """Let an item wait, picture included; returns the id of the review."""

    def listed(self, decided: bool, most: int) -> list[Review]:
        """Those that wait, the oldest first, or those that were decided, the latest first."""

    def get(self, review_id: str) -> Review | None:
        """A review with its picture; None if there is none."""

    def decide(self, review_id: str, decision: str, reason: str, who: str, now_s: int) -> bool:
        """Keep a decision; False if there was one, which stays."""

    def close(self) -> None: ...


class Erasures(Protocol):
    """Tombstones (`data.tombstone.mark_of`) of people who left. An acknowledged one outlives the process."""

    def add(self, mark: str, now_s: int) -> None:
        """Keep a tombstone; of one that is there, the first time stays."""

    def all(self) -> dict[str, int]:
        """When each was added, in seconds since 1970."""

    def close(self) -> None: ...


class Campaigns(Protocol):
    """What advertisers pay for, the ads that were offered, and what was booked. Money is in whole numbers.

    Spending is atomic: what is spent is never above the budget, and each event of an offer is booked once, whatever
    processes do at the same time or are killed.
    """

    def put(self, campaign: Campaign) -> bool:
        """Add a campaign or change its terms; False where more is spent than its new budget, and nothing changes."""

    def get(self, campaign_id: str) -> Campaign | None: ...

    def listed(self) -> list[Campaign]:
        """All of them, by id."""

    def set_pace(self, campaign_id: str, pace: float, planned: int, counted: int) -> bool:
        """Set the pace where the plan has risen since; False where another process was first."""

    def offer(self, offers: Sequence[Offer]) -> None:
        """Keep what is about to be shown, before it is."""

    def shown(self, user_id: str, since_s: int) -> Mapping[str, int]:
        """How many ads of each campaign a person was offered."""

    def book(self, offer_id: str, user_id: str, event: str, now_s: int) -> Booked:
        """Book an `impression`, `click` or `conversion`, and spend what is due for it.

        `before`: it was booked already. `unknown`: the person was made no such offer. `early`: what has to come before
        did not. `spent`: it is kept, and nothing is due, since the budget is gone.
        """

    def spending(self, campaign_id: str, starts_s: int, step_s: int) -> list[tuple[int, int]]:
        """What was spent in each step since `starts_s` in which anything was, in order: its number, and the sum."""

    def offered(self, since_s: int, step_s: int) -> list[tuple[int, int]]:
        """How many ads were offered in each step since `since_s`, in order: its number, and how many, if any."""

    def hide(self, offer_id: str, user_id: str) -> bool:
        """A person wants no more ads of an offer's advertiser; False: they were made no such offer."""

    def hidden(self, user_id: str) -> set[str]:
        """The advertisers that a person hid."""

    def forget(self, user_id: str) -> int:
        """Forget whose offers they were, and whom the person hid; what was booked stays."""

    def close(self) -> None: ...


class Messages(Protocol):
    """The outbox of messages to people, and how they may be told things.

    A message goes from waiting to claimed, then, right before the moment from which on nobody can tell whether it
    arrives, to sending, and from there to sent or refused. A sender that dies before that moment has sent nothing, so
    that its messages wait again; one that dies after it leaves a message uncertain, which nobody sends again and the
    person's bell shows.
    """

    def add(self, messages: Sequence[Message], now_s: float) -> int:
        """Let messages wait; of one person, week and slot the first stays. Returns how many are new."""

    def settle(self, now_s: float, lease_s: float) -> None:
        """Give back what died senders claimed: those that did nothing for `lease_s`. Refuse what is a day late."""

    def claim(self, sender: str, now_s: float, most: int) -> list[Message]:
        """At most `most` of the messages that are due, the earliest first, for this sender alone."""

    def mark(self, message: Message, sender: str, state: str, now_s: float) -> bool:
        """A claimed message becomes `sending`, or `sent` at once.

        False where the person has switched the channel off or another sender has it; then it must not be sent.
        """

    def settled(
        self, message: Message, sender: str, state: str, why: str, now_s: float, at_s: float | None = None
    ) -> None:
        """What became of a message that this sender claimed. at_s: when to try again, where it waits."""

    def counts(self, week: str | None = None) -> list[tuple[str, str, str, int]]:
        """Messages by channel, state and why."""

    def unsettled(self) -> int:
        """How many messages a sender holds, alive or dead."""

    def bell(self, user_id: str, most: int) -> list[Message]:
        """What a person is told on the page, the latest first, and what may not have reached them otherwise."""

    def see(self, user_id: str) -> None:
        """The person has seen the bell."""

    def shown(self, user_id: str, since_s: float) -> set[str]:
        """Items of messages that were sent to a person."""

    def outcome(self, message_id: str, outcome: str, now_s: float) -> Message | None:
        """Keep what came of a message, once; None where it was not sent."""

    def preferences(self, user_id: str) -> Preferences: ...

    def people(self) -> dict[str, tuple[Preferences, bool]]:
        """Everybody who has preferences, and whether a browser of theirs takes messages."""

    def prefer(self, user_id: str, wanted: Preferences) -> None: ...

    def stop(self, user_id: str, channel: str, why: str) -> None:
        """Switch a channel off."""

    def subscribe(self, user_id: str, subscription: Subscription) -> None:
        """A browser takes messages from now on, for this person alone."""

    def subscriptions(self, user_id: str) -> list[Subscription]: ...

    def drop(self, endpoint: str) -> None:
        """A browser takes messages no more."""

    def of(self, user_id: str) -> list[Message]:
        """All messages to a person."""

    def forget(self, user_id: str) -> int:
        """Delete a person's messages and preferences; returns how many messages there were."""

    def close(self) -> None: ...
