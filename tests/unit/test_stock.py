"""The order of the board, and what is told of two items that look alike."""

from typing import Any

from serving.discovery.stock import Stock


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
