"""The world's queries, their true grades, and what people clicked, as rows of tables."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.tables.qrels import AGREED
from data.tables.qrels import TABLE as QRELS
from data.tables.queries import TABLE as QUERIES
from data.tables.search_clicks import TABLE as CLICKS
from data.world.behaviour.laws import DAY_S, START_S
from data.world.behaviour.stock import Goods
from data.world.pages import show
from data.world.queries import ask, grade

__all__ = ["judged"]

IN_TURN = ("train", "train", "train", "validation", "test")  # queries are drawn in no order
DAYS = 60  # that the log of clicks spans


def judged(seed: int, goods: Sequence[Goods], count: int, pages: int = 0) -> dict[str, pd.DataFrame]:
    """Rows of `queries` and `qrels` by table, and of `search_clicks` where there are pages.

    Every object was graded, and those of other categories than the wanted, whose grade is 0, have no row. `goods` are
    the objects that can be found, `count` the number of queries.
    """
    asked = ask(seed, goods, count)
    query_ids = [f"query-{number:06d}" for number in range(len(asked))]
    queries, qrels = [], []
    grade_QI = np.zeros((len(asked), len(goods)), np.int8)
    for number, (query_id, one) in enumerate(zip(query_ids, asked, strict=True)):
        attributes = one.wanted | ({"misspelt": "yes"} if one.misspelt else {})
        split = IN_TURN[number % len(IN_TURN)]
        queries.append((query_id, one.text, one.locale, split, None, sorted(attributes.items())))
        for place, item in enumerate(goods):
            if item.category == one.wanted["category"]:
                grade_QI[number, place] = grade(one.wanted, item)
                qrels.append((query_id, item.item_id, AGREED, float(grade_QI[number, place])))
    tables = {
        QUERIES.name: pd.DataFrame(queries, columns=QUERIES.schema.names),
        QRELS.name: pd.DataFrame(qrels, columns=QRELS.schema.names),
    }
    return tables | ({CLICKS.name: _clicks(seed, query_ids, goods, grade_QI, pages)} if pages else {})


def _clicks(
    seed: int, query_ids: Sequence[str], goods: Sequence[Goods], grade_QI: np.ndarray, pages: int
) -> pd.DataFrame:
    seen = show(seed, grade_QI, pages)
    places = seen.item_PK.shape[1]
    columns = (
        np.repeat([f"page-{number:06d}" for number in range(pages)], places),
        np.tile(np.arange(1, places + 1), pages),
        np.repeat(np.array(query_ids)[seen.query_P], places),
        np.array([one.item_id for one in goods])[seen.item_PK].ravel(),
        seen.clicked_PK.ravel(),
        np.repeat(np.floor(START_S + seen.when_P * DAYS * DAY_S), places),
    )
    return pd.DataFrame(dict(zip(CLICKS.schema.names, columns, strict=True)))
