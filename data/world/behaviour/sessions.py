"""Sessions: slate after slate, what people look at and do.

Legend: S people who have a session now, L positions of a slate.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.acted import Acted
from data.world.behaviour.choices import act, looked_at, utility
from data.world.behaviour.laws import Laws
from data.world.behaviour.log import Events
from data.world.behaviour.people import People
from data.world.behaviour.shown import Shown
from data.world.behaviour.slates import HOME, RELATED, SEARCH, Shelves, cell_shares, fill
from data.world.behaviour.stock import Stock
from data.world.behaviour.tally import Tally

__all__ = ["Add", "hold_sessions"]

Add = Callable[[Events], None]
_POSITIVE = (1, 2)  # click and save, where 0 is nothing


def hold_sessions(
    person: NDArray[np.int64],
    start_s: NDArray[np.int64],
    people: People,
    stock: Stock,
    shelves: Shelves,
    acted: Acted,
    tally: Tally,
    laws: Laws,
    rng: np.random.Generator,
    add: Add,
    shown_to: Shown | None = None,
) -> None:
    """Let each person (ascending) have a session from `start_s` on; events go to `add`, `people` and `acted` change.

    shown_to: takes what the home feed shows; None: nobody wants to know.
    """
    looked = looked_at(laws)
    shares = cell_shares(people.taste_UD[person], shelves.market, stock)
    session = people.sessions_U[person].copy()
    people.sessions_U[person] += 1
    clock_s = start_s.astype(np.int64)
    follows = np.zeros(len(person), np.bool_)
    for _ in range(laws.slates):
        surface = np.where(rng.random(len(person)) < laws.search_share, SEARCH, HOME)
        surface = np.where(follows, RELATED, surface)
        items = fill(surface, person, people.last_U[person], shares, shelves, stock, acted, laws, rng)
        shown = items >= 0
        chances = act(utility(people.taste_UD, person[:, None], np.maximum(items, 0), stock, laws), laws)
        seen = shown & (rng.random(items.shape, np.float32) < looked[surface])
        sure = np.cumsum(chances, axis=-1)
        done = (rng.random((*items.shape, 1), np.float32) >= sure).sum(axis=-1)  # 0 … 2 as in DONE, 3 for nothing
        done = np.where(seen, (done + 1) % 4, 0)
        tally.count(surface, shown, seen, done, chances)
        if shown_to is not None:
            shown_to.add(person, items, surface, done, clock_s)
        clock_s = _log(person, items, surface, session, seen, done, clock_s, looked, rng, add)
        row, place = np.nonzero(done > 0)
        acted.add(person[row], items[row, place])
        positive = np.isin(done, _POSITIVE)
        any_positive = positive.any(axis=1)
        final = items.shape[1] - 1 - np.argmax(positive[:, ::-1], axis=1)
        people.last_U[person[any_positive]] = items[any_positive, final[any_positive]]
        follows = any_positive & (rng.random(len(person)) < laws.follow_share)
        stays = rng.random(len(person)) < laws.stay
        clock_s = (clock_s + rng.integers(3, 20, len(person)))[stays]
        person, session, follows, shares = person[stays], session[stays], follows[stays], shares[stays]
        if not len(person):
            return


def _log(
    person: NDArray[np.int64],
    items: NDArray[np.int64],
    surface: NDArray[np.int64],
    session: NDArray[np.int64],
    seen: NDArray[np.bool_],
    done: NDArray[np.int64],
    clock_s: NDArray[np.int64],
    looked: NDArray[np.float32],
    rng: np.random.Generator,
    add: Add,
) -> NDArray[np.int64]:
    """Hand over an event for each item looked at, in each person's order; returns when each slate was left.

    One event, not a view and then an action: else a view would tell whoever learns from sequences what comes next.
    """
    spent_s = np.where(seen, rng.integers(2, 7, seen.shape), 0) + np.where(done > 0, rng.integers(2, 30, seen.shape), 0)
    left_s = clock_s[:, None] + np.cumsum(spent_s, axis=1)
    row, position = np.nonzero(seen)
    add(
        {
            "person": person[row],
            "item": items[row, position],
            "action": done[row, position],
            "surface": surface[row],
            "time_s": left_s[row, position],
            "session": session[row],
            "position": position,
            "propensity": looked[surface[row], position],
        }
    )
    return left_s[:, -1]
