"""Processes that book the same offers, which cost more than there is, and are killed at any moment."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

__all__ = ["Booked", "killed"]

AT_ONCE = 8
NOW_S = 1_700_000_000
BUDGET, PRICE, OFFERS = 1_000, 7, 200
NAME, PERSON = "killed", "somebody"
EVENTS = ("impression", "click")
LONGEST_S = 0.03  # for which one books before it is killed
BOOKER = """
import sys
from serving.state import open_state
store = open_state(sys.argv[1]).campaigns
print("open", flush=True)
for number in range(int(sys.argv[2])):
    for event in ("impression", "click"):
        store.book(f"offer-{number}", "somebody", event, 1_700_000_000)
"""


@dataclass(frozen=True)
class Booked:
    """Of a campaign: what it says was spent, the sum of what was booked, and what its budget is enough for."""

    spent: int
    booked: int
    due: int


def killed(url: str, kills: int) -> Booked:
    """Start eight processes on an empty store, kill `kills` in all, each followed by another, and book what is left."""
    from serving.state import Campaign, Offer, open_state

    state = open_state(url)
    store = state.campaigns
    assert store is not None
    campaign = Campaign(
        campaign_id=NAME,
        advertiser_id="they",
        item_id="a",
        objective="clicks",
        bid=PRICE + 3,
        budget=BUDGET,
        starts_s=NOW_S,
        ends_s=NOW_S + 86_400,
    )
    assert store.put(campaign)
    store.offer([Offer(f"offer-{number}", NAME, PERSON, "clicks", PRICE, NOW_S) for number in range(OFFERS)])
    running = [_booker(url) for _ in range(AT_ONCE)]
    try:
        for kill in range(kills):
            victim = running[0]
            assert victim.stdout is not None
            assert victim.stdout.readline() == b"open\n"
            time.sleep(LONGEST_S / 3 * (kill % 4))
            _end(running.pop(0))
            if kill < kills - AT_ONCE:
                running.append(_booker(url))
    finally:
        for one in running:
            _end(one)
    for number in range(OFFERS):
        for event in EVENTS:
            store.book(f"offer-{number}", PERSON, event, NOW_S)
    found = store.get(NAME)
    assert found is not None
    booked = sum(price for _, price in store.spending(NAME, NOW_S, 10))
    state.close()
    return Booked(found.spent, booked, BUDGET // PRICE * PRICE)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()


def _booker(url: str) -> "subprocess.Popen[bytes]":
    from data.project import root

    command = [sys.executable, "-c", BOOKER, url, str(OFFERS)]
    environment = os.environ | {"PYTHONPATH": str(root())}
    return subprocess.Popen(command, cwd=root(), env=environment, stdout=subprocess.PIPE)
