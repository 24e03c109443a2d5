"""Campaigns and what is booked on them: money is spent once, never beyond a budget, whoever is killed meanwhile."""

import itertools
import os
from collections.abc import Iterator

import pytest

from components.auction.pacing import planned
from corkboard.bench._ads_spend import killed
from serving.discovery.campaigns import on_pace
from serving.discovery.hours import Hours
from serving.state import Campaign, Campaigns, Offer, open_state
from tests.databases import emptied, state_url

KILLS = int(os.environ.get("CORKBOARD_TEST_KILLS", "12"))  # 8 at least, which is how many run
NOW_S = 1_700_000_000
BUDGET, PRICE = 1_000, 7
numbers = itertools.count(1)


def campaign(**changes: object) -> Campaign:
    fields = {"campaign_id": "one", "advertiser_id": "they", "item_id": "a", "objective": "clicks", "bid": 10}
    return Campaign(**fields | {"budget": BUDGET, "starts_s": NOW_S, "ends_s": NOW_S + 86_400} | changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with state_url(request.param, tmp_path_factory.mktemp(request.param)) as address:
        yield address


@pytest.fixture
def url(server: str) -> str:
    return emptied(server, next(numbers))


@pytest.fixture
def store(url: str) -> Iterator[Campaigns]:
    state = open_state(url)
    assert state.campaigns is not None
    assert state.campaigns.put(campaign())
    yield state.campaigns
    state.close()


def offer(number: int, objective: str = "clicks", campaign_id: str = "one") -> Offer:
    return Offer(f"offer-{number}", campaign_id, "somebody", objective, PRICE, NOW_S)


def test_each_thing_is_booked_once_and_in_order(store: Campaigns) -> None:
    store.offer([offer(0), offer(1)])
    assert store.book("offer-0", "somebody", "click", NOW_S) == "early"
    assert store.book("offer-0", "somebody else", "impression", NOW_S) == "unknown"
    assert store.book("no such", "somebody", "impression", NOW_S) == "unknown"
    assert store.book("offer-0", "somebody", "impression", NOW_S) == "booked"
    assert store.get("one").spent == 0  # type: ignore[union-attr]
    assert [store.book("offer-0", "somebody", "click", NOW_S) for _ in range(2)] == ["booked", "before"]
    assert store.book("offer-0", "somebody", "conversion", NOW_S) == "booked"
    assert store.get("one").spent == PRICE  # type: ignore[union-attr]
    assert store.shown("somebody", NOW_S) == {"one": 2}
    assert store.shown("somebody", NOW_S + 1) == {}
    assert store.forget("somebody") == 2
    assert store.shown("somebody", NOW_S) == {}


def test_a_budget_is_never_overspent_nor_set_below_what_is_spent(store: Campaigns) -> None:
    assert store.put(campaign(budget=PRICE + 1))
    store.offer([offer(0), offer(1)])
    for number, told in enumerate(("booked", "spent")):
        store.book(f"offer-{number}", "somebody", "impression", NOW_S)
        assert store.book(f"offer-{number}", "somebody", "click", NOW_S) == told
    assert not store.put(campaign(budget=PRICE - 1))
    assert store.get("one") == campaign(budget=PRICE + 1, spent=PRICE)
    assert store.set_pace("one", 0.5, 10, PRICE)
    assert not store.set_pace("one", 0.1, 10, PRICE)  # of two processes one sets it


def test_what_was_spent_is_told_step_by_step(store: Campaigns) -> None:
    store.offer([offer(number) for number in range(4)])
    for number, time_s in enumerate((NOW_S - 1, NOW_S + 9, NOW_S + 35, NOW_S + 39)):
        for event in ("impression", "click"):
            assert store.book(f"offer-{number}", "somebody", event, time_s) == "booked"
    assert store.spending("one", NOW_S, 10) == [(0, 2 * PRICE), (3, 2 * PRICE)]
    assert store.spending("another", NOW_S, 10) == []
    assert store.offered(NOW_S - 5, 10) == [(0, 4)]
    assert store.offered(NOW_S + 1, 10) == []


def test_a_budget_is_spent_as_ads_were_offered_before(store: Campaigns) -> None:
    """In two weeks, thirty at 20:00 UTC and none else: by 19:00 little of a day's budget is due."""
    midnight_s = NOW_S // 86_400 * 86_400
    times_s = [midnight_s - day * 86_400 + 20 * 3600 for day in range(1, 16) for _ in range(30)]
    store.offer([Offer(f"past-{n}", "one", "somebody", "clicks", PRICE, at_s) for n, at_s in enumerate(times_s)])
    hours, evening_s = Hours(store).expected(midnight_s), midnight_s + 19 * 3600
    assert planned(BUDGET, midnight_s, midnight_s + 86_400, evening_s) == 791
    assert planned(BUDGET, midnight_s, midnight_s + 86_400, evening_s, hours) == 1000 * 19 // 84
    late = on_pace(store, campaign(starts_s=midnight_s, ends_s=midnight_s + 86_400), evening_s, hours)
    assert 200 < late.planned < 230


def test_eight_processes_that_are_killed_spend_once_and_no_more(url: str) -> None:
    """They book the same offers, which cost more than there is; each is killed at any moment, and another comes."""
    found = killed(url, KILLS)
    assert found.spent == found.booked == found.due
