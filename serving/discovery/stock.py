"""The items that can be shown now: those of the catalogue, with what was added, changed and deleted since."""

import base64
import json
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from heapq import merge
from typing import Any
from urllib.parse import quote
from zlib import crc32

from components.errors import NotFound
from components.metadata import listed
from data.errors import UserError
from serving.discovery.catalogue import Catalogue
from serving.discovery.near_duplicates import NearDuplicates
from serving.errors import RequestError
from serving.state import ItemChange

__all__ = ["Stock", "matches", "value_of"]

CATEGORY = "category"
MOST_NAMES = 200  # of attributes: each is a column of codes for every row of the index, and a part of every filter list
SO, NOT_SO = {"yes", "true"}, {"no", "false", "none"}

Where = Mapping[str, str | list[str]]
Fact = tuple[str, str]  # column, value
KnownFilters = dict[str, list[dict[str, Any]]]
Key = tuple[int, int, str]  # newest first; of one time mixed, since ids often go by category; then by id


class Stock:
    """Items as the JSON objects of answers. Used from one event loop."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._items: dict[str, dict[str, Any]] = {}
        self._counts: dict[str, Counter[str]] = {}
        self._names: set[str] = set()  # of attributes, also of items that went: the index keeps their columns a while
        self._stored: set[str] = set()  # items whose pictures are in the state
        self.near_duplicates = NearDuplicates()
        self.seq = 0
        for line in catalogue:
            self._put(line)
        self._order = sorted(_key(item) for item in self._items.values())
        self._with: dict[Fact, list[Key]] = {}  # what has a value, in the order of the board
        for key in self._order:
            for fact in self.facts(self._items[key[-1]]).items():
                self._with.setdefault(fact, []).append(key)
        self._filters: tuple[int, KnownFilters] | None = None

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    def there(self, item_ids: Iterable[str]) -> set[str]:
        """Those of some items that there are."""
        return self._items.keys() & item_ids

    def get(self, item_id: str) -> dict[str, Any]:
        """Raises `NotFound` if there is no such item."""
        item = self._items.get(item_id)
        if item is None:
            raise NotFound(f"there is no item {item_id!r}")
        return item

    def find(self, item_id: str) -> dict[str, Any] | None:
        return self._items.get(item_id)

    def check_names(self, names: Iterable[str]) -> None:
        """Raises `UserError` if these are attributes that no item had since the start, and there are enough."""
        fresh = sorted(set(names) - self._names)
        if fresh and len(self._names) + len(fresh) > MOST_NAMES:
            raise UserError(
                f"items have {len(self._names)} different attributes, and {MOST_NAMES} at most are taken; "
                f"use one of GET /v1/filters instead of {fresh[0]!r}, or put what it says into the title"
            )

    def picture(self, item_id: str) -> bytes | None:
        """The picture of an item of the catalogue; None if it lies in the state."""
        return None if item_id in self._stored else self._catalogue.picture(item_id)

    def apply(self, changes: Iterable[ItemChange]) -> None:
        """Take over changes, in order; those that are known already are passed over."""
        for change in changes:
            if change.seq <= self.seq:
                continue
            self._remove(change.item_id)
            if change.item is not None:
                details = dict(change.item.details)
                created_s = details.pop("created_s", None)
                line = {
                    "item_id": change.item_id,
                    "title": change.item.title,
                    "description": "",
                    "category": change.item.category,
                    "attributes": dict(change.item.attributes),
                    "created_s": created_s,
                    **details,
                }
                self._put(line)
                key = _key(line)
                for order in (self._order, *self._lists(line)):
                    insort(order, key)
                self._stored.add(change.item_id)
            self.seq = change.seq

    def page(self, cursor: str | None, k: int, where: Where) -> tuple[list[dict[str, Any]], str | None]:
        """The next `k` items after `cursor`, newest first, of one time mixed, and the cursor of the page after it.

        Raises:
            UserError: an unknown filter or value.
            RequestError: 422 if the cursor is none of ours.
        """
        wanted = self.wanted(where)
        after = None if cursor is None else _unpacked(cursor)
        items: list[dict[str, Any]] = []
        for key in merge(*(_after(order, after) for order in self._rarest(wanted))):
            item = self._items[key[-1]]
            if not matches(item, wanted):
                continue
            if len(items) == k:
                return items, _packed(_key(items[-1]))
            items.append(item)
        return items, None

    def newest(self, most: int, where: Where) -> list[dict[str, Any]]:
        """The first `most` items; raises as `page`."""
        return self.page(None, most, where)[0] if where else [self._items[key[-1]] for key in self._order[:most]]

    def oldest_first(self, item_ids: Iterable[str]) -> list[str]:
        """Those of some items that there are."""
        return sorted(self.there(item_ids), key=lambda item_id: _key(self._items[item_id]), reverse=True)

    def wanted(self, where: Where) -> dict[str, frozenset[str]]:
        """Filters as sets; raises `UserError` naming the known ones for one that is unknown."""
        wanted = {}
        for column, values in where.items():
            known = self._counts.get(column)
            if known is None:
                raise UserError(f"unknown filter {column!r}; known: {listed(sorted(self._counts))}")
            wanted[column] = frozenset((values,) if isinstance(values, str) else values)
            for value in sorted(wanted[column]):
                if value not in known:
                    raise UserError(f"unknown value {value!r} of the filter {column!r}; known: {listed(sorted(known))}")
        return wanted

    def has(self, column: str, value: str) -> bool:
        """Whether an item has this value, so that it can be filtered by."""
        return value in self._counts.get(column, ())

    def share(self, column: str, value: str) -> float:
        """Of the items those that have this value."""
        return self._counts.get(column, Counter())[value] / max(len(self), 1)

    @staticmethod
    def facts(item: Mapping[str, Any]) -> dict[str, str]:
        """What an item can be filtered by."""
        return {**item["attributes"], **({CATEGORY: item["category"]} if item["category"] else {})}

    async def filters(self, blocking: Callable[..., Awaitable[KnownFilters]], where: Where) -> KnownFilters:
        """Columns, and their values with how many items have each, the most frequent first.

        blocking: calls in a thread, since columns may have as many values as there are items. where: filters; a column
        counts the items that match those of all others, so that its own can be exchanged.

        Raises:
            UserError: an unknown filter or value.
        """
        if where:
            wanted, items = self.wanted(where), list(self._items.values())
            return await blocking(_matching_filters, items, wanted)
        seq, known = self.seq, self._filters
        if known is None or known[0] != seq:
            counts = {name: dict(values) for name, values in self._counts.items()}
            known = self._filters = seq, await blocking(_sorted_filters, counts)
        return known[1]

    def in_common(self, item: Mapping[str, Any], other: Mapping[str, Any], most: int = 3) -> list[str]:
        """What both items are and at most half of all items, the rarest first: what most are says nothing.

        Values, or the name of what is said to be so; what is said not to be so is left out.
        """
        shared = self.facts(item).items() & self.facts(other).items()
        known = {fact: self._counts.get(fact[0], Counter())[fact[1]] for fact in shared}
        telling = sorted(
            (count, name if value in SO else value)
            for (name, value), count in known.items()
            if 2 * count <= len(self) and value not in NOT_SO
        )
        return [word for _, word in telling[:most]]

    def _put(self, line: dict[str, Any]) -> None:
        self._count(line, 1)
        item_id, version, small = line["item_id"], line.pop("version"), line.pop("thumbnail", None)
        if small is not None:  # catalogues and items of before have none
            self.near_duplicates.put(item_id, base64.b64decode(small))
        self._items[item_id] = {**line, "picture": f"/v1/items/{quote(item_id, safe='')}/picture?v={version}"}

    def _remove(self, item_id: str) -> None:
        self._stored.discard(item_id)
        self.near_duplicates.drop(item_id)
        item = self._items.pop(item_id, None)
        if item is not None:
            self._count(item, -1)
            key = _key(item)
            for order in (self._order, *self._lists(item)):
                place = bisect_left(order, key)
                assert order[place] == key
                del order[place]
            for fact in self.facts(item).items():
                if not self._with[fact]:
                    del self._with[fact]

    def _lists(self, item: Mapping[str, Any]) -> list[list[Key]]:
        """The lists of the values that an item has."""
        return [self._with.setdefault(fact, []) for fact in self.facts(item).items()]

    def _rarest(self, wanted: Mapping[str, frozenset[str]]) -> list[list[Key]]:
        """The lists that hold whatever is wanted and the least besides."""
        lists = [[self._with[column, value] for value in values] for column, values in wanted.items()]
        return min(lists, key=lambda parts: sum(map(len, parts)), default=[self._order])

    def _count(self, item: Mapping[str, Any], by: int) -> None:
        self._names.update(item["attributes"])
        for column, value in self.facts(item).items():
            counts = self._counts.setdefault(column, Counter())
            counts[value] += by
            if not counts[value]:
                del counts[value]
                if not counts:
                    del self._counts[column]


def _after(order: list[Key], key: Key | None) -> Iterator[Key]:
    start = 0 if key is None else bisect_right(order, key)
    return (order[place] for place in range(start, len(order)))


def _sorted_filters(counts: Mapping[str, Mapping[str, int]]) -> KnownFilters:
    return {
        name: [
            {"value": value, "count": count}
            for value, count in sorted(counts[name].items(), key=lambda pair: (-pair[1], pair[0]))
        ]
        for name in sorted(counts, key=lambda name: (name != CATEGORY, name))
    }


def _matching_filters(items: Iterable[Mapping[str, Any]], wanted: Mapping[str, frozenset[str]]) -> KnownFilters:
    matching: Counter[Fact] = Counter()
    for item in items:
        facts = Stock.facts(item)
        missed = [column for column, values in wanted.items() if facts.get(column) not in values]
        if not missed:
            matching.update(facts.items())
        elif len(missed) == 1 and missed[0] in facts:
            matching[missed[0], facts[missed[0]]] += 1
    counts: dict[str, dict[str, int]] = {}
    for (column, value), count in matching.items():
        counts.setdefault(column, {})[value] = count
    return _sorted_filters(counts)


def matches(item: Mapping[str, Any], wanted: Mapping[str, frozenset[str]]) -> bool:
    return all(value_of(item, column) in values for column, values in wanted.items())


def value_of(item: Mapping[str, Any], column: str) -> str | None:
    """The item's category or attribute of that name."""
    value: str | None = item["category"] if column == CATEGORY else item["attributes"].get(column)
    return value


def _key(item: Mapping[str, Any]) -> Key:
    return _ordered(-(item["created_s"] or 0), item["item_id"])


def _ordered(created: int, item_id: str) -> Key:
    return created, crc32(item_id.encode(errors="surrogatepass")), item_id


def _packed(key: Key) -> str:
    created, _, item_id = key
    return base64.urlsafe_b64encode(json.dumps((created, item_id)).encode()).decode().rstrip("=")


def _unpacked(cursor: str) -> Key:
    try:
        created, item_id = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (ValueError, TypeError):
        created, item_id = None, None
    if type(created) is not int or not isinstance(item_id, str):
        raise RequestError(422, "cursor: not one of ours; leave it out for the first page")
    return _ordered(created, item_id)
