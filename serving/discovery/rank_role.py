"""Role `rank`: the order of a feed, by counts that follow what everybody does, of the items that the service keeps."""

import time
from collections.abc import Callable, Sequence

from components.message import Message
from components.roles import Ranker
from data.errors import UserError
from serving.discovery.catalogue import Catalogue
from serving.discovery.find_role import document_of, known_of
from serving.discovery.keep_role import put_all
from serving.state import Happened, ItemChange, State
from serving.state.following import Following
from serving.state.following_events import FollowingEvents

__all__ = ["LiveRanker"]

COUNTED_S = 30 * 86_400  # older events than this count for nothing


class LiveRanker:
    """A `components.roles.Ranker` that is told what is stored. Safe to call from several threads at once."""

    def __init__(
        self, ranker: Ranker, state: State, catalogue: Catalogue, clock: Callable[[], float] = time.time
    ) -> None:
        """Raises `Unavailable` if the state cannot be reached."""
        self.ranker, self._state = ranker, state
        self._seq = 0  # of the last change of an item
        put_all(ranker, catalogue)
        self._since_s = max(ranker.counted_until_s(), clock() - COUNTED_S)
        self._followings = (
            Following(state.items, lambda: self._seq, self._items_changed),
            FollowingEvents(state.events, self._happened),
        )
        for following in self._followings:
            following.start()

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""
        return self.ranker.answers(requests)

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""
        return self.ranker.is_quick(request)

    def catch_up(self) -> None:
        """Know every item and count every event that is stored by now."""
        for following in self._followings:
            following.catch_up()

    def stop(self) -> None:
        for following in self._followings:
            following.stop()
        self._state.close()

    def _items_changed(self, changes: Sequence[ItemChange]) -> int:
        items = [change.item for change in changes if change.item is not None]
        self.ranker.put([document_of(known_of(item), None) for item in items])
        self._seq = changes[-1].seq
        return len(changes)

    def _happened(self, one: Happened) -> None:
        if one.time_s > self._since_s:
            self.ranker.observe(str(one.number), one.item_id, one.action, one.time_s)
