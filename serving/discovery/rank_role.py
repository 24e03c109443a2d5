"""Role `rank`: the order of a feed, by counts that follow what everybody does, of the items that the service keeps."""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from components.features.served_counts import EVERY_S, Counted, ServedCounts
from components.message import Message
from components.roles import Ranker
from data.errors import UserError
from data.files import write_text
from serving.discovery.catalogue import Catalogue
from serving.discovery.find_role import document_of, known_of
from serving.discovery.keep_role import put_all
from serving.state import Happened, ItemChange, State
from serving.state.following import Following
from serving.state.following_events import following_events

__all__ = ["LiveRanker"]

COUNTED_S = 30 * 86_400  # older events than this count for nothing
WATCHED, KEPT = 20, 36  # items whose counts the monitor is told, and how many times: for six hours


class LiveRanker:
    """A `components.roles.Ranker` that is told what is stored. Safe to call from several threads at once."""

    def __init__(
        self,
        ranker: Ranker,
        state: State,
        catalogue: Catalogue,
        reports: Path | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """reports: the folder for what is counted; None: nobody is told. Raises `Unavailable`: there is no state."""
        self.ranker, self._state = ranker, state
        self._seq = 0  # of the last change of an item
        put_all(ranker, catalogue)
        self._since_s = max(ranker.counted_until_s(), clock() - COUNTED_S)
        items = [known["item_id"] for known in catalogue]
        self._watched = items[:: max(1, len(items) // WATCHED)][:WATCHED] or [""]
        self._clock, self._next_s, self._lock = clock, clock(), threading.Lock()
        self._before = ranker.counts(self._watched, self._next_s)
        self._counts: tuple[Counted, ...] = ()
        self._last = 0  # number of the events that happened
        self._file = None if reports is None else reports / f"{secrets.token_hex(6)}.json"
        self._store = state.items.store_id()
        self._followings = (
            Following(state.items, lambda: self._seq, self._items_changed, self._watch),
            following_events(state.events, self._happened),
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
        with self._lock:
            if one.time_s > self._since_s:
                self.ranker.observe(str(one.number), one.item_id, one.action, one.time_s)
            self._last = max(self._last, one.number)

    def _watch(self) -> None:
        """Report now and then what is counted, see `components.features.served_counts`."""
        now_s = self._clock()
        if self._file is None or now_s < self._next_s:
            return
        with self._lock:
            counted = self.ranker.counts(self._watched, now_s)
            counts = (*self._counts, counted.model_copy(update={"last_number": self._last}))[-KEPT:]
        report = ServedCounts(
            store=self._store,
            item_ids=tuple(self._watched),
            since_s=self._since_s,
            counts=(self._before, *counts),
        )
        write_text(self._file, report.model_dump_json())
        self._counts, self._next_s = counts, now_s + EVERY_S
