"""How often the entry asks the store what everybody acts on, and that it does not where nobody wants to know."""

import asyncio
import json
from typing import Any

import pytest

from serving.discovery.crowd import Crowd
from serving.state import Trend, Trending

WANTED = {"half_life_days": 0.5, "actions": ["save", "click"], "newcomers": True}


class Store:
    """Answers with how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Trend, float]] = []

    def trending(self, trend: Trend, now_s: float, most: int) -> list[Trending]:
        assert most == 300
        self.asked.append((trend, now_s))
        return [Trending("item", float(len(self.asked)), ("ann",))]


class System:
    def __init__(self, trend: Any) -> None:
        self.trend, self.asked = trend, 0

    async def get(self, path: str) -> Any:
        assert path == "/v1/trend"
        self.asked += 1
        return {"trend": self.trend}


async def _called(call: Any, *arguments: Any) -> Any:
    await asyncio.sleep(0)
    return call(*arguments)


def told(system: System, store: Store, moments: list[int]) -> list[Any]:
    """What is told of requests that come at once."""

    async def ask() -> list[bytes]:
        crowd = Crowd(system, store)  # type: ignore[arg-type]
        await crowd.trending(_called, moments[0])
        return await asyncio.gather(*(crowd.trending(_called, moment) for moment in moments))

    return [json.loads(text) for text in asyncio.run(ask())]


def test_requests_of_one_second_read_the_store_once() -> None:
    system, store = System(WANTED), Store()
    found = told(system, store, [1000] * 5 + [1001] * 5)
    assert found[0] == [{"item_id": "item", "count": 1.0, "user_ids": ["ann"]}]
    assert [one[0]["count"] for one in found] == [1.0] * 5 + [2.0] * 5
    assert store.asked == [(Trend(43_200, ("save", "click"), True), moment) for moment in (1000, 1001)]
    assert system.asked == 1


def test_counts_of_a_second_ago_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.discovery.crowd.KEPT_S", 0.0)
    store = Store()
    told(System(WANTED), store, [1000, 1000])
    assert len(store.asked) == 3


def test_a_bundle_that_does_not_weigh_the_trend_is_told_nothing() -> None:
    store = Store()
    assert told(System(None), store, [1000, 1001]) == [[], []]
    assert store.asked == []
