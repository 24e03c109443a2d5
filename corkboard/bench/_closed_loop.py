"""The closed loop of a simulated world: what people save when one policy or another decides what the home shows.

Every policy meets the same people at the same times with the same luck, and lives with what came of its own pages.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from components.message import Message, answer_one
from data.times import DAY_S
from data.world.behaviour.log import user_name
from data.world.behaviour.loop import Loop, Visit

__all__ = ["History", "Outcome", "Policies", "lived"]

WISHES = ("click", "save")
HALF_LIFE_S = 3 * DAY_S  # of popularity
FRESH_S = 7 * DAY_S
LATEST = 100  # actions of a person that a request carries
SLATE = 12
CANDIDATES = {"for_you": 150, "trending": 60, "new": 60, "boards": 100}
SEEDS = 20  # latest wishes from which walks over boards start


@dataclass
class History:
    """What a policy knows: actions by person, oldest first, and everybody's wishes with a half-life."""

    actions: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    wishes: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # as if all were wished at second 0
    acted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, events: pd.DataFrame, start_s: int) -> "History":
        """events: what everybody did, by time. Of each person the latest are kept."""
        history = cls()
        names = ("user_id", "item_id", "action", "time_s")
        for user, item, action, time_s in zip(*(events[name] for name in names), strict=True):
            if action != "view":
                history.add(user, item, action, int(time_s), start_s)
        for actions in history.actions.values():
            del actions[:-LATEST]
        return history

    def add(self, user: str, item: str, action: str, time_s: int, start_s: int) -> None:
        self.actions[user].append({"item_id": item, "action": action, "time_s": time_s})
        if action in WISHES:
            self.wishes[item] += 2 ** ((time_s - start_s) / HALF_LIFE_S)
        if action != "view":
            self.acted[user].add(item)


@dataclass
class Outcome:
    """Of each person: saves and hides. new_shown: items that came in these days and that anybody was shown.

    rows: of each visit `unit_id`, `time_s`, `saves` and `hides`, as experiments read them.
    """

    saves: dict[int, int]
    hides: dict[int, int]
    new_shown: float
    rows: list[dict[str, Any]]


Policy = Callable[[Visit, str, History], list[str]]


class Policies:
    """Pages by several rules, from a recommender, a ranker and, where one is released, a keeper in their roles."""

    def __init__(
        self, loop: Loop, created_s: Mapping[str, int], recommender: Any, ranker: Any, keeper: Any, asks: Any
    ) -> None:
        """asks: `recommend`, `rank` and `keep`, the types of the requests."""
        self.loop, self.created_s = loop, created_s
        self.recommender, self.ranker, self.keeper, self.asks = recommender, ranker, keeper, asks

    def popular(self, _visit: Visit, user: str, history: History, k: int = SLATE) -> list[str]:
        by_wishes = sorted(history.wishes, key=lambda item: -history.wishes[item])
        return [item for item in by_wishes if item not in history.acted[user]][:k]

    def sequence(self, visit: Visit, user: str, history: History, k: int = SLATE) -> list[str]:
        """The recommender alone; what is popular where it knows nothing."""
        done = [one for one in history.actions[user] if one["action"] in WISHES][-LATEST:]
        fields = {"user_id": user, "actions": done, "k": k + 20, "explain": False, "time_s": visit.time_s}
        answer = answer_one(self.recommender.answers, Message(self.asks["recommend"].model_validate(fields))).fields
        there = [one.item_id for one in answer.items if self.created_s[one.item_id] <= visit.time_s]
        return [item for item in there if item not in history.acted[user]][:k] or self.popular(visit, user, history, k)

    def oracle(self, visit: Visit, user: str, history: History) -> list[str]:
        return self.loop.best(visit, history.acted[user])

    def oracle_of_sources(self, visit: Visit, user: str, history: History) -> list[str]:
        """The best order of what the sources propose: what is lost against the oracle is theirs."""
        return self.loop.best(visit, history.acted[user], self.proposed(visit, user, history))

    def feed(self, **changed: Any) -> Policy:
        """The whole feed, or with changes of its request, such as `diversity`."""

        def page(visit: Visit, user: str, history: History) -> list[str]:
            return self.ranked(visit, user, history, self.proposed(visit, user, history), **changed)

        return page

    def with_boards(self, visit: Visit, user: str, history: History) -> list[str]:
        """The whole feed, with what lies on boards with the latest wishes among its candidates."""
        sources = self.proposed(visit, user, history)
        done = [one["item_id"] for one in history.actions[user] if one["action"] in WISHES][-SEEDS:]
        if done:
            fields = {"items": done, "k": CANDIDATES["boards"], "explain": False}
            answer = answer_one(self.keeper.answers, Message(self.asks["keep"].model_validate(fields))).fields
            new = [one.item_id for one in answer.items if one.item_id not in history.acted[user]]
            there = [item for item in new if self.created_s.get(item, visit.time_s + 1) <= visit.time_s]
            sources = dict.fromkeys(there, "boards") | sources
        return self.ranked(visit, user, history, sources)

    def ranked(
        self, visit: Visit, user: str, history: History, sources: Mapping[str, str], **changed: Any
    ) -> list[str]:
        """The page of some candidates, items to their sources, with changes of the request."""
        fields = {
            "user_id": user,
            "time_s": visit.time_s,
            "surface": "home",
            "candidates": [{"item_id": item, "source": source} for item, source in sources.items()],
            "actions": history.actions[user][-LATEST:],
            "k": SLATE,
        }
        request = self.asks["rank"].model_validate(fields | changed)
        return [one.item_id for one in answer_one(self.ranker.answers, Message(request)).fields.items]

    def proposed(self, visit: Visit, user: str, history: History) -> dict[str, str]:
        """Items with their source, the first that names them."""
        parts = {
            "for_you": self.sequence(visit, user, history, CANDIDATES["for_you"]),
            "trending": self.popular(visit, user, history, CANDIDATES["trending"]),
            "new": self._fresh(visit, user, history),
        }
        return {item: source for source, items in reversed(parts.items()) for item in items}

    def _fresh(self, visit: Visit, user: str, history: History) -> list[str]:
        age_s = {item: visit.time_s - made for item, made in self.created_s.items()}
        fresh = [item for item, age in age_s.items() if 0 <= age < FRESH_S and item not in history.acted[user]]
        return sorted(fresh, key=lambda item: age_s[item])[: CANDIDATES["new"]]


def lived(
    policy: Policy, loop: Loop, visits: Sequence[Visit], events: pd.DataFrame, created_s: Mapping[str, int]
) -> Outcome:
    """Let the people of a loop see the pages of a policy. events: what everybody did before, by time."""
    start_s = visits[0].time_s
    history = History.of(events, start_s)
    outcome = Outcome(dict.fromkeys(loop.people, 0), dict.fromkeys(loop.people, 0), 0.0, [])
    shown: set[str] = set()
    for visit in visits:
        user = user_name(visit.person)
        slate = policy(visit, user, history)
        shown.update(slate)
        responses = loop.respond(visit, slate)
        outcome.rows.append(
            {
                "unit_id": user,
                "time_s": visit.time_s,
                "saves": responses.count("save"),
                "hides": responses.count("hide"),
            }
        )
        for item, done in zip(slate, responses, strict=True):
            history.add(user, item, "view", visit.time_s, start_s)
            if done is not None:
                history.add(user, item, done, visit.time_s, start_s)
                outcome.saves[visit.person] += done == "save"
                outcome.hides[visit.person] += done == "hide"
    new = [item for item, made in created_s.items() if start_s <= made <= visits[-1].time_s]
    outcome.new_shown = float(np.mean([item in shown for item in new])) if new else float("nan")
    return outcome
