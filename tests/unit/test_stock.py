"""What two items have in common is told by what few others have."""

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
