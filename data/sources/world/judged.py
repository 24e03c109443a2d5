"""The world's queries and their true grades, as rows of tables."""

from collections import defaultdict
from collections.abc import Sequence

import pandas as pd

from data.tables.qrels import AGREED
from data.tables.qrels import TABLE as QRELS
from data.tables.queries import TABLE as QUERIES
from data.world.behaviour.stock import Goods
from data.world.queries import ask, grade

__all__ = ["judged"]

IN_TURN = ("train", "train", "train", "validation", "test")  # queries are drawn in no order


def judged(seed: int, goods: Sequence[Goods], count: int) -> dict[str, pd.DataFrame]:
    """Rows of `queries` and `qrels` by table; every object was graded, and those of grade 0 have no row.

    `goods` are the objects that can be found, `count` the number of queries.
    """
    queries, qrels = [], []
    alike = defaultdict(list)  # objects of other categories have grade 0
    for one in goods:
        alike[one.category].append(one)
    for number, asked in enumerate(ask(seed, goods, count)):
        query_id = f"query-{number:06d}"
        attributes = asked.wanted | ({"misspelt": "yes"} if asked.misspelt else {})
        split = IN_TURN[number % len(IN_TURN)]
        queries.append((query_id, asked.text, asked.locale, split, None, sorted(attributes.items())))
        same = alike[asked.wanted["category"]]
        qrels += [(query_id, one.item_id, AGREED, float(grade(asked.wanted, one))) for one in same]
    return {
        QUERIES.name: pd.DataFrame(queries, columns=QUERIES.schema.names),
        QRELS.name: pd.DataFrame(qrels, columns=QRELS.schema.names),
    }
