"""The order of the board, and what is told of two items that look alike."""

import asyncio
import random
from typing import Any

import pytest

from data.errors import UserError
from serving.discovery.stock import Stock, matches
from serving.state import Item, ItemChange


def item(number: int, category: str, **attributes: str) -> dict[str, Any]:
    return {
        "item_id": str(number),
        "title": "",
        "category": category,
        "attributes": attributes,
        "created_s": None,
        "version": "1",
    }


def test_rare_values_come_first_and_what_most_have_is_left_out() -> None:
    lines = [item(number, "chair", light="neutral") for number in range(5)]
    lines += [item(5, "lamp", light="neutral", colour="red", pattern="dots", height="low")]
    lines += [item(6, "lamp", light="neutral", colour="red", pattern="dots", height="tall")]
    lines += [item(7, "lamp", light="neutral", colour="red"), item(8, "lamp", light="warm")]
    stock = Stock(lines)
    one, other = stock.get("5"), stock.get("6")
    assert stock.in_common(one, other) == ["dots", "red", "lamp"]  # 2, 3 and 4 of 9 have them; neutral are 8
    assert stock.in_common(one, other, most=1) == ["dots"]
    assert stock.in_common(one, stock.get("0")) == []


def test_what_is_said_to_be_so_is_called_by_its_name() -> None:
    lines = [item(number, "chair") for number in range(5)]
    lines += [item(number, "sofa", arms="yes", drawers="no", sleeve="none") for number in (5, 6)]
    stock = Stock(lines)
    assert stock.in_common(stock.get("5"), stock.get("6")) == ["arms", "sofa"]


def test_filtered_pages_hold_what_matches_whatever_came_and_went() -> None:
    chance = random.Random(5)

    def any_item(number: int) -> dict[str, Any]:
        colours = {"colour": chance.choice(["red", "blue", "grey"])} if chance.random() < 0.7 else {}
        return {**item(number, chance.choice(["chair", "lamp"]), **colours), "created_s": chance.randrange(9)}

    there = {str(number): any_item(number) for number in range(60)}
    stock = Stock([dict(line) for line in there.values()])
    for seq in range(1, 400):
        item_id = str(chance.randrange(90))
        there.pop(item_id, None)
        given = None
        if chance.random() < 0.5:
            line = there[item_id] = any_item(int(item_id))
            details = {"created_s": line["created_s"], "version": "1"}
            given = Item(item_id, "", line["category"], line["attributes"], details=details)
        stock.apply([ItemChange(seq, item_id, given)])
        if seq % 40 == 0:
            for where in ({}, {"colour": ["red", "grey"]}, {"category": ["lamp"], "colour": ["blue"]}):
                assert all_pages(stock, where) == [
                    line["item_id"] for line in stock.page(None, 999, {})[0] if fits(there[line["item_id"]], where)
                ]
    assert len(all_pages(stock, {})) == len(there)


def all_pages(stock: Stock, where: dict[str, Any]) -> list[str]:
    shown, cursor = [], None
    while not shown or cursor:
        page, cursor = stock.page(cursor, 7, where)
        shown += [found["item_id"] for found in page]
    return shown


def fits(line: dict[str, Any], where: dict[str, Any]) -> bool:
    known = line["attributes"] | {"category": line["category"]}
    return all(known.get(column) in values for column, values in where.items())


def test_a_rare_filter_looks_at_what_has_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0

    def counted(*given: Any) -> bool:
        nonlocal looked_at
        looked_at += 1
        return matches(*given)

    stock = Stock([item(number, "chair", colour="red" if number % 100 else "gold") for number in range(500)])
    monkeypatch.setattr("serving.discovery.stock.matches", counted)
    page, cursor = stock.page(None, 30, {"category": "chair", "colour": "gold"})
    assert (len(page), cursor, looked_at) == (5, None, 5)


def test_each_filter_counts_what_all_others_leave() -> None:
    lines = [item(0, "chair", colour="red", wood="oak"), item(1, "chair", colour="red", wood="ash")]
    lines += [item(2, "chair", colour="blue"), item(3, "lamp", colour="red"), item(4, "lamp", colour="grey")]
    stock = Stock(lines)
    where = {"category": ["chair"], "colour": ["red"]}
    assert told(stock, where) == {
        "category": {"chair": 2, "lamp": 1},
        "colour": {"red": 2, "blue": 1},
        "wood": {"ash": 1, "oak": 1},
    }
    stock.apply([ItemChange(1, "0", None), ItemChange(2, "3", None)])
    assert told(stock, where) == {"category": {"chair": 1}, "colour": {"red": 1, "blue": 1}, "wood": {"ash": 1}}
    assert told(stock, {"colour": "grey", "wood": "ash"}) == {"colour": {"red": 1}}
    with pytest.raises(UserError, match="unknown filter 'size'; known: category, colour, wood"):
        told(stock, {"size": "1"})


def test_what_came_while_filters_are_counted_counts_next_time() -> None:
    stock = Stock([item(number, "chair") for number in range(3)])

    async def late(call: Any, *given: Any) -> Any:
        stock.apply([ItemChange(1, "2", None)])
        return call(*given)

    assert asyncio.run(stock.filters(late, {"category": "chair"})) == {"category": [{"value": "chair", "count": 3}]}
    assert told(stock, {"category": "chair"}) == {"category": {"chair": 2}}


def told(stock: Stock, where: dict[str, Any]) -> dict[str, dict[str, int]]:
    async def at_once(call: Any, *given: Any) -> Any:
        return call(*given)

    found = asyncio.run(stock.filters(at_once, where))
    return {name: {entry["value"]: entry["count"] for entry in values} for name, values in found.items()}


def test_the_newest_come_first_and_those_of_one_time_are_mixed() -> None:
    lines = [item(number, "chair" if number < 50 else "lamp") for number in range(100)]
    lines += [{**item(100, "mug"), "created_s": 5}, {**item(101, "vase"), "created_s": 9}]
    stock = Stock(lines)
    shown, cursor = [], None
    while not shown or cursor:
        page, cursor = stock.page(cursor, 7, {})
        shown += page
    assert [found["category"] for found in shown[:2]] == ["vase", "mug"]
    assert 5 < sum(found["category"] == "chair" for found in shown[2:32]) < 25
    assert sorted(int(found["item_id"]) for found in shown) == list(range(102))
