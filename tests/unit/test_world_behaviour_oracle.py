"""The oracle's closed form against slates that are drawn, looked at and acted on many thousand times."""

import numpy as np

from data.world.behaviour.acted import Acted
from data.world.behaviour.choices import act, looked_at, utility
from data.world.behaviour.laws import LAWS
from data.world.behaviour.market import open_market
from data.world.behaviour.oracle import next_positive
from data.world.behaviour.people import draw_people
from data.world.behaviour.slates import HOME, SEARCH, cell_shares, fill, stock_shelves
from data.world.behaviour.stock import Goods, make_stock
from data.world.undrawn import describe

DRAWS = 20_000
OBJECTS = 930
DAY = 3


def test_the_oracle_is_what_happens() -> None:
    rng = np.random.default_rng(5)
    goods = [Goods(row.item_id, row.category, row.attributes) for row in describe(3, OBJECTS)]
    stock = make_stock(goods, 10, LAWS, rng)
    people = draw_people(1, 10, stock, LAWS, rng)
    market = open_market(DAY, stock, rng.random(OBJECTS) ** 4, LAWS)
    last, before = np.array([17]), np.array([2, 40, 41])
    acted = Acted(OBJECTS)
    acted.add(np.zeros(3, np.int64), before)

    surface = np.where(rng.random(DRAWS) < LAWS.search_share, SEARCH, HOME)
    taste = np.repeat(people.taste_UD, DRAWS, axis=0)
    shares = cell_shares(taste, market, stock)
    nobody = np.zeros(DRAWS, np.int64)
    items = fill(surface, nobody, np.repeat(last, DRAWS), shares, stock_shelves(market), stock, acted, LAWS, rng)
    chances = act(utility(taste, nobody[:, None], np.maximum(items, 0), stock, LAWS), LAWS)[..., :2].sum(axis=-1)
    happens = (items >= 0) & (rng.random(items.shape) < looked_at(LAWS)[surface] * chances)
    first = items[happens.any(axis=1), happens.argmax(axis=1)[happens.any(axis=1)]]
    counted = np.bincount(first, minlength=OBJECTS) / DRAWS

    acted_UN = np.zeros((1, OBJECTS), np.bool_)
    acted_UN[0, before] = True
    claimed = next_positive(people.taste_UD, last, acted_UN, market, stock, LAWS)[0]
    assert not claimed[before].any()
    assert not claimed[~market.present_N].any()
    assert not counted[before].any()
    deviation = np.sqrt(claimed * (1 - claimed) / DRAWS) + 2e-5
    # means stand for what varies, which the closed form takes as its only approximation
    assert (np.abs(counted - claimed) < 4 * deviation + 0.08 * claimed).all()
    assert abs(counted.sum() - claimed.sum()) < 0.05 * claimed.sum()


def test_slates_hold_each_item_once_and_only_what_is_there() -> None:
    rng = np.random.default_rng(6)
    goods = [Goods(row.item_id, row.category, row.attributes) for row in describe(3, OBJECTS)]
    stock = make_stock(goods, 10, LAWS, rng)
    people = draw_people(50, 10, stock, LAWS, rng)
    market = open_market(DAY, stock, np.zeros(OBJECTS), LAWS)
    acted = Acted(OBJECTS)
    acted.add(np.arange(50), np.full(50, 7))
    person, surface = np.arange(50), np.repeat([HOME, SEARCH], 25)
    last = np.where(person % 2, person, -1)
    shares = cell_shares(people.taste_UD, market, stock)
    items = fill(surface, person, last, shares, stock_shelves(market), stock, acted, LAWS, rng)
    for row in items:
        filled = row[row >= 0]
        assert len(np.unique(filled)) == len(filled)
        assert market.present_N[filled].all()
        assert 7 not in filled
        assert (row[len(filled) :] == -1).all()
    for row in items[surface == SEARCH]:
        assert len(np.unique(stock.codes_NB[row[row >= 0], 0])) <= 1
