"""Campaigns and what is booked on them: money is spent once, never beyond a budget, whoever is killed meanwhile."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.project import root
from serving.state.campaign import Campaign, Offer
from serving.state.sql_campaigns import SqlCampaigns
from serving.state.sqlite import sqlite_database

NOW_S = 1_700_000_000
BUDGET, PRICE, OFFERS = 1_000, 7, 400
BOOKER = """
import sys
from pathlib import Path
from serving.state.sql_campaigns import SqlCampaigns
from serving.state.sqlite import sqlite_database
store = SqlCampaigns(sqlite_database(Path(sys.argv[1]), durable=False))
print("open", flush=True)
for number in range(int(sys.argv[2])):
    for event in ("impression", "click"):
        store.book(f"offer-{number}", "somebody", event, 1_700_000_000)
"""


def campaign(**changes: object) -> Campaign:
    fields = {"campaign_id": "one", "advertiser_id": "they", "item_id": "a", "objective": "clicks", "bid": 10}
    return Campaign(**fields | {"budget": BUDGET, "starts_s": NOW_S, "ends_s": NOW_S + 86_400} | changes)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlCampaigns]:
    opened = SqlCampaigns(sqlite_database(tmp_path / "campaigns.db", durable=False))
    assert opened.put(campaign())
    yield opened
    opened.close()


def offer(number: int, objective: str = "clicks", campaign_id: str = "one") -> Offer:
    return Offer(f"offer-{number}", campaign_id, "somebody", objective, PRICE, NOW_S)


def test_each_thing_is_booked_once_and_in_order(store: SqlCampaigns) -> None:
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


def test_a_budget_is_never_overspent_nor_set_below_what_is_spent(store: SqlCampaigns) -> None:
    assert store.put(campaign(budget=PRICE + 1))
    store.offer([offer(0), offer(1)])
    for number, told in enumerate(("booked", "spent")):
        store.book(f"offer-{number}", "somebody", "impression", NOW_S)
        assert store.book(f"offer-{number}", "somebody", "click", NOW_S) == told
    assert not store.put(campaign(budget=PRICE - 1))
    assert store.get("one") == campaign(budget=PRICE + 1, spent=PRICE)
    assert store.set_pace("one", 0.5, 10, PRICE)
    assert not store.set_pace("one", 0.1, 10, PRICE)  # of two processes one sets it


def test_eight_processes_that_are_killed_spend_once_and_no_more(tmp_path: Path) -> None:
    """They book the same offers, which cost more than there is; a dozen of them are killed at any moment."""
    path = tmp_path / "campaigns.db"
    store = SqlCampaigns(sqlite_database(path, durable=False))
    store.put(campaign())
    store.offer([offer(number) for number in range(OFFERS)])
    command = [sys.executable, "-c", BOOKER, str(path), str(OFFERS)]
    environment = os.environ | {"PYTHONPATH": str(root())}
    running = [subprocess.Popen(command, cwd=root(), env=environment, stdout=subprocess.PIPE) for _ in range(8)]
    for round_ in range(12):
        victim = running.pop(0)
        assert victim.stdout is not None
        victim.stdout.readline()
        time.sleep(0.01 * (round_ % 4))
        os.kill(victim.pid, signal.SIGKILL)
        victim.communicate()
        if round_ < 4:
            running.append(subprocess.Popen(command, cwd=root(), env=environment, stdout=subprocess.PIPE))
        if not running:
            break
    for number in range(OFFERS):  # whatever they left over
        for event in ("impression", "click"):
            store.book(f"offer-{number}", "somebody", event, NOW_S)
    with sqlite_database(path, durable=False).transaction() as connection:
        ((paid, clicks),) = connection.run("SELECT SUM(price), COUNT(*) FROM bookings WHERE event = 'click'")
    found = store.get("one")
    assert found is not None
    assert found.spent == paid == BUDGET // PRICE * PRICE
    assert clicks == OFFERS
    store.close()
