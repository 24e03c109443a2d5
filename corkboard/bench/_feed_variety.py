"""What variety of a page costs: pages with and without it, of the same candidates of the same people."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corkboard.bench._closed_loop import History, Policies
from corkboard.bench._row import Row
from data.world.behaviour.log import user_name

__all__ = ["varied"]

PAGE, RESAMPLES = 20, 2000
PLAIN = "without_diversity"
BARS = {"intra_list_distance": 0.04, "recall_at_20": -0.004}


def varied(policies: Policies, before: pd.DataFrame, saves: pd.DataFrame, items: pd.DataFrame) -> list[Row]:
    """The first pages of those who saved something in the days of the test, and what diversity changes, in pairs.

    before: what everybody did until then, by time. saves: what was saved in those days. items: with category and
    attributes, by the presence of which distances are taken.
    """
    from components.reranking.diversity import intra_list_distance

    vectors = _vectors(items)
    visits = policies.loop.visits()
    history = History.of(before, visits[0].time_s)
    saved = saves.groupby("user_id")["item_id"].agg(set)
    first = {user_name(visit.person): visit for visit in reversed(visits)}
    figures = []
    for user in sorted(first.keys() & saved.index):
        sources = policies.proposed(first[user], user, history)
        for changed in ({}, {"diversity": 0.0}):
            page = policies.ranked(first[user], user, history, sources, k=PAGE, explore=False, **changed)
            distance = intra_list_distance(np.stack([vectors[item] for item in page]))
            figures.append((distance, len(saved[user] & set(page)) / len(saved[user])))
    figure_PAF = np.array(figures).reshape(-1, 2, len(BARS))
    people = len(figure_PAF)
    draws = np.random.default_rng(0).integers(0, people, (RESAMPLES, people))
    rows = [Row("first_pages", float(people), None, "1")]
    for place, (name, bar) in enumerate(BARS.items()):
        ours_P, plain_P = figure_PAF[:, 0, place], figure_PAF[:, 1, place]
        gains = np.quantile((ours_P - plain_P)[draws].mean(axis=1), (0.025, 0.975))
        rows.append(Row(name, float(ours_P.mean()), float(plain_P.mean()), "1", PLAIN))
        rows.append(Row(f"{name}_gained", float((ours_P - plain_P).mean()), bar, "1"))
        rows += [
            Row(f"{name}_gained_{side}", float(gain), bar, "1")
            for side, gain in zip(("low", "high"), gains, strict=True)
        ]
    return rows


def _vectors(items: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Of each item 1 for its category and each value of an attribute that it has."""
    words = [[("", category), *pairs] for category, pairs in zip(items["category"], items["attributes"], strict=True)]
    place_of = {word: place for place, word in enumerate(sorted({word for own in words for word in own}))}
    vectors = np.zeros((len(words), len(place_of)))
    for row, own in enumerate(words):
        vectors[row, [place_of[word] for word in own]] = 1
    return dict(zip(items["item_id"], vectors, strict=True))
