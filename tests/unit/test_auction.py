"""Auctions, paces and bidding: what they promise holds for whatever is drawn."""

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from components.auction.bidding import Planner, linear, replay
from components.auction.pacing import FLAT, HOUR_S, LEAST, WEEK_H, forecast, paced, planned, slowest
from components.auction.slots import Bid, hold

ITEMS = st.sampled_from(["", "", "x", "y"])  # two bids may show the same item
OWNERS = st.sampled_from(["", "", "they", "we"])  # and two may be of one advertiser
BIDS = st.lists(st.tuples(st.integers(1, 1000), st.floats(0.001, 1), ITEMS, OWNERS), min_size=1, max_size=7)
MOST = st.integers(0, 2)  # bids of an owner; 0: any number
KINDS = st.sampled_from(["second", "vcg", "first"])
SEEN = st.lists(st.floats(0.05, 1), min_size=1, max_size=4).map(lambda seen: sorted(seen, reverse=True))
RESERVE = st.floats(0, 100)


Drawn = list[tuple[int, float, str, str]]


def made(drawn: Drawn) -> list[Bid]:
    return [Bid(f"ad-{place}", *one) for place, one in enumerate(drawn)]


def item_of(bid: Bid) -> str:
    return bid.item or bid.name


def owner_of(bid: Bid) -> str:
    return bid.owner or bid.name


def gain(owner: str, value: dict[str, int], bids: list[Bid], seen: list[float], reserve: float, most: int) -> float:
    """What an owner to whom events are worth `value` gets of an auction by VCG, in expectation."""
    won = [one for one in hold(bids, seen, reserve, "vcg", most=most) if owner_of(bids[one.place]) == owner]
    return sum(seen[one.slot] * bids[one.place].chance * (value[bids[one.place].name] - one.price) for one in won)


def test_known_prices() -> None:
    """Worked by hand: worths 8, 4 and 2 for slots that are seen whole and by half."""
    bids = [Bid("a", 100, 0.08), Bid("b", 100, 0.04), Bid("c", 100, 0.02)]
    assert [(one.place, one.price) for one in hold(bids, [1, 0.5])] == [(0, 50), (1, 50)]
    # the first takes half of b's 4 and, by it, half of c's 2: (2 + 1) / .08; the second takes c's half: 1 / (.5 * .04)
    assert [(one.place, one.price) for one in hold(bids, [1, 0.5], kind="vcg")] == [(0, 38), (1, 50)]
    assert [one.price for one in hold(bids, [1, 0.5], kind="first", shading=0.7)] == [70, 70]
    assert [one.price for one in hold(bids, [1, 0.5], reserve=3)] == [50, 75]
    assert hold(bids, [1], reserve=9) == []


def test_known_prices_where_two_show_the_same_item() -> None:
    """Worked by hand: worths 8, 6 of the same item, and 2."""
    bids = [Bid("a", 100, 0.08, "x"), Bid("b", 100, 0.06, "x"), Bid("c", 100, 0.02, "y")]
    assert [(one.place, one.price) for one in hold(bids, [1, 0.5])] == [(0, 75), (2, 0)]
    # without a, b has its slot, so that the others lose b's 6 alone; nobody loses anything by c
    assert [(one.place, one.price) for one in hold(bids, [1, 0.5], kind="vcg")] == [(0, 75), (2, 0)]
    assert [(one.place, one.price) for one in hold(bids[:2], [1, 0.5])] == [(0, 75)]
    third = [*bids, Bid("d", 100, 0.01, "x")]
    assert [one.price for one in hold(third, [1, 0.5])] == [75, 50]  # d bids below c, whatever it shows
    assert [one.price for one in hold(third, [1, 0.5], kind="vcg")] == [75, 0]
    assert [one.price for one in hold(third, [1, 0.5], kind="first", shading=0.7)] == [70, 70]


def test_nobody_pays_because_of_themselves() -> None:
    """Worked by hand: worths 8, 6 and 5 of one owner, of which two show the same item, and 2 of another."""
    own = [Bid("a", 100, 0.08, "x", "they"), Bid("b", 100, 0.06, "x", "they"), Bid("c", 100, 0.05, "y", "they")]
    bids = [*own, Bid("d", 100, 0.02, "z", "we")]
    won = [(one.place, one.price) for one in hold(bids, [1, 0.5], most=2)]
    assert won == [(0, 25), (2, 40)]  # d's 2 / .08, and 2 / .05
    # a pushes d from the first slot to the second, c off the page
    won = [(one.place, one.price) for one in hold(bids, [1, 0.5], kind="vcg", most=2)]
    assert won == [(0, 13), (2, 40)]
    assert [(one.place, one.price) for one in hold(bids, [1, 0.5], most=1)] == [(0, 25), (3, 0)]


def test_who_cannot_be_shown_for_their_own_bids_above_sets_no_price() -> None:
    bids = [Bid("a", 100, 0.08, "x", "they"), Bid("b", 100, 0.06, "y", "we"), Bid("c", 100, 0.05, "z", "they")]
    assert [(one.place, one.price) for one in hold(bids, [1, 0.5], most=1)] == [(0, 75), (1, 0)]
    assert [(one.place, one.price) for one in hold(bids, [1, 0.5])] == [(0, 75), (1, 84)]


@settings(max_examples=200, deadline=None)
@given(BIDS, SEEN, RESERVE, KINDS, MOST)
def test_winners_are_the_most_worth_and_never_pay_more_than_they_bid(
    drawn: Drawn, seen: list[float], reserve: float, kind: str, most: int
) -> None:
    bids = made(drawn)
    won = hold(bids, seen, reserve, kind, most=most)  # type: ignore[arg-type]
    assert all(isinstance(one.price, int) and 0 <= one.price <= bids[one.place].amount for one in won)
    worths = [bids[one.place].worth for one in won]
    assert worths == sorted(worths, reverse=True)
    assert all(worth >= reserve for worth in worths)
    assert [one.slot for one in won] == list(range(len(won)))
    shown = [bids[one.place] for one in won]
    assert len({item_of(bid) for bid in shown}) == len(shown)
    assert not most or max(Counter(owner_of(bid) for bid in shown).values(), default=0) <= most
    for bid in bids:  # whoever is not shown is kept out by what stands above, by the end of the page, or by the reserve
        above = [one for one in shown if (-one.worth, one.name) < (-bid.worth, bid.name)]
        twice = item_of(bid) in map(item_of, above)
        full = most and sum(owner_of(one) == owner_of(bid) for one in above) >= most
        assert bid in shown or bid.worth < reserve or twice or full or len(above) == len(seen)


@settings(max_examples=200, deadline=None)
@given(BIDS, SEEN, RESERVE, MOST)
def test_who_is_next_sets_the_second_price(drawn: Drawn, seen: list[float], reserve: float, most: int) -> None:
    """Nobody is shown for nothing above a bid of another that could be shown, whatever that one's item."""
    bids = made(drawn)
    everywhere = {one.place for one in hold(bids, [1.0] * len(bids), reserve, most=most)}
    for one in hold(bids, seen, reserve, most=most):
        winner = bids[one.place]
        lower = [bid for bid in bids if (-bid.worth, bid.name) > (-winner.worth, winner.name) and bid.worth >= reserve]
        full = {
            bid.name
            for bid in lower
            if most
            and sum(
                owner_of(bids[place]) == owner_of(bid)
                and (-bids[place].worth, bids[place].name) < (-bid.worth, bid.name)
                for place in everywhere
            )
            >= most
        }
        others = [bid.worth for bid in lower if owner_of(bid) != owner_of(winner) and bid.name not in full]
        due = max([reserve, *others]) / winner.chance
        assert min(winner.amount, due) - 1e-6 <= one.price < due + 1 + 1e-6
        assert one.price > 0 or due < 1e-6


@settings(max_examples=200, deadline=None)
@given(BIDS, SEEN, RESERVE, KINDS, MOST, st.integers(0, 6))
def test_what_an_owner_bids_otherwise_does_not_raise_their_own_prices(
    drawn: Drawn, seen: list[float], reserve: float, kind: str, most: int, who: int
) -> None:
    """Without an owner's lowest bid, their others are shown where they were, for what they were."""
    bids = made(drawn)
    own = sorted((bid for bid in bids if owner_of(bid) == owner_of(bids[who % len(bids)])), key=lambda bid: -bid.worth)
    rest = [bid for bid in bids if bid is not own[-1]]

    def prices(held: list[Bid]) -> dict[str, tuple[int, int]]:
        won = hold(held, seen, reserve, kind, most=most)  # type: ignore[arg-type]
        return {held[one.place].name: (one.slot, one.price) for one in won if held[one.place] in own[:-1]}

    assert prices(bids) == prices(rest)


@settings(max_examples=200, deadline=None)
@given(BIDS, SEEN, RESERVE, KINDS, MOST, st.integers(0, 6), st.integers(0, 1000))
def test_who_bids_more_is_not_shown_lower(
    drawn: Drawn, seen: list[float], reserve: float, kind: str, most: int, who: int, more: int
) -> None:
    bids, place = made(drawn), who % len(drawn)

    def slots() -> list[int]:
        won = hold(bids, seen, reserve, kind, most=most)  # type: ignore[arg-type]
        return [one.slot for one in won if one.place == place]

    before = slots()
    bids[place] = replace(bids[place], amount=bids[place].amount + more)
    assert not before or slots()[0] <= before[0]


@settings(max_examples=200, deadline=None)
@given(BIDS, SEEN, RESERVE, st.integers(0, 6))
def test_vcg_takes_what_others_lose(drawn: Drawn, seen: list[float], reserve: float, who: int) -> None:
    """Of an owner in all, by an auction without their bids, in which empty slots are worth the reserve."""

    def welfare(bids: list[Bid], but: str = "") -> float:
        won = hold(bids, seen, reserve)
        taken = sum(seen[one.slot] * bids[one.place].worth for one in won if owner_of(bids[one.place]) != but)
        return taken + reserve * sum(seen[len(won) :])

    bids = made(drawn)
    owner = owner_of(bids[who % len(bids)])
    won = [one for one in hold(bids, seen, reserve, "vcg") if owner_of(bids[one.place]) == owner]
    lost = welfare([bid for bid in bids if owner_of(bid) != owner]) - welfare(bids, owner)
    paid = sum(seen[one.slot] * bids[one.place].chance * one.price for one in won)
    rounded = sum(seen[one.slot] * bids[one.place].chance for one in won)
    assert lost - 1e-6 <= paid <= lost + rounded + 1e-6


@settings(max_examples=200, deadline=None)
@given(BIDS, SEEN, RESERVE, MOST, st.integers(0, 6), st.integers(1, 1000))
def test_no_other_bid_gains_by_vcg(
    drawn: Drawn, seen: list[float], reserve: float, most: int, who: int, other: int
) -> None:
    """But for what rounding to whole money is worth, of any of an owner's bids."""
    bids, place = made(drawn), who % len(drawn)
    if most:  # the exception that `hold` names
        bids = [replace(bid, item="") for bid in bids]
    value, owner = {bid.name: bid.amount for bid in bids}, owner_of(bids[place])
    honest = gain(owner, value, bids, seen, reserve, most)
    own = sum(owner_of(bid) == owner for bid in bids)
    bids[place] = replace(bids[place], amount=other)
    assert gain(owner, value, bids, seen, reserve, most) <= honest + own + 1e-9
    assert honest >= 0


@settings(max_examples=200, deadline=None)
@given(BIDS, SEEN, RESERVE, MOST)
def test_vcg_takes_no_more_than_second_prices_of_the_same_bids(
    drawn: Drawn, seen: list[float], reserve: float, most: int
) -> None:
    """Source: Edelman, Ostrovsky and Schwarz 2007, remark 1."""
    second, vcg = (hold(made(drawn), seen, reserve, kind, most=most) for kind in ("second", "vcg"))  # type: ignore[arg-type]
    assert all(less.price <= more.price + 1 for less, more in zip(vcg, second, strict=True))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10**9), st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_the_plan_rises_to_the_budget_and_no_further(budget: int, shares: list[float]) -> None:
    starts_s, ends_s = 1_700_000_000, 1_700_900_000
    times = sorted(starts_s + share * (ends_s - starts_s) for share in shares)
    plans = [planned(budget, starts_s, ends_s, now_s) for now_s in times]
    assert plans == sorted(plans)
    assert all(0 <= plan <= budget for plan in plans)
    assert planned(budget, starts_s, ends_s, ends_s) == budget
    assert planned(budget, starts_s, ends_s, starts_s) == 0


def test_a_plan_follows_traffic() -> None:
    """Twice as much comes in the first half of each week."""
    monday_s, day_s = 345_600, 86_400
    traffic = [2.0] * 84 + [1.0] * 84
    assert planned(900, monday_s, monday_s + 7 * day_s, monday_s + 3.5 * day_s, traffic) == 600
    assert planned(900, monday_s, monday_s + 7 * day_s, monday_s + 3.5 * day_s, FLAT) == 450


def test_traffic_is_forecast_from_whole_weeks() -> None:
    """Since a Tuesday 00:00, ten an hour came at 20:00; what came before a whole week counts no more."""
    tuesday_s, week_s = 345_600 + 24 * HOUR_S, WEEK_H * HOUR_S
    evenings = [(hour, 10) for hour in range(20, 3 * WEEK_H, 24)]
    assert forecast(evenings[:7], tuesday_s, tuesday_s + week_s - HOUR_S) is FLAT
    traffic = forecast([(2, 500), *evenings], tuesday_s, tuesday_s + 2 * week_s + 3 * HOUR_S)
    assert traffic == [21.0 if hour % 24 == 20 else 1.0 for hour in range(WEEK_H)]
    assert planned(1000, tuesday_s, tuesday_s + 24 * HOUR_S, tuesday_s + 20 * HOUR_S, traffic) == 1000 * 20 // 44


def test_paces_bring_spending_to_the_plan() -> None:
    """Somebody who would spend ten times the budget at once, spends it over all of the schedule."""
    pace, spent, before = 1.0, 0, (0, 0)
    history = []
    for hour in range(1, 101):
        spent = min(10_000, spent + int(1000 * pace))
        plan = 100 * hour
        pace = paced(pace, before[0], spent, before[1], plan)
        before = spent, plan
        history.append(spent / plan)
    assert 0.9 < spent / 10_000 <= 1
    assert all(0.8 < share < 1.3 for share in history[30:])
    assert paced(LEAST, 0, 1000, 0, 1) == LEAST
    assert slowest([0.5, 0.2]) == 0.2


def test_a_planner_spends_what_is_left_where_it_is_worth_most() -> None:
    rng = np.random.default_rng(0)
    value_N = rng.lognormal(-6, 0.8, 20_000)
    price_N = rng.integers(1, 101, 20_000)
    click_N = rng.random(20_000) < value_N
    planner = Planner([0, *[1] * 100], float(value_N.mean()))
    parts = [slice(start, start + 1000) for start in range(0, 20_000, 1000)]
    planned_by = [replay(click_N[p], price_N[p], value_N[p], planner, 2000, 300, planner.ended) for p in parts]
    plain = [replay(click_N[p], price_N[p], value_N[p], linear(300, value_N.mean()), 2000, 300) for p in parts]
    assert all(one.cost <= 2000 for one in itertools.chain(planned_by, plain))
    assert np.mean([one.cost for one in planned_by]) > 1900
    assert sum(one.clicks for one in planned_by) > 1.3 * sum(one.clicks for one in plain)


def test_nothing_is_bid_without_budget() -> None:
    one = np.ones(3)
    assert replay(one.astype(bool), one.astype(int), one, linear(10, 1), 2, 300).wins == 2
